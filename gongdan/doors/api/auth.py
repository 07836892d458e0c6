"""Who asks: a token in the Authorization header, or the session of a logged-in browser (with its CSRF token)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja.security import HttpBearer, SessionAuth

from gongdan.kernel.actor import Actor
from gongdan.people.queries import actor_for, actor_for_token


class ApiRequest(HttpRequest):
    """A request as the API's functions see it."""

    actor: Actor
    now: datetime


class TokenAuth(HttpBearer):
    """`Authorization: Bearer gd_...`; only the digest of a token is kept."""

    def authenticate(self, request: HttpRequest, token: str) -> Actor | None:
        """The actor behind the token, or None."""
        if "\x00" in token or len(token) > 200:
            return None
        actor = actor_for_token(token, at=request.now)  # type: ignore[attr-defined]  # set by the kit's middleware
        if actor is not None:
            request.actor = actor  # type: ignore[attr-defined]  # ApiRequest
        return actor


class BrowserAuth(SessionAuth):
    """The session cookie of the desk; changing calls need its CSRF token."""

    def authenticate(self, request: HttpRequest, key: str | None) -> Any:
        """The actor behind the session, or None."""
        if not request.user.is_authenticated:
            return None
        request.actor = actor_for(request.user)  # type: ignore[attr-defined]  # ApiRequest
        return request.actor  # type: ignore[attr-defined]  # set above
