"""The pictures of status in the documents are made from the tables, and kept up with them."""

from __future__ import annotations

import pytest

from tests.bin.scripts import script

diagrams = script("make-diagrams")


def test_every_transition_table_has_its_picture_and_each_is_up_to_date() -> None:
    assert {(app, name) for app, name, _picture in diagrams.machines()} >= {
        ("orders", "MACHINE"), ("dispatch", "MACHINE"), ("pricing", "BOOK_MACHINE"),
    }  # fmt: skip
    assert [path.name for path, page in diagrams.pages().items() if path.read_text(encoding="utf-8") != page] == []


def test_a_picture_is_drawn_between_its_marks_and_nothing_else_is_touched() -> None:
    page = "a\n<!-- M -->\nold\n<!-- /M -->\nb\n"

    assert diagrams.drawn(page, "M", "new") == "a\n<!-- M -->\n```mermaid\nnew\n```\n<!-- /M -->\nb\n"


def test_a_page_without_marks_is_named() -> None:
    with pytest.raises(ValueError, match="no <!-- M -->"):
        diagrams.drawn("a", "M", "new")
