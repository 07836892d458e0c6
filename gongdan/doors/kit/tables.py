"""What a table shows: columns of a known kind, badges in one of five tones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from gongdan.doors.kit.spoken import sentence

TONES = ("waiting", "running", "done", "danger", "quiet")


@dataclass(frozen=True, slots=True)
class Badge:
    """A word in one of the five tones; `title` is what hovering explains."""

    label: Any
    tone: str = "quiet"
    title: str = ""

    def __post_init__(self) -> None:
        assert self.tone in TONES, f"unknown tone {self.tone}"

    def __str__(self) -> str:
        return sentence(self.label)


@dataclass(frozen=True, slots=True)
class Column:
    """A column: the key in the row, its heading, and how its values are drawn.

    Kinds: text, code, number, money, moment, day, clock, ago, window, badge, countdown, phone, html. `sort` names a
    sort of the listing that a click on the heading asks for. On the phone `lead` becomes the card's title and `narrow`
    ones leave.
    """

    key: str
    label: str | Promise
    kind: str = "text"
    sort: str = ""
    lead: bool = False
    narrow: bool = False
    grow: bool = False
    hint: str | Promise = ""

    @property
    def is_figure(self) -> bool:
        """Whether values stand at the right, digits under digits."""
        return self.kind in {"number", "money"}
