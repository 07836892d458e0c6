"""启用准备: what a shop fills in before its first day, in the order in which it is needed."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from gongdan.doors.kit.middleware import StaffRequest
from gongdan.doors.kit.render import page


@require_safe
def overview(request: StaffRequest) -> HttpResponse:
    """All parts of the setup that the actor may open."""
    return page(request, "desk/setup/overview.html", {})
