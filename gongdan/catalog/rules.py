"""How names and error codes are compared."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from zlib import crc32

BUFFER_RULES = ("", "next_month")  # the plain months, or from the first day of the month after manufacture

_NOT_IN_KEY = re.compile(r"[\W_]+")
_NOT_IN_CODE = re.compile(r"[^A-Z0-9]+")
_PRINTED = re.compile(r"^(?P<codes>[^(（]*)(?:[(（](?P<owner>[^)）]*)[)）])?$")
_ANY_BRAND = frozenset({"", "多品牌", "部分品牌"})


@dataclass(frozen=True, slots=True)
class PrintedCode:
    """An error code as a shop prints it, taken apart. `brand` empty: holds for any brand."""

    shown: str
    keys: tuple[str, ...]
    brand: str


def checksum(*content: object) -> int:
    """A number for a row's content: equal sums over a table mean that nothing in it changed."""
    return crc32(repr(content).encode())


def name_key(text: str) -> str:
    """The name as it is compared: full-width and half-width alike, no case, no blanks, no punctuation."""
    return _NOT_IN_KEY.sub("", unicodedata.normalize("NFKC", text)).casefold()


def name_keys(name: str, aliases: list[str]) -> str:
    """Every name between bars, for one look-up by `|key|`."""
    keys = dict.fromkeys(key for key in (name_key(word) for word in [name, *aliases]) if key)
    return "|" + "|".join(keys) + "|"


def code_keys(typed: str) -> tuple[str, ...]:
    """The error codes in what was typed or printed: "e 1" -> E1, "P1/P2" -> P1 and P2, "错误678" -> 678."""
    parts = re.split(r"[/、,;\s]*[/、,;][/、,;\s]*", unicodedata.normalize("NFKC", typed).upper())
    return tuple(dict.fromkeys(key for key in (_NOT_IN_CODE.sub("", part) for part in parts) if key))


def printed_code(printed: str) -> PrintedCode:
    """Codes and brand of a printed code: F0(格力), P1/P2(多品牌), E2/E3."""
    match = _PRINTED.match(printed.strip())
    shown, owner = (match["codes"].strip(), (match["owner"] or "").strip()) if match else (printed.strip(), "")
    return PrintedCode(shown, code_keys(shown), "" if owner in _ANY_BRAND else owner)
