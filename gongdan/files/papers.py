"""The blocks that papers are built of: frozen, every string final, nothing looked up while rendering.

An app's `papers.py` composes them into a dataclass of its own with a `head`; `dataclasses.asdict` of it is the snapshot, and
the sheet draws the blocks with the macros of `files/blocks.html`. See docs/papers.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from gongdan.kernel.text import Text, _

SHORT = 23  # letters, or half as many Chinese characters, that fit into a quarter of a line


@dataclass(frozen=True, slots=True)
class Firm:
    """Who issues: the firm's own name from the settings, and the site's address and telephones.

    `words` are its own for customer, technician and agent: the snapshot's labels are written with them.
    """

    name: str
    site: str = ""
    address: str = ""
    phone: str = ""
    complaint_phone: str = ""
    hours: str = ""
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Qr:
    """A QR code with a word of what it opens."""

    content: str
    caption: str


@dataclass(frozen=True, slots=True)
class Head:
    """What stands at the top and the foot of every paper. `copies` names the leaves (存根联 ...) of carbonless paper."""

    firm: Firm
    title: str
    number: str
    issued_at: str
    issued_by: str = ""
    qr: Qr | None = None
    notes: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pair:
    """A word and its value; a wide one takes the whole line (address, fault)."""

    label: str
    value: str
    is_wide: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """Pairs under a title."""

    title: str
    pairs: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One charge: what, how many, at what price, how much, and in small print why and who pays."""

    name: str
    quantity: str
    price: str
    amount: str
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Total:
    """A line under the charges; the final one stands out, with the amount in capitals."""

    label: str
    amount: str
    capitals: str = ""
    is_final: bool = False


@dataclass(frozen=True, slots=True)
class Signature:
    """A place to sign; with `box` and `path` (from `rules.Ink`) it is signed."""

    label: str
    name: str = ""
    at: str = ""
    box: str = ""
    path: str = ""


def pair(label: Text, value: Text | str, *, is_wide: bool = False) -> Pair:
    """A word and its value as final strings; a long value takes the whole line by itself."""
    shown = str(value)
    width = sum(1 if sign.isascii() else 2 for sign in shown)
    return Pair(str(label), shown, is_wide or width > SHORT)


def moment(at: datetime | None) -> str:
    """The day and the time of day, or nothing."""
    return str(_("{at:datetime}", at=at)) if at is not None else ""


def day(on: date | None) -> str:
    """The day, or nothing."""
    return on.isoformat() if on is not None else ""
