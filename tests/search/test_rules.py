"""Index terms and questions, without a database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from gongdan.search.rules import KINDS, Card, position_of, question_of, terms_of

NOW = datetime(2026, 3, 11, 2, tzinfo=UTC)


def test_a_card_becomes_pairs_runs_keys_initials_kind_and_site() -> None:
    card = Card("order", 7, 3, "王小明 文三路138号", NOW, digits=["0571-8888"], initials=["wxm"], serials=["Ab-1"])

    assert terms_of(card) == [
        *("王小", "小明", "明", "文三", "三路", "路138", "138号", "号", "138"),
        *("»05718888", "«88881750", "»ab1", "«1ba", "¶wxm", "¤order", "§3"),
    ]


def test_positions_sort_by_day_then_by_id() -> None:
    cards = [
        Card("device", 9, 1, "", NOW - timedelta(days=1)),
        Card("order", 1, 1, "", NOW),
        Card("customer", 1, 1, "", NOW),
        Card("order", 2, 1, "", NOW),
        Card("order", 1, 1, "", NOW + timedelta(days=1)),
    ]

    positions = [position_of(card) for card in cards]

    assert positions == sorted(set(positions))


@given(st.sampled_from(KINDS), st.integers(1, 2**27 - 1), st.integers(-50_000, 50_000))
def test_a_position_fits_into_the_integers_of_both_databases(kind: str, thing_id: int, days: int) -> None:
    position = position_of(Card(kind, thing_id, 1, "", NOW + timedelta(days=days)))

    assert 0 < position < 2**63


@given(st.text(max_size=300))
def test_no_text_makes_terms_that_could_break_out_of_their_quotes(text: str) -> None:
    question = question_of(text)
    asked = [term.text for word in question.words for phrase in word for term in phrase.terms] if question else []
    terms = [*asked, *terms_of(Card("order", 1, 1, text, NOW, [text], [text], [text]))]

    assert all(term.isprintable() and not set(term) & set(" '\"\\&|!():*^+-{}") for term in terms)
    assert all(0 < len(term.encode()) < 2046 for term in terms)  # PostgreSQL's limit of a word
