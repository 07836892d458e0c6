"""How names, error codes and words are compared."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from zlib import crc32

BUFFER_RULES = ("", "next_month")  # the plain months, or from the first day of the month after manufacture

_NOT_IN_KEY = re.compile(r"[\W_]+")
_SIMPLIFIED = str.maketrans(
    "媽嗎們滾閉話賤豬關馬腦殘無鬧纏為個這東廢鄉窮瘋臉愛後給幹餵",
    "妈吗们滚闭话贱猪关马脑残无闹缠为个这东废乡穷疯脸爱后给干喂",
)
_ALONE = frozenset({"妈的"})  # an oath where it stands between marks; 妈妈的手机 has none
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


def plain(text: str) -> str:
    """The text as words are looked for in it: full-width and half-width, 媽 and 妈 alike, no case, nothing in between."""
    return name_key(text).translate(_SIMPLIFIED)


def word_keys(words: str) -> str:
    """Every code or symptom in `words` between bars: 645/646 -> |645|646|."""
    parts = (name_key(part) for part in re.split(r"[/、，,;；]", unicodedata.normalize("NFKC", words)))
    return "|" + "|".join(dict.fromkeys(part for part in parts if part)) + "|"


def says(text: str, key: str) -> bool:
    """Whether a text says a word, as `name_key` writes it: a code stands alone, a Chinese word may stand anywhere.

    691 is in "错误691" and in "691,密码不对" and not in "16910"; 掉线 is in "上网老掉线".
    """
    if key.isascii():
        found = re.search(rf"(?<![a-z0-9]){re.escape(key)}(?![a-z0-9])", _narrow(text))
        return found is not None or name_key(text) == key
    return key in name_key(text)


def foul(text: str, keys: Iterable[str]) -> list[str]:
    """Which of these words (as `plain` writes them) stand in a text, however they are spaced out; once each."""
    if not text.strip():
        return []
    squeezed = plain(text)

    def stands(key: str) -> bool:
        if key.isascii():
            return says(text, key)
        return _stands_alone(text, key) if key in _ALONE else plain(key) in squeezed

    return [key for key in dict.fromkeys(keys) if stands(key)]


def _stands_alone(text: str, key: str) -> bool:
    """Whether a word is a sentence's part of its own: nothing but marks before and after it."""
    spaced = r"[\W_]*".join(map(re.escape, key))
    return re.search(rf"(?<!\w){spaced}(?=\s*(?:[^\w\s]|$))", _narrow(text).translate(_SIMPLIFIED)) is not None


def _narrow(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def printed_code(printed: str) -> PrintedCode:
    """Codes and brand of a printed code: F0(格力), P1/P2(多品牌), E2/E3."""
    match = _PRINTED.match(printed.strip())
    shown, owner = (match["codes"].strip(), (match["owner"] or "").strip()) if match else (printed.strip(), "")
    return PrintedCode(shown, code_keys(shown), "" if owner in _ANY_BRAND else owner)
