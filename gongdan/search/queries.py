"""Finding things by what was typed. Both engines answer the same hits, newest first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import connection

from gongdan.search.models import IndexRow
from gongdan.search.rules import KINDS, Phrase, Question, question_of, scope_terms

WINDOW = 5000


@dataclass(frozen=True, slots=True)
class Hit:
    """A thing that was found: load it through its app's `visible_to`."""

    kind: str
    id: int


def find(
    typed: str,
    *,
    kinds: Iterable[str] = KINDS,
    site_ids: frozenset[int] | None,
    limit: int = 20,
) -> list[Hit]:
    """The newest things that meet every typed word, newest first. `site_ids` None means all sites.

    Words may be parts of a text, four or more last characters of a telephone, order or serial number, six or more first
    ones, or two or more pinyin initials. Whatever else is typed finds nothing; nothing that is typed is an error.
    """
    question = question_of(typed)
    wanted = sorted(set(kinds))
    if question is None or not wanted or site_ids == frozenset():
        return []
    search = {"sqlite": _find_sqlite, "postgresql": _find_postgresql}[connection.vendor]
    return [Hit(kind, thing_id) for kind, thing_id in search(question, wanted, site_ids, limit)]


_TABLE = IndexRow._meta.db_table


def _find_sqlite(
    question: Question, kinds: list[str], site_ids: frozenset[int] | None, limit: int
) -> list[tuple[str, int]]:
    """Hits of the FTS index, which walks from the newest back.

    For beginnings that much of everything holds ("不", "kfr") it would first collect all their rows (100 ms and more), so
    before that the newest rows are read one by one.
    """
    if question.is_broad:
        newest = _newest_sqlite(question, kinds, site_ids, limit)
        if len(newest) == limit:
            return newest
    asked, checks, values = [], [], []
    for word in question.words:
        asked.append(" OR ".join(_fts_phrase(phrase) for phrase in word))
        if len(word) == 1 and word[0].telling:
            asked[-1] = " AND ".join(f'"{term}"' for term in word[0].telling)
            checks.append(f" AND {_HOLDS}")
            values.append(_as_put(word[0]))
    asked += [" OR ".join(f'"{term}"' for term in terms) for terms in scope_terms(kinds=kinds, site_ids=site_ids)]
    with connection.cursor() as cursor:
        cursor.execute(  # CROSS JOIN: the index is the outer loop, so that its order is the order of the hits
            f"SELECT known.kind, known.object_id FROM search_terms CROSS JOIN {_TABLE} AS known"
            f" ON known.position = search_terms.rowid WHERE search_terms MATCH %s{''.join(checks)}"
            " ORDER BY search_terms.rowid DESC LIMIT %s",
            [" AND ".join(f"({words})" for words in asked), *values, limit],
        )
        rows: list[tuple[str, int]] = cursor.fetchall()
    return rows


def _newest_sqlite(
    question: Question, kinds: list[str], site_ids: frozenset[int] | None, limit: int
) -> list[tuple[str, int]]:
    sites = sorted(site_ids or ())
    scope = f"+kind IN ({_places(kinds)})" + (f" AND +site_id IN ({_places(sites)})" if sites else "")
    checks = " AND ".join(f"({' OR '.join(_HOLDS for _phrase in word)})" for word in question.words)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT known.kind, known.object_id FROM"
            f" (SELECT * FROM {_TABLE} WHERE {scope} AND position >= coalesce("
            f"(SELECT position FROM {_TABLE} ORDER BY position DESC LIMIT 1 OFFSET {4 * WINDOW}), 0)"
            f" ORDER BY position DESC LIMIT {WINDOW // 5}) AS known"
            f" CROSS JOIN search_terms ON search_terms.rowid = known.position WHERE {checks}"
            " ORDER BY known.position DESC LIMIT %s",
            [*kinds, *sites, *(_as_put(phrase) for word in question.words for phrase in word), limit],
        )
        rows: list[tuple[str, int]] = cursor.fetchall()
    return rows


_HOLDS = "instr(' ' || search_terms.terms || ' ', %s) > 0"


def _as_put(phrase: Phrase) -> str:
    """The phrase as it stands in the stored terms."""
    return " " + " ".join(term.text for term in phrase.terms) + ("" if phrase.terms[-1].is_prefix else " ")


def _fts_phrase(phrase: Phrase) -> str:
    end = " *" if phrase.terms[-1].is_prefix else ""
    return '"' + " ".join(term.text for term in phrase.terms) + '"' + end


def _places(values: Sequence[object]) -> str:
    return ", ".join(["%s"] * len(values))


def _find_postgresql(
    question: Question, kinds: list[str], site_ids: frozenset[int] | None, limit: int
) -> list[tuple[str, int]]:
    """The newest rows read one by one, which answers common words; rare ones through the GIN index.

    Left to itself the planner walks the whole table backwards for a rare word, or sorts 100,000 rows for a common one.
    """
    words = [" | ".join(f"({_ts_phrase(phrase)})" for phrase in word) for word in question.words]
    scope = [" | ".join(f"'{term}'" for term in terms) for terms in scope_terms(kinds=kinds, site_ids=site_ids)]
    asked = " & ".join(f"({part})" for part in [*words, *scope])
    check, checked = _neighbours(question)
    met = f"terms @@ %s::tsquery{check}"
    with connection.cursor() as cursor:
        rows: list[tuple[str, int]] = []
        if not question.is_narrow:
            among = kinds if len(kinds) < len(KINDS) else [""]  # of all kinds the newest lie together
            windows = " UNION ALL ".join(
                f"(SELECT * FROM {_TABLE}{' WHERE kind = %s' if kind else ''} ORDER BY position DESC LIMIT {WINDOW})"
                for kind in among
            )
            cursor.execute(
                f"SELECT kind, object_id FROM ({windows}) AS newest WHERE {met} ORDER BY position DESC LIMIT %s",
                [*filter(None, among), asked, *checked, limit],
            )
            rows = cursor.fetchall()
        if len(rows) < limit:
            cursor.execute(
                f"WITH met AS MATERIALIZED (SELECT position, kind, object_id FROM {_TABLE} WHERE {met})"
                " SELECT kind, object_id FROM met ORDER BY position DESC LIMIT %s",
                [asked, *checked, limit],
            )
            rows = cursor.fetchall()
        return rows


def _ts_phrase(phrase: Phrase) -> str:
    return " & ".join(f"'{term.text}':*" if term.is_prefix else f"'{term.text}'" for term in phrase.terms)


def _neighbours(question: Question) -> tuple[str, list[str]]:
    """Conditions on the text itself, with their values, that the terms of each phrase stand together.

    The index cannot tell. Where a word is met in another way (as a key, say), the text need not hold it.
    """
    checks, values = [], []
    for word in question.words:
        if any(phrase.raw for phrase in word):
            ways = ["strpos(text, %s) > 0" for phrase in word if phrase.raw]
            values += [phrase.raw for phrase in word if phrase.raw]
            if others := [f"({_ts_phrase(phrase)})" for phrase in word if not phrase.raw]:
                ways.append("terms @@ %s::tsquery")
                values.append(" | ".join(others))
            checks.append(f" AND ({' OR '.join(ways)})")
    return "".join(checks), values
