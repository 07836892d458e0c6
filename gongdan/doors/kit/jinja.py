"""The Jinja2 environment of all pages: translation, our filters, and the components under the one name `ui`."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from django.contrib.staticfiles.storage import staticfiles_storage
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import get_language, gettext, ngettext
from jinja2 import Environment, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from gongdan.doors.kit import spoken
from gongdan.kernel.money import yuan

COMPONENTS = "kit/ui/"


def environment(**options: Any) -> Environment:
    """The environment as Django's Jinja2 backend asks for it."""
    if isinstance(options.get("undefined"), str):
        options["undefined"] = import_string(options["undefined"])
    env = Environment(**options, trim_blocks=True, lstrip_blocks=True)  # noqa: S701 - the backend passes autoescape=True
    env.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]  # added by the i18n extension
    env.globals.update(
        url=_url,
        static=staticfiles_storage.url,
        ui=Components(env),
        language=get_language,
        new_key=_new_key,
        spoken_remaining=spoken.remaining,
    )
    env.filters.update(
        yuan=_yuan,
        moment=_moment,
        clock=_clock,
        exact=_exact,
        day=_day,
        ago=_ago,
        window=_window,
        text=spoken.sentence,
        phone=_phone,
    )
    return env


class Components:
    """`ui.field(...)`: every macro of `kit/ui/_*.html` under its own name, also inside blocks that are rendered alone."""

    def __init__(self, env: Environment) -> None:
        self._env = env
        self._file_of: dict[str, str] = {}

    def __getattr__(self, name: str) -> Any:
        if not self._file_of:
            self._file_of = self._survey()
        if name not in self._file_of:
            raise AttributeError(name)
        return getattr(self._env.get_template(self._file_of[name]).module, name)

    def _survey(self) -> dict[str, str]:
        files = [name for name in self._env.list_templates() if name.startswith(f"{COMPONENTS}_")]
        return {
            macro: file
            for file in files
            for macro in vars(self._env.get_template(file).module)
            if not macro.startswith("_")
        }


def _url(name: str, *args: object, **kwargs: object) -> str:
    return name if name.startswith("/") else reverse(name, args=args or None, kwargs=kwargs or None)


def _new_key() -> str:
    return str(uuid.uuid4())


def _now(context: Context) -> datetime:
    """The request's time; a component file has no request and asks the clock."""
    now = context.get("now")
    return now if isinstance(now, datetime) else timezone.now()


def _yuan(fen: int | None) -> str:
    return "" if fen is None else f"¥{yuan(fen)}"


@pass_context
def _moment(context: Context, at: datetime | None) -> str:
    return _timed(at, spoken.spoken_moment(at, _now(context))) if at else ""


@pass_context
def _ago(context: Context, at: datetime | None) -> str:
    return _timed(at, spoken.spoken_ago(at, _now(context))) if at else ""


def _clock(at: datetime | None) -> str:
    return _timed(at, f"{timezone.localtime(at):%H:%M}") if at else ""


@pass_context
def _day(context: Context, on: date | datetime | None) -> str:
    if on is None:
        return ""
    day = timezone.localdate(on) if isinstance(on, datetime) else on
    words = spoken.spoken_day(day, timezone.localdate(_now(context)))
    return Markup('<time datetime="{}" title="{}">{}</time>').format(day.isoformat(), day.isoformat(), words)


@pass_context
def _window(context: Context, ends: tuple[datetime | None, datetime | None] | None) -> str:
    start, end = ends or (None, None)
    if start is None or end is None:
        return ""
    exact = f"{timezone.localtime(start):%Y-%m-%d %H:%M} – {timezone.localtime(end):%Y-%m-%d %H:%M}"
    words = spoken.spoken_window(start, end, _now(context))
    return Markup('<time datetime="{}" title="{}">{}</time>').format(start.isoformat(), exact, words)


def _exact(at: datetime) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"


def _timed(at: datetime, words: str) -> Markup:
    exact = f"{timezone.localtime(at):%Y-%m-%d %H:%M:%S}"
    return Markup('<time datetime="{}" title="{}">{}</time>').format(at.isoformat(), exact, words)


def _phone(number: str | None, visible: bool = False) -> str:  # noqa: FBT001, FBT002 - reads well as a filter
    return escape(number if visible else spoken.masked_phone(number)) if number else ""
