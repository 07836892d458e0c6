"""报价: items from the book, totals per payer, what the customer is told and what he decided."""

from __future__ import annotations

import html
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from gongdan.dispatch import actions as dispatch
from gongdan.files import queries as files
from gongdan.kernel.actor import Actor
from gongdan.orders.models import Consent, Order
from gongdan.quotes import actions
from gongdan.quotes.models import Quote, QuoteItem
from gongdan.repair import actions as repair
from tests.repair.shop import BOUGHT_LATELY, agreed, diagnosed, line_of, quoted, visit_of

pytestmark = pytest.mark.django_db
SIGNATURE = json.dumps({"width": 300, "height": 120, "lines": [[[10, 20], [30, 40], [60, 30]]]})


@pytest.fixture
def bench(client_for: Callable[[Actor], Client], technician: Actor) -> Client:
    return client_for(technician)


@pytest.fixture
def draft(order: Order, technician: Actor, now: datetime) -> Quote:
    return actions.start(order.pk, by=technician, at=now)


def _url(order: Order, verb: str = "") -> str:
    return reverse(f"desk:quote-{verb}" if verb else "desk:quote", args=[order.number])


def _text(response: Any) -> str:
    return html.unescape(response.content.decode())


def _seen() -> int:
    return Quote.objects.order_by("-pk")[0].version


def _chosen() -> list[tuple[str, int]]:
    return list(QuoteItem.objects.order_by("pk").values_list("item__code", "quantity"))


def test_before_there_is_a_quote_the_page_tells_what_a_declined_repair_costs(bench: Client, order: Order) -> None:
    page = _text(bench.get(_url(order)))
    assert "检测后如不维修，需付 ¥110.00" in page
    assert "开始报价" in page
    assert bench.post(_url(order, "start")).status_code == 303
    page = _text(bench.get(_url(order)))
    for word in ("检测费(空调)", "上门费(5公里内)", "18:00–08:00 到达加收 ¥40.00", "21:00 以后每小时加收 ¥50.00"):
        assert word in page


@pytest.mark.req("R-128", "R-116")
def test_items_come_from_the_price_book_by_name_or_initials_or_are_proposed_by_the_fault(
    bench: Client, order: Order, draft: Quote, technician: Actor, now: datetime
) -> None:
    diagnosed(order, technician, now, cause="电容鼓包", component="电容")
    page = _text(bench.get(_url(order)))
    assert page.index("更换电容") < page.index("简单清洗")  # what the fault proposes comes first
    for words in ("电容", "ghdr", "PI026"):
        found = _text(bench.get(_url(order), {"q": words}, headers={"HX-Request": "true"}))
        assert "更换电容" in found
        assert "更换控制板" not in found
    assert "价目里没有这样的项目" in _text(bench.get(_url(order), {"q": "火箭"}))


@pytest.mark.req("R-128")
def test_only_quantities_are_typed_and_a_sent_price_is_not_read(bench: Client, order: Order, draft: Quote) -> None:
    for _twice in range(2):
        assert bench.post(_url(order, "add"), {"code": "PI026", "seen": _seen()}).status_code == 303
    assert _chosen() == [("PI006", 1), ("PI026", 2)]
    page = bench.get(_url(order)).content.decode()
    names = {part.partition('"')[0] for part in page.split(' name="')[1:]}
    assert not {name for name in names if "price" in name or "fen" in name or "amount" in name}
    item = QuoteItem.objects.get(item__code="PI026")
    typed = {f"quantity_{item.pk}": "3", "plan": "换电容", "seen": _seen(), f"price_{item.pk}": "1"}
    assert bench.post(_url(order, "items"), typed).status_code == 303
    assert _chosen() == [("PI006", 1), ("PI026", 3)]
    quote = Quote.objects.get()
    assert (quote.plan, quote.due_fen >= 3 * 120_00) == ("换电容", True)
    kept = QuoteItem.objects.get(item__code="PI006").pk
    bench.post(_url(order, "items"), {"remove": str(kept), "seen": _seen()})
    assert _chosen() == [("PI026", 3)]


@pytest.mark.parametrize("typed", ["0", "1000", "很多", "-1", "²"])
def test_a_quantity_that_is_none_is_refused_in_words(bench: Client, order: Order, draft: Quote, typed: str) -> None:
    item = QuoteItem.objects.get()
    sent = {f"quantity_{item.pk}": typed, "seen": _seen()}
    answer = bench.post(_url(order, "items"), sent, headers={"HX-Request": "true"})
    assert answer.status_code in (409, 422)
    assert "数量填 1 到 999 之间的整数" in _text(answer)
    assert _chosen() == [("PI006", 1)]


def test_an_item_that_the_book_does_not_have_is_refused(bench: Client, order: Order, draft: Quote) -> None:
    answer = bench.post(_url(order, "add"), {"code": "PI999", "seen": _seen()}, follow=True)
    assert "没有编号 PI999" in _text(answer)


def test_why_and_who_pays_stand_at_each_line(
    bench: Client, in_repair: Callable[..., Order], technician: Actor, now: datetime
) -> None:
    order = in_repair(bought=BOUGHT_LATELY)
    quoted(order, technician, now, "PI006", "PI029")
    page = _text(bench.get(_url(order)))
    assert "保内，由厂家承担" in page
    assert page.count("厂家") >= 3
    assert "¥450.00" in page


def test_a_colleague_who_was_faster_is_told(
    bench: Client, order: Order, draft: Quote, supervisor: Actor, now: datetime
) -> None:
    actions.set_items(draft.pk, [], seen=draft.version, by=supervisor, at=now)
    answer = bench.post(_url(order, "add"), {"code": "PI026", "seen": draft.version}, headers={"HX-Request": "true"})
    assert (answer.status_code, "赵明" in _text(answer)) == (409, True)
    assert QuoteItem.objects.count() == 0


