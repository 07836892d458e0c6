"""Due against received, without a database."""

from __future__ import annotations

from datetime import date

import pytest

from gongdan.kernel.errors import Invalid, Refused
from gongdan.kernel.money import MAX_FEN, Fen
from gongdan.settlement import rules
from gongdan.settlement.rules import Position

TODAY = date(2026, 3, 11)


def at(due: int, received: int = 0, discounted: int = 0, on_account: int = 0) -> Position:
    return Position(Fen(due), Fen(received), Fen(discounted), Fen(on_account))


@pytest.mark.parametrize(
    ("position", "state"),
    [
        (at(0), "paid"),
        (at(187_00), "unpaid"),
        (at(187_00, 100_00), "part"),
        (at(187_00, 187_00), "paid"),
        (at(187_00, 150_00, discounted=37_00), "paid"),
        (at(187_00, 150_00, on_account=37_00), "on_account"),
        (at(187_00, 150_00, on_account=36_99), "part"),
        (at(187_00, 200_00), "paid"),
    ],
)
def test_the_money_state_of_a_position(position: Position, state: str) -> None:
    assert position.state == state


@pytest.mark.req("R-173")
@pytest.mark.parametrize(
    ("field", "changed"),
    [
        ("payee", {"payee_ok": False}),
        ("day", {"day": None}),
        ("day", {"day": date(2026, 3, 12)}),
        ("account", {"has_account": False}),
        ("tendered", {"tendered": 0}),
        ("tendered", {"tendered": -1}),
        ("tendered", {"tendered": MAX_FEN + 1}),
    ],
)
def test_a_row_that_lacks_one_field_is_refused_naming_it(field: str, changed: dict[str, object]) -> None:
    whole = {"tendered": 100_00, "payee_ok": True, "day": TODAY, "today": TODAY, "has_account": True}

    with pytest.raises(Invalid) as refused:
        rules.check_receipt(**whole | changed)  # type: ignore[arg-type]  # a table of one change each

    assert list(refused.value.errors) == [field]


@pytest.mark.req("O-002")
def test_cash_over_the_due_gives_change_and_other_accounts_do_not() -> None:
    assert rules.change_for(Fen(200_00), outstanding=Fen(187_00), is_cash=True) == 13_00
    assert rules.change_for(Fen(187_00), outstanding=Fen(187_00), is_cash=False) == 0
    assert rules.change_for(Fen(500_00), outstanding=None, is_cash=False) == 0
    with pytest.raises(Refused, match=r"还应收 ¥187\.00，只有现金可以找零"):
        rules.change_for(Fen(200_00), outstanding=Fen(187_00), is_cash=False)
    with pytest.raises(Refused, match="已收齐"):
        rules.change_for(Fen(1_00), outstanding=Fen(0), is_cash=True)


@pytest.mark.req("O-002")
@pytest.mark.parametrize(
    ("position", "words"),
    [
        (at(187_00, 150_00), r"应收 ¥187\.00，实收 ¥150\.00，还差 ¥37\.00"),
        (at(187_00, 150_00, on_account=36_99), r"还差 ¥0\.01"),
        (at(187_00, 200_00), r"多收了 ¥13\.00，请先登记退款"),
        (at(150_00, 150_00, discounted=37_00), r"优惠 ¥37\.00 多减了 ¥37\.00，请先撤销优惠"),
    ],
)
def test_an_unexplained_gap_is_refused_with_its_amount(position: Position, words: str) -> None:
    with pytest.raises(Refused, match=words):
        rules.check_may_post(position, consented=None)


def test_an_explained_gap_may_be_posted() -> None:
    rules.check_may_post(at(187_00, 187_00), consented=187_00)
    rules.check_may_post(at(187_00, 150_00, on_account=37_00), consented=None)
    rules.check_may_post(at(187_00, 150_00, discounted=37_00), consented=None)
    rules.check_may_post(at(0), consented=None)
    with pytest.raises(Refused, match=r"高于客户同意的 ¥186\.00"):
        rules.check_may_post(at(187_00, 187_00), consented=186_00)


def test_a_discount_is_the_gap_and_reaches_as_far_as_its_rule() -> None:
    assert rules.discount_by("loyal", at(187_00, 168_30)) == (rules.DISCOUNT_RULES["loyal"], 18_70)
    with pytest.raises(Refused, match=r"差额 ¥37\.00 超过“老客户优惠”的上限 ¥18\.70") as refused:
        rules.discount_by("loyal", at(187_00, 150_00))
    assert refused.value.field == "rule"
    with pytest.raises(Invalid, match="请选择优惠规则"):
        rules.discount_by("free", at(187_00))
    with pytest.raises(Refused, match="没有差额"):
        rules.discount_by("goodwill", at(187_00, 187_00))
    with pytest.raises(Refused, match=r"上限 ¥8\.70"):
        rules.discount_by("loyal", at(187_00, 160_00, discounted=10_00))


def test_only_a_surplus_is_refundable_and_an_allowance_goes_first() -> None:
    assert rules.refundable(at(187_00, 200_00), row=Fen(100_00)) == 13_00
    assert rules.refundable(at(0, 200_00), row=Fen(150_00)) == 150_00
    with pytest.raises(Refused, match="没有多收"):
        rules.refundable(at(187_00, 187_00), row=Fen(187_00))
    with pytest.raises(Refused, match="请先撤销优惠"):
        rules.refundable(at(150_00, 150_00, discounted=37_00), row=Fen(150_00))


def test_what_is_on_account_shrinks_from_the_last_row() -> None:
    assert rules.on_account_left([(1, 30_00), (2, 20_00)], excess=25_00) == {2: 0, 1: 25_00}
    assert rules.on_account_left([(1, 30_00)], excess=0) == {}
    assert rules.on_account_left([(1, 30_00)], excess=-5) == {}


@pytest.mark.req("R-175")
@pytest.mark.parametrize("name", ["due", "amount", "price", "total", "due_fen", "unit-price", "Amount", "discount"])
def test_a_typed_amount_due_is_refused_by_its_name(name: str) -> None:
    with pytest.raises(Invalid) as refused:
        rules.refuse_amounts(["tendered", name])

    assert list(refused.value.errors) == [name]
    assert f"“{name}”" in str(refused.value)


@pytest.mark.req("R-175")
def test_what_was_received_may_be_typed() -> None:
    rules.refuse_amounts(["tendered", "payee", "day", "account", "reference", "remark", "reason", "due_on", "rule"])
