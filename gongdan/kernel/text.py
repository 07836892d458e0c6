"""Sentences that are born below the doors: a Chinese template and its facts, translated and formatted only when shown.

A template is written in Chinese with named fields. A field may carry one of our format words, so that facts stay plain
JSON values (integers of fen, ISO times) in the event log and still read well on the page:

    _("夜间 {at:time} 到达，加收 {fee:yuan}", at=arrived_at, fee=Fen(4000))
"""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Any

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence: template (the Chinese msgid) and facts (JSON values, dates, times or further Text)."""

    template: str
    facts: Mapping[str, Any]

    def render(self, translate: Callable[[str], str] = str) -> str:
        """The sentence in the reader's language. A fact that is missing shows as its name, never as an error."""
        return _FORMATTER.vformat(translate(self.template), (), _Facts(self.facts, translate))

    def __str__(self) -> str:
        return self.render()

    def as_json(self) -> dict[str, Any]:
        """Template and facts as JSON values; `Text.from_json` reads them back."""
        return {"template": self.template, "facts": {key: _plain(value) for key, value in self.facts.items()}}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Text:
        """The sentence that `as_json` stored."""
        facts = {
            key: cls.from_json(value) if isinstance(value, dict) and "template" in value else value
            for key, value in stored["facts"].items()
        }
        return cls(stored["template"], facts)


def _(template: str, **facts: Any) -> Text:
    """Mark a Chinese sentence for translation and keep its facts. Nothing is translated here."""
    return Text(template, facts)


def yuan(fen: int) -> str:
    """Fen as printed yuan, two decimals, thousands separated: 123450 -> 1,234.50."""
    sign = "-" if fen < 0 else ""
    whole, cents = divmod(abs(fen), 100)
    return f"{sign}{whole:,}.{cents:02d}"


def _plain(value: Any) -> Any:
    if isinstance(value, Text):
        return value.as_json()
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value


class _Facts(dict[str, Any]):
    """Facts with nested sentences already rendered; an unknown name answers itself in braces."""

    def __init__(self, facts: Mapping[str, Any], translate: Callable[[str], str]) -> None:
        super().__init__({k: v.render(translate) if isinstance(v, Text) else v for k, v in facts.items()})

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


class _Formatter(string.Formatter):
    def get_value(self, key: int | str, _args: Any, kwargs: Mapping[str, Any]) -> Any:
        return kwargs[str(key)]

    def format_field(self, value: Any, format_spec: str) -> str:
        if format_spec == "yuan":
            return f"¥{yuan(int(value))}" if isinstance(value, int) else str(value)
        if format_spec in _TIME_WORDS:
            return _moment(value, _TIME_WORDS[format_spec])
        return str(format(value, format_spec)) if format_spec else str(value)


_TIME_WORDS = {"time": "%H:%M", "date": "%Y-%m-%d", "datetime": "%Y-%m-%d %H:%M", "day": "%m-%d"}


def _moment(value: Any, pattern: str) -> str:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value) if "T" in value or " " in value else date.fromisoformat(value)
        except ValueError:
            return str(value)
    if isinstance(value, datetime) and value.tzinfo is not None:
        value = value.astimezone(SHANGHAI)
    return str(value.strftime(pattern)) if isinstance(value, date) else str(value)


_FORMATTER = _Formatter()
