"""Pages that belong to no trade: health, accounts that are closed, the style page."""

from __future__ import annotations

from django.db.utils import Error as DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.templatetags.static import static
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from gongdan.audit import queries as audit
from gongdan.doors.kit.errors import _answer
from gongdan.doors.kit.middleware import open_to_all


@open_to_all
@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 when the database answers, with the age in seconds of the oldest due delivery (0: none waits)."""
    try:
        age = audit.oldest_due_age(request.now)  # type: ignore[attr-defined]  # set by ActorMiddleware
    except DatabaseError:
        return JsonResponse({"status": "database", "oldest_due_seconds": None}, status=503)
    return JsonResponse({"status": "ok", "oldest_due_seconds": int(age.total_seconds())})


@open_to_all
@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """The icon for whoever asks for it by its old name: printed pages, other programs, old browsers."""
    return HttpResponseRedirect(static("kit/icon.svg"), status=301)


@open_to_all
def closed(request: HttpRequest) -> HttpResponse:
    """Where allauth would offer sign-up or a new password by mail."""
    return _answer(request, 404, _("请找管理员"), _("账号由管理员开通；忘记密码时也请管理员重置"), code="closed")
