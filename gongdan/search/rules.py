"""How text becomes index terms, and how typed words become a question to the index. Plain Python, the same for both engines.

Text is cut into units: a Chinese character is one, a run of Latin letters or digits is one. Neighbouring units become
overlapping pairs (文三路138号 -> 文三 三路 路138 138号), the last character stands once more alone, and so does every Latin or
digit run. Terms that are not text carry a mark, a sign that is no letter and so in no text term: keys forwards and
backwards (so that a tail is a prefix), pinyin initials, kind, site.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

KINDS = ("order", "customer", "device")  # the place of a kind is stored in document numbers: only ever append

SHORTEST_TAIL = 4
SHORTEST_HEAD = 6  # "gd20" would be every order of a year: 100,000 terms to merge
SHORTEST_PREFIX = 3
SHORTEST_INITIALS = 2  # one letter costs 40 ms at a million rows
LONGEST_TEXT = 4000
LONGEST_QUESTION = 200
MOST_WORDS = 8

_KEY, _KEY_BACKWARDS, _INITIALS, _KIND, _SITE = "»", "«", "¶", "¤", "§"
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_ID_BITS, _KIND_BITS = 27, 4
_LONGEST_RUN = 64
_LONG_PHRASE = 5
_WHOLE_KEY = 10
_THREE_DIGITS = re.compile(r"\d{3}")
_TELEPHONE = re.compile(r"[\d\s()+.-]+")
_RUN = re.compile(r"[0-9a-z]+|[^\W0-9a-z_]+")


@dataclass(frozen=True, slots=True)
class Card:
    """What the index shall know of one thing.

    `text` is what may be found by its parts: names, address, fault; separate the fields by a space. `digits` are telephone
    and order numbers, `serials` serial and model numbers: found whole, by their last four or their first six characters.
    `initials` are pinyin initials (王小明 -> wxm). `at` is when the thing came into being: the order of the hits.
    """

    kind: str
    id: int
    site_id: int
    text: str
    at: datetime
    digits: Sequence[str] = ()
    initials: Sequence[str] = ()
    serials: Sequence[str] = ()


def position_of(card: Card) -> int:
    """Where the thing stands among all: sorts by day, then by id, and is unique.

    Days and not seconds: postings are stored as differences, and those within a day then take one byte instead of six.
    """
    days = max((card.at - _EPOCH).days, 0)
    return (days << _ID_BITS + _KIND_BITS) | (card.id % (1 << _ID_BITS) << _KIND_BITS) | KINDS.index(card.kind)


def terms_of(card: Card) -> list[str]:
    """The index terms of a card, text first and in reading order (a phrase is found by neighbouring terms)."""
    runs = list(_runs(card.text))
    terms: list[str] = []
    for chain in _chains(runs):
        terms += _pairs(chain)
        if not chain[-1].isascii():
            terms.append(chain[-1])
    terms += [run for run in runs if run.isascii()]
    for key in sorted({_squeeze(raw)[:_LONGEST_RUN] for raw in (*card.digits, *card.serials)}):
        if len(key) >= SHORTEST_PREFIX:
            terms += [_KEY + key, _KEY_BACKWARDS + key[::-1]]
    terms += [_INITIALS + letters for raw in card.initials if (letters := _squeeze(raw)[:_LONGEST_RUN])]
    terms += [_KIND + card.kind, f"{_SITE}{card.site_id}"]
    return terms


def text_of(card: Card) -> str:
    """The text against which a phrase is checked where the index knows no neighbours.

    What stands together, then all Latin and digit runs in order, with spaces between.
    """
    runs = list(_runs(card.text))
    together = ["".join(chain) for chain in _chains(runs)]
    return " ".join([*together, *(run for run in runs if run.isascii())])


@dataclass(frozen=True, slots=True)
class Term:
    """One index term; with `is_prefix` every term that begins with it."""

    text: str
    is_prefix: bool = False


@dataclass(frozen=True, slots=True)
class Phrase:
    """Terms that stand next to each other. `raw` is how `text_of` has them, empty if one term says it all."""

    terms: tuple[Term, ...]
    raw: str = ""

    @property
    def telling(self) -> list[str]:
        """The few terms of a long address that hold a number of three digits, as one row in a thousand does.

        They find it, and only what they find need be read: all nine pairs of 文三路138号2幢1单元 cost twenty times as much.
        """
        if len(self.terms) < _LONG_PHRASE:
            return []
        return [term.text for term in self.terms if not term.is_prefix and _THREE_DIGITS.search(term.text)]


@dataclass(frozen=True, slots=True)
class Question:
    """All of `words` must be met, each by any one of its phrases."""

    words: tuple[tuple[Phrase, ...], ...]

    @property
    def is_narrow(self) -> bool:
        """Whether one of the words is a number or a whole key, which few rows share."""
        keys = [phrase.terms[0].text[1:] for word in self.words for phrase in word if phrase.terms[0].text[0] == _KEY]
        return any(len(key) >= (SHORTEST_TAIL if key.isdigit() else _WHOLE_KEY) for key in keys)

    @property
    def is_broad(self) -> bool:
        """Whether every word is so short a beginning that a great part of all rows may meet it."""
        return all(
            any(term.is_prefix and len(term.text) <= SHORTEST_PREFIX for term in word[0].terms[:1])
            for word in self.words
        )


def question_of(typed: str) -> Question | None:
    """What was typed, as a question; None if there is nothing in it to look for."""
    plain = typed[:LONGEST_QUESTION]
    if number := _telephone(plain):
        return Question((tuple(_code_phrases([number])),))
    words: list[tuple[Phrase, ...]] = []
    lone: list[str] = []
    for written in plain.split():
        runs = list(_runs(written))
        if all(run.isascii() for run in runs):
            words += [tuple(_code_phrases(runs))] if runs else []
            continue
        for chain in _chains(runs):
            if len(chain) > 1:
                words.append((_chain_phrase(chain),))
            elif chain[0].isascii():
                words.append(tuple(_code_phrases(chain)))
            else:
                lone += chain
    if not words and lone:  # a single character says too little beside others, but alone it is all there is
        words = [(Phrase((Term(lone[0], is_prefix=True),)),)]
    return Question(tuple(words[:MOST_WORDS])) if words else None


def scope_terms(*, kinds: Iterable[str], site_ids: frozenset[int] | None) -> list[list[str]]:
    """The terms that hold the search to some kinds and sites: one of each list must be met."""
    kinds = sorted(set(kinds))
    scope = [[_KIND + kind for kind in kinds]] if len(kinds) < len(KINDS) else []
    return scope if site_ids is None else [*scope, [f"{_SITE}{site}" for site in sorted(site_ids)]]


def _telephone(typed: str) -> str:
    """The digits of a telephone number that was written in groups or with its country code; empty if it is none."""
    digits = _squeeze(typed)
    if not _TELEPHONE.fullmatch(unicodedata.normalize("NFKC", typed)) or not 10 <= len(digits) <= 15:
        return ""
    return re.sub(r"^(?:00)?86(?=1\d{10}$)", "", digits)


def _chain_phrase(chain: list[str]) -> Phrase:
    pairs = _pairs(chain)
    end = Term(pairs[-1], is_prefix=chain[-1].isascii())  # the number may not be typed to its end
    return Phrase((*(Term(pair) for pair in pairs[:-1]), end), "".join(chain) if len(pairs) > 1 else "")


def _code_phrases(runs: list[str]) -> Iterator[Phrase]:
    """A word of Latin letters and digits: in the text, as a key by its head or tail, or as pinyin initials."""
    whole = "".join(runs)[:_LONGEST_RUN]
    shortest = SHORTEST_PREFIX if len(runs) == 1 else SHORTEST_PREFIX - 1
    terms = (*(Term(run) for run in runs[:-1]), Term(runs[-1], is_prefix=len(runs[-1]) >= shortest))
    yield Phrase(terms, " ".join(["", *runs]) if len(terms) > 1 else "")
    if len(whole) >= SHORTEST_TAIL:
        yield Phrase((Term(_KEY_BACKWARDS + whole[::-1], is_prefix=True),))
    if len(whole) >= SHORTEST_PREFIX:
        yield Phrase((Term(_KEY + whole, is_prefix=len(whole) >= SHORTEST_HEAD),))
    if whole.isalpha() and len(whole) >= SHORTEST_INITIALS:
        yield Phrase((Term(_INITIALS + whole, is_prefix=True),))


def _chains(runs: list[str]) -> Iterator[list[str]]:
    """Units that stand together.

    A chain ends between two Chinese runs (there was a space or a sign), between two Latin ones, and at a number of four
    digits or more, which is looked for by itself ("王小明8000").
    """
    chain: list[str] = []
    for run in runs:
        is_long_number = run.isdigit() and len(run) >= SHORTEST_TAIL
        if chain and (is_long_number or run.isascii() == chain[-1].isascii()):
            yield chain
            chain = []
        if is_long_number:
            yield [run]
        else:
            chain += [run] if run.isascii() else run
    if chain:
        yield chain


def _pairs(chain: list[str]) -> list[str]:
    return [first + second for first, second in itertools.pairwise(chain)]


def _squeeze(text: str) -> str:
    return "".join(_runs(text))


def _runs(text: str) -> Iterator[str]:
    """Runs of Latin letters and digits, and runs of other letters (Chinese above all), in reading order."""
    for match in _RUN.finditer(unicodedata.normalize("NFKC", text[:LONGEST_TEXT]).lower()):
        yield match[0][:_LONGEST_RUN] if match[0].isascii() else match[0]
