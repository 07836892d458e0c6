"""How a number is written: a pattern with fields, checked so that two documents can never read the same."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from gongdan.kernel.errors import Refused
from gongdan.kernel.text import Text, _

LONGEST_NUMBER = 40
LONGEST_SITE = 12  # characters of a site's code

_DATES = {"yyyymmdd": "%Y%m%d", "yymmdd": "%y%m%d", "yymm": "%y%m"}
_PART = re.compile(r"\{([^{}]*)\}|([^{}]+)|([{}])")
_COUNT = re.compile(r"n(?::0([1-8])d)?")
_LITERAL = re.compile(r"[\w.-]+")
_NO_DAY = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A checked pattern. What it does not show does not part the count: without {site} all sites share one series."""

    parts: tuple[str, ...]  # literals, and fields in braces
    shows_site: bool
    shows: str  # the date field, or ""

    def series_site(self, site_id: int) -> int:
        """The site whose series is counted; 0 is the one of all sites."""
        return site_id if self.shows_site else 0

    def series_day(self, day: date) -> date:
        """The day whose series is counted: the month's first for {yymm}, one day for ever without a date."""
        if not self.shows:
            return _NO_DAY
        return day.replace(day=1) if self.shows == "yymm" else day

    def write(self, *, kind: str, site_code: str, day: date, n: int) -> str:
        """The number as printed."""
        facts = {"kind": kind, "site": site_code, "n": n} | {name: day.strftime(how) for name, how in _DATES.items()}
        return "".join(part.format(**facts) for part in self.parts)


def pattern_of(typed: str) -> Pattern:
    """The pattern that was typed. Refused: a field is unknown, doubled or missing, or numbers could meet."""
    parts, fields = [], []
    for field, literal, stray in _PART.findall(typed):
        if stray:
            raise _refused(_("编号规则里的花括号没有成对，请检查“{pattern}”", pattern=typed[:60]))
        if literal:
            if not _LITERAL.fullmatch(literal):
                raise _refused(_("编号规则里的“{literal}”不能用，只能用文字、数字和 - _ .", literal=literal[:20]))
            parts.append(literal)
            continue
        name = "n" if _COUNT.fullmatch(field) else field
        if name not in {"kind", "site", "n", *_DATES}:
            raise _refused(
                _(
                    "编号规则里的 {field} 不认识，可用 {known}",
                    field="{" + field[:20] + "}",
                    known="{kind} {site} {yyyymmdd} {yymmdd} {yymm} {n:04d}",
                )
            )
        if name in fields:
            raise _refused(_("编号规则里 {field} 只能出现一次", field="{" + name + "}"))
        fields.append(name)
        parts.append("{" + field + "}")
    _check(parts, fields)
    dates = [name for name in fields if name in _DATES]
    return Pattern(tuple(parts), shows_site="site" in fields, shows=dates[0] if dates else "")


def _check(parts: list[str], fields: list[str]) -> None:
    """Uniqueness is read from the right: the count last, before it fixed widths and at most one free width (the site)."""
    if "n" not in fields or not parts[-1].startswith("{n"):
        raise _refused(_("编号规则要以流水号结尾，例如 {example}", example="{kind}{yymmdd}-{n:04d}"))
    if len([name for name in fields if name in _DATES]) > 1:
        raise _refused(_("编号规则里只能有一个日期，请在 {known} 中选一个", known="{yyyymmdd} {yymmdd} {yymm}"))
    before = parts[-2] if len(parts) > 1 else ""
    if "site" in fields and (before.startswith("{") or before[-1:].isdigit()):
        raise _refused(
            _(
                "编号规则含 {site} 时，流水号前面要有一个不是数字的分隔符，否则两个网点的编号可能相同，例如 {example}",
                site="{site}",
                example="{kind}{site}{yymmdd}-{n:04d}",
            )
        )
    longest = Pattern(tuple(parts), shows_site=True, shows="").write(
        kind="GD", site_code="X" * LONGEST_SITE, day=_NO_DAY, n=10**8
    )
    if len(longest) > LONGEST_NUMBER:
        raise _refused(
            _(
                "编号太长（可能达到 {length} 个字），请缩短到 {limit} 个字以内",
                length=len(longest),
                limit=LONGEST_NUMBER,
            )
        )


def _refused(text: Text) -> Refused:
    return Refused(text, code="number_pattern", field="pattern")
