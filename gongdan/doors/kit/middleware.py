"""Who asks, and when: every page has an actor and one time; everybody else is sent to log in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import resolve_url
from django.utils import timezone, translation
from django.utils.http import url_has_allowed_host_and_scheme

from gongdan.doors.kit import errors
from gongdan.doors.kit.render import is_htmx
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Refused
from gongdan.people.queries import actor_for

VISITOR = Actor(kind="visitor", id=0, name="")
API = "/api/"

View = Callable[..., HttpResponseBase]


class StaffRequest(HttpRequest):
    """A request as a view of ours sees it: somebody is logged in."""

    actor: Actor
    now: datetime


def open_to_all(view: View) -> View:
    """Mark a view that may be seen without log-in."""
    view.is_open = True  # type: ignore[attr-defined]  # read by ActorMiddleware
    return view


class ActorMiddleware:
    """Gives each request its actor, time and language; asks visitors to log in; turns refusals into pages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = VISITOR  # type: ignore[attr-defined]  # StaffRequest
        request.now = timezone.now()  # type: ignore[attr-defined]  # StaffRequest
        if not request.path.startswith(API):
            _speak(request)
        response = self.get_response(request)
        if response.get("Content-Type", "").startswith("text/html") and not response.has_header("Cache-Control"):
            response["Cache-Control"] = "private, no-cache"
        return response

    def process_view(
        self, request: HttpRequest, view: View, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        """Let staff through with their actor; visitors see open views only. The API looks after itself."""
        if request.path.startswith(API):
            return None
        if not request.user.is_authenticated:
            return None if _is_open(view) else ask_to_log_in(request)
        if not _is_open(view):
            request.actor = actor_for(request.user)  # type: ignore[attr-defined]  # StaffRequest
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """A refusal that the view did not catch becomes a page (or a message beside the fragment)."""
        return errors.refusal_page(request, exception) if isinstance(exception, Refused) else None


def ask_to_log_in(request: HttpRequest) -> HttpResponse:
    """To the log-in page and back. A fragment gets 401, so that the page around it keeps what was typed."""
    log_in = resolve_url(settings.LOGIN_URL)
    if is_htmx(request):
        page = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")  # a pick sends the latter
        back = _path_of(request, page)
        return HttpResponse(status=401, headers={"HX-Redirect": f"{log_in}?{urlencode({'next': back})}"})
    back = (
        request.get_full_path()
        if request.method in ("GET", "HEAD")
        else _path_of(request, request.headers.get("Referer", ""))
    )
    return HttpResponseRedirect(f"{log_in}?{urlencode({'next': back})}")


def _path_of(request: HttpRequest, address: str) -> str:
    """The path of one of our own pages, else the start page."""
    if not url_has_allowed_host_and_scheme(address, allowed_hosts={request.get_host()}):
        return "/"
    parts = urlsplit(address)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _is_open(view: View) -> bool:
    return getattr(view, "is_open", False) or view.__module__.startswith(("allauth.", "django.views."))


def _speak(request: HttpRequest) -> None:
    """Chinese unless the user chose another language here; a browser installed in English is no such choice."""
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    known = {code for code, _name in settings.LANGUAGES}
    language = chosen if chosen in known else settings.LANGUAGE_CODE
    translation.activate(language)
    request.LANGUAGE_CODE = language
