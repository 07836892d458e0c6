"""What a shop may set: each setting with its default, its bounds and what it changes. The values stand elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from gongdan.kernel.errors import Invalid
from gongdan.kernel.text import Text, _

T = TypeVar("T", bool, int, str, tuple[str, ...])

MOST_LINES = 60
LONGEST_LINE = 100
LONGEST_TEXT = 1000


@dataclass(frozen=True, slots=True, eq=False)
class Setting(Generic[T]):
    """One setting. The type of its default says what it is: a switch, a number, a text (or choice), or lines.

    `key` is `app.name` and never changes: it is what the value is stored under. `affects` says in one sentence what a
    change does. `low` and `high` bound a number; `choices` (value, label) make a text a choice; `by_site=False` is for
    what can only hold for the whole shop. `check` names what is wrong with a value of the right kind, or nothing.
    """

    key: str
    label: Text
    default: T
    affects: Text
    unit: Text | None = None
    low: int = 0
    high: int = 100_000
    choices: tuple[tuple[str, Text], ...] = ()
    by_site: bool = True
    check: Callable[[T], Text | None] | None = None

    @property
    def kind(self) -> str:
        """`switch`, `number`, `choice`, `text` or `lines`."""
        if isinstance(self.default, bool):
            return "switch"
        if isinstance(self.default, int):
            return "number"
        if isinstance(self.default, tuple):
            return "lines"
        return "choice" if self.choices else "text"

    def read(self, values: Mapping[str, Any]) -> T:
        """The stored value, or the default where there is none or what is stored is none of ours."""
        if self.key not in values:
            return self.default
        try:
            return self.checked(values[self.key])
        except Invalid:
            return self.default

    def checked(self, typed: Any) -> T:
        """The value in the default's type. Refused under the setting's key: of another kind, or outside its bounds."""
        complaint: Text | None = None
        value: Any = typed
        if self.kind == "switch":
            complaint = None if isinstance(typed, bool) else _("请选择开或关")
        elif self.kind == "number":
            if isinstance(typed, bool) or not isinstance(typed, int) or not self.low <= typed <= self.high:
                complaint = _("请填 {low} 到 {high} 之间的整数", low=self.low, high=self.high)
        elif self.kind == "choice":
            complaint = None if typed in dict(self.choices) else _("请从列表中选择")
        elif self.kind == "text":
            value, complaint = _text(typed)
        else:
            value, complaint = _lines(typed)
        if complaint is None and self.check is not None:
            complaint = self.check(value)
        if complaint is not None:
            raise Invalid({self.key: complaint})
        return value  # type: ignore[no-any-return]  # checked above against the kind, which follows from T


def _text(typed: Any) -> tuple[str, Text | None]:
    if not isinstance(typed, str):
        return "", _("请填写文字")
    value = typed.strip()
    if not value:
        return value, _("请填写文字")
    return value, _("最多 {limit} 个字，请缩短", limit=LONGEST_TEXT) if len(value) > LONGEST_TEXT else None


def _lines(typed: Any) -> tuple[tuple[str, ...], Text | None]:
    if not isinstance(typed, (list, tuple)) or not all(isinstance(line, str) for line in typed):
        return (), _("请一行填写一项")
    value = tuple(dict.fromkeys(line.strip() for line in typed if line.strip()))
    if not value:
        return value, _("至少保留一项")
    if len(value) > MOST_LINES or any(len(line) > LONGEST_LINE for line in value):
        return value, _("最多 {lines} 项，每项最多 {limit} 个字", lines=MOST_LINES, limit=LONGEST_LINE)
    return value, None
