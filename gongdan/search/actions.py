"""Putting things into the index and taking them out, in the transaction of the verb that changed them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection, transaction

from gongdan.search.models import IndexRow
from gongdan.search.rules import Card, position_of, terms_of, text_of

BATCH = 500


def put(
    kind: str,
    thing_id: int,
    *,
    site_id: int,
    text: str,
    at: datetime,
    digits: Iterable[str] = (),
    initials: Iterable[str] = (),
    serials: Iterable[str] = (),
) -> None:
    """Make this thing findable, or replace what was known of it. What each word means: `rules.Card`."""
    put_many([Card(kind, thing_id, site_id, text, at, tuple(digits), tuple(initials), tuple(serials))])


def put_many(cards: Iterable[Card]) -> None:
    """Put many at once, about five times faster each. Of two cards of one thing the later holds."""
    latest = list({(card.kind, card.id): card for card in cards}.values())
    write = {"sqlite": _write_sqlite, "postgresql": _write_postgresql}[connection.vendor]
    with transaction.atomic(savepoint=False):
        for start in range(0, len(latest), BATCH):
            write(latest[start : start + BATCH])


def drop(kind: str, thing_id: int) -> None:
    """Take this thing out of the index; no harm if it is not there."""
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {_TABLE} WHERE kind = %s AND object_id = %s", [kind, thing_id])


_TABLE = IndexRow._meta.db_table


def _write_sqlite(cards: Sequence[Card]) -> None:
    rows = [(position_of(card), card.kind, card.id, card.site_id) for card in cards]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {_TABLE} (position, kind, object_id, site_id) VALUES {_places('(%s, %s, %s, %s)', rows)}"
            " ON CONFLICT (kind, object_id) DO UPDATE SET position = excluded.position, site_id = excluded.site_id",
            [value for row in rows for value in row],
        )
        terms = [(row[0], " ".join(terms_of(card))) for row, card in zip(rows, cards, strict=True)]
        cursor.execute(
            f"INSERT OR REPLACE INTO search_terms (rowid, terms) VALUES {_places('(%s, %s)', rows)}",
            [value for pair in terms for value in pair],
        )


def _write_postgresql(cards: Sequence[Card]) -> None:
    rows = [(position_of(card), card.kind, card.id, card.site_id, _tsvector(card), text_of(card)) for card in cards]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {_TABLE} AS known (position, kind, object_id, site_id, terms, text)"
            f" VALUES {_places('(%s, %s, %s, %s, %s::tsvector, %s)', rows)}"
            " ON CONFLICT (kind, object_id) DO UPDATE SET position = excluded.position, site_id = excluded.site_id,"
            " terms = excluded.terms, text = excluded.text"
            " WHERE (known.position, known.site_id, known.terms) <> (excluded.position, excluded.site_id, excluded.terms)"
            " OR known.text <> excluded.text",
            [value for row in rows for value in row],
        )


def _tsvector(card: Card) -> str:
    """The terms as PostgreSQL reads them; an array, which it would have to turn into this, costs half as much again."""
    return " ".join(f"'{term}'" for term in terms_of(card))  # no term holds a quote or backslash


def _places(one: str, rows: Sequence[object]) -> str:
    return ", ".join([one] * len(rows))
