"""Numbers as an address or a form brings them."""

from __future__ import annotations

import pytest

from gongdan.doors.kit.lists import Listing
from gongdan.doors.kit.typed import whole_number


@pytest.mark.parametrize(
    ("typed", "number"),
    [("0", 0), ("007", 7), ("9" * 18, 10**18 - 1), ("9" * 19, None), ("", None), (None, None), ("-1", None), ("1.0", None),
     (" 1", None), ("１", None), ("²", None), ("1\x00", None)],
)  # fmt: skip
def test_only_figures_are_a_number(typed: str | None, number: int | None) -> None:
    assert whole_number(typed) == number


def test_more_figures_than_there_may_be_are_none() -> None:
    assert (whole_number("9999", digits=4), whole_number("10000", digits=4)) == (9999, None)


@pytest.mark.parametrize(
    ("asked", "after", "told"), [({}, None, 0), ({"after": "12"}, 12, 0), ({"after": "x"}, None, 1)]
)
def test_a_list_that_pages_by_ids_tells_of_a_place_that_is_none(
    asked: dict[str, str], after: int | None, told: int
) -> None:
    listing = Listing(asked)

    assert (listing.after_number(), len(listing.notices), listing.status) == (after, told, 400 if told else 200)
