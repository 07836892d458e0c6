"""A form's button pressed twice does its deed once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gongdan.audit import actions as audit
from gongdan.doors.kit.middleware import StaffRequest
from gongdan.doors.kit.render import once_key

NOT_CONTENT = frozenset({"csrfmiddlewaretoken", "once_key", "seen", "then"})


def once(request: StaffRequest, verb: str, run: Callable[[], Any]) -> Any:
    """What `run` answers (a JSON value); the same form sent again answers the first result without running."""
    key = once_key(request)
    if not key:
        return run()
    typed = {name: request.POST.getlist(name) for name in sorted(request.POST) if name not in NOT_CONTENT}
    return audit.once(request.actor, verb, key, typed, run, at=request.now)