@pytest.mark.req("R-116")
def test_the_customer_signs_on_the_screen_and_the_work_may_start(bench: Client, order: Order, draft: Quote) -> None:
    bench.post(_url(order, "add"), {"code": "PI021", "seen": _seen()})
    page = _text(bench.get(_url(order)))
    assert "客户现在不修，不收上门费和检测费" in page
    sent = {"plan": "补漏加氟", "issue": "1", "seen": _seen()}
    answer = bench.post(_url(order, "items"), sent, follow=True)
    assert "要先报价请勾选“还没到现场，先报价”" in _text(answer)
    assert Quote.objects.get().state == "draft"
    assert bench.post(_url(order, "items"), sent | {"confirm_not_arrived": "on"}).status_code == 303
    assert "BJ" in _text(bench.get(_url(order)))
    typed = {"answer": "yes", "name": "王小明", "way": "signature", "seen": _seen(), "once_key": "d1"}
    unsigned = bench.post(_url(order, "decide"), typed)
    assert (unsigned.status_code, "请客户签名" in _text(unsigned)) == (422, True)
    assert files.attachments_of("orders.order", order.pk) == []
    answer = bench.post(_url(order, "decide"), typed | {"signature": SIGNATURE})
    assert (answer.status_code, answer["Location"]) == (303, reverse("desk:repair-order", args=[order.number]))
    consent = Consent.objects.get()
    (kept,) = files.attachments_of("orders.order", order.pk, role="signature")
    assert (consent.is_given, consent.name, consent.way, consent.signature_id) == (True, "王小明", "signature", kept.pk)
    assert bench.post(_url(order, "decide"), typed | {"signature": SIGNATURE}).status_code == 303  # the same click
    assert Consent.objects.count() == 1


def test_a_refusal_needs_its_reason_and_shows_what_is_due(
    bench: Client, order: Order, technician: Actor, now: datetime
) -> None:
    quoted(order, technician, now, "PI006", "PI021")
    assert "还没有登记到达：客户现在不修，不收上门费和检测费" in _text(bench.get(_url(order)))
    dispatch.arrive(visit_of(order).pk, by=technician, at=now)
    assert "还没有登记到达" not in _text(bench.get(_url(order)))
    typed = {"answer": "no", "name": "王太太", "way": "phone", "seen": _seen()}
    refused = bench.post(_url(order, "decide"), typed)
    assert (refused.status_code, "客户不修请填写原因" in _text(refused), "王太太" in _text(refused)) == (
        422,
        True,
        True,
    )
    assert bench.post(_url(order, "decide"), typed | {"reason": "太贵"}).status_code == 303
    assert (Quote.objects.get().state, Quote.objects.get().due_fen) == ("declined", 110_00)
    assert "太贵" in _text(bench.get(_url(order)))


def test_a_new_quote_leaves_the_old_one_in_sight(bench: Client, order: Order, technician: Actor, now: datetime) -> None:
    old = agreed(order, technician, now, "PI006", "PI021")
    assert bench.post(_url(order, "revise")).status_code == 303
    page = _text(bench.get(_url(order)))
    assert old.number in page
    assert "已作废" in page
    assert "拟价中" in page


def test_a_finding_after_the_consent_that_makes_it_dearer_is_shown(
    bench: Client, in_repair: Callable[..., Order], technician: Actor, now: datetime
) -> None:
    order = in_repair(bought=BOUGHT_LATELY)
    diagnosed(order, technician, now)
    agreed(order, technician, now, "PI029")
    excluded = repair.DiagnosisDraft("板上有水渍", "进水", exclusion_codes=("X1",))
    repair.diagnose(line_of(order).pk, excluded, seen=1, by=technician, at=now)
    assert "现在的价格高于同意的，请重新报价" in _text(bench.get(_url(order)))


@pytest.mark.parametrize("role", ["cashier", "stranger", "other_technician"])
def test_neither_another_role_nor_another_site_quotes(
    client_for: Callable[[Actor], Client],
    order: Order,
    technician: Actor,
    now: datetime,
    request: pytest.FixtureRequest,
    role: str,
) -> None:
    quoted(order, technician, now, "PI021")
    client = client_for(request.getfixturevalue(role))
    typed = {"code": "PI026", "answer": "yes", "name": "王", "way": "phone", "seen": _seen()}
    for verb in ("start", "add", "items", "decide", "revise"):
        assert client.post(_url(order, verb), typed).status_code == 403, verb
    assert client.get(_url(order)).status_code == (200 if role == "cashier" else 403)
    assert (Quote.objects.get().state, Consent.objects.count()) == ("issued", 0)


def test_deeds_are_posted_and_the_page_is_read(bench: Client, order: Order) -> None:
    for verb in ("start", "add", "items", "decide", "revise"):
        opened = bench.get(_url(order, verb))
        assert (opened.status_code, opened.headers["Location"]) == (302, _url(order))
        assert bench.put(_url(order, verb)).status_code == 405
    assert bench.post(_url(order)).status_code == 405
    for verb in ("add", "items", "revise"):
        assert bench.post(_url(order, verb), {"seen": 1}).status_code == 404  # there is no quote yet
    assert bench.get("/orders/GD000000-0000/quote/").status_code == 404


def test_what_is_swapped_in_after_a_click_brings_no_second_line_of_phrases(
    bench: Client, order: Order, draft: Quote
) -> None:
    assert _text(bench.get(_url(order))).count('class="k-said"') == 1
    answer = bench.post(_url(order, "add"), {"code": "PI026", "seen": draft.version}, headers={"HX-Request": "true"})
    assert 'id="quote"' in _text(answer)
    assert "k-said" not in _text(answer)
