"""What every template knows beside its own facts."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from gongdan.doors.kit.menu import Shell


def page(request: HttpRequest) -> dict[str, Any]:
    """The actor, the time of the request, and the shell (menu, messages, theme), which is computed only when used."""
    shell = getattr(request, "shell", None)
    if shell is None:
        shell = Shell(request)
        request.shell = shell  # type: ignore[attr-defined]  # kept for the fragments of the same answer
    return {
        "actor": getattr(request, "actor", None),
        "now": getattr(request, "now", None) or timezone.now(),
        "shell": shell,
    }
