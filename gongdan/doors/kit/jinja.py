"""The Jinja2 environment of all pages: translation, our filters, and the components under the one name `ui`."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import get_language, gettext, ngettext
from jinja2 import Environment, pass_context
from jinja2.runtime import Context
from markupsafe import escape

from gongdan.doors.kit import drawn, spoken
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
        static=_static if settings.DEBUG else cache(_static),
        ui=Components(env),
        language=get_language,
        new_key=_new_key,
        drawn=drawn,
        present=timezone.now,
    )
    env.filters.update(
        yuan=_yuan,
        moment=_with_now(drawn.moment),
        clock=drawn.clock,
        exact=drawn.exact,
        day=_with_now(drawn.day),
        ago=_with_now(drawn.ago),
        window=_with_now(drawn.window),
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
        macro = getattr(self._env.get_template(self._file_of[name]).module, name)
        if not self._env.auto_reload:
            setattr(self, name, macro)  # found directly from now on
        return macro

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


def _static(name: str) -> str:
    """The address of a static file; before they are collected (tests, first start) the one without its hash."""
    try:
        return str(staticfiles_storage.url(name))
    except ValueError:
        return f"{settings.STATIC_URL}{name}"


def _new_key() -> str:
    return str(uuid.uuid4())


def _now(context: Context) -> datetime:
    """The request's time; a component file has no request and asks the clock."""
    now = context.get("now")
    return now if isinstance(now, datetime) else timezone.now()


def _yuan(fen: int | None) -> str:
    return "" if fen is None else f"¥{yuan(fen)}"


def _with_now(draw: Callable[[Any, datetime], str]) -> Callable[[Context, Any], str]:
    """A filter that knows the time of the request."""

    @pass_context
    def apply(context: Context, value: Any) -> str:
        return draw(value, _now(context))

    return apply


def _phone(number: str | None, visible: bool = False) -> str:  # noqa: FBT001, FBT002 - reads well as a filter
    return escape(number if visible else spoken.masked_phone(number)) if number else ""
