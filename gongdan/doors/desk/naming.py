"""The shop's own words for customer, technician and agent on every page and paper (R-012).

Sentences are marked with the house's words; once they are chosen from the catalogue of the language, the shop's words
take their place. What people typed passes through no catalogue, and so it stays as typed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import trans_real

from gongdan.doors.kit.middleware import StaffRequest
from gongdan.kernel.naming import HOUSE, named, own_words
from gongdan.people import queries

# Django gives a request one catalogue and has no public way to put another in its place.
_chosen: Any = vars(trans_real)["_active"]


def shop_settings(request: StaffRequest, site_id: int) -> Any:
    """The settings of a site; those of the actor's first one were read for his words already. One query, or none."""
    read = getattr(request, "shop_settings", None)
    is_his = read is not None and site_id == min(request.actor.sites, default=None)
    return read if is_his else queries.settings_for(site_id)


class Named:
    """A catalogue of a language in which the shop's words stand."""

    def __init__(self, base: Any, words: Mapping[str, str]) -> None:
        self._base = base
        self._words = words

    def __getattr__(self, name: str) -> Any:
        return getattr(self._base, name)

    def gettext(self, message: str) -> str:
        """The sentence in the shop's words."""
        return named(self._base.gettext(message), self._words)

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        """The sentence for this number in the shop's words."""
        return named(self._base.ngettext(singular, plural, number), self._words)


class NamingMiddleware:
    """Lets a request of a member of staff speak in the words of his shop. Stands below the one that finds the actor."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        before = getattr(_chosen, "value", None)
        try:
            return self.get_response(request)
        finally:
            if isinstance(getattr(_chosen, "value", None), Named):
                _chosen.value = before

    def process_view(self, request: HttpRequest, _view: object, _args: object, _kwargs: object) -> None:
        """The actor is known by now: so is his shop."""
        actor = getattr(request, "actor", None)
        language = translation.get_language() or ""
        if actor is None or not actor.sites or request.path.startswith("/api/"):
            return
        settings = queries.settings_for(min(actor.sites))
        request.shop_settings = settings  # type: ignore[attr-defined]  # the menu reads the shop's name from it
        words = own_words({name: getattr(settings, name) for name in HOUSE})
        if words and language.startswith("zh"):
            _chosen.value = Named(trans_real.translation(language), words)
