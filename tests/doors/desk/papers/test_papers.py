"""Papers on the screen, their PDF, and attached files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from gongdan.audit.models import Delivery
from gongdan.files import actions as files
from gongdan.files import queries as files_queries
from gongdan.files.jobs import USE_BROWSER
from gongdan.files.models import Paper
from gongdan.files.rules import size_of
from gongdan.flows import pdf
from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.orders.models import Order
from gongdan.repair import actions as repairs
from gongdan.settlement.models import Bill
from tests.doors.desk.orders.page import text_of

pytestmark = pytest.mark.django_db
ClientFor = Callable[[Actor], Client]
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00\x00\x00\rIHDR" + b"\x00" * 40


@pytest.fixture(autouse=True)
def _own_files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def paper(repair: Order, agent: Actor, now: datetime) -> Paper:
    return repairs.issue_sheet(repair.pk, by=agent, at=now)


def url(paper: Paper, name: str = "paper") -> str:
    return reverse(f"desk:{name}", args=[paper.pk])


@pytest.mark.req("R-131")
def test_the_button_issues_the_sheet_and_opens_it(repair: Order, agent: Actor, client_for: ClientFor) -> None:
    client = client_for(agent)
    assert "打印服务单" in text_of(client.get(reverse("desk:order", args=[repair.number])))
    answer = client.post(reverse("desk:order-sheet", args=[repair.number]))
    issued = Paper.objects.get(kind="service_sheet")
    assert answer.headers["Location"] == url(issued)
    page = client.get(url(issued))
    assert page.status_code == 200
    assert "服务单" in text_of(page)
    assert repair.number in text_of(page)
    assert f'href="{url(issued)}"' in client.get(reverse("desk:order", args=[repair.number])).content.decode()


def test_the_receipt_has_its_button_too(repair: Order, agent: Actor, client_for: ClientFor) -> None:
    answer = client_for(agent).post(reverse("desk:order-receipt", args=[repair.number]))
    assert answer.status_code == 303
    assert "王小明" in text_of(client_for(agent).get(answer.headers["Location"]))


@pytest.mark.parametrize(
    ("typed", "code"), [("", "A4"), ("A4", "A4"), ("241", "241x140"), ("80", "80mm"), ("241x280", "241x280")]
)
def test_it_is_drawn_in_the_size_asked_for(
    paper: Paper, agent: Actor, client_for: ClientFor, typed: str, code: str
) -> None:
    page = client_for(agent).get(url(paper), {"size": typed})
    assert f"{size_of(code).width}mm" in page.content.decode()
    assert "nonce-" in page.headers["Content-Security-Policy"]


def test_a_size_that_is_none_is_refused_in_words(paper: Paper, agent: Actor, client_for: ClientFor) -> None:
    assert client_for(agent).get(url(paper), {"size": "A0"}).status_code in (404, 409, 422)


def test_papers_are_seen_by_whoever_sees_their_order(
    paper: Paper, stranger: Actor, other_technician: Actor, client_for: ClientFor
) -> None:
    for actor in (stranger, other_technician):
        client = client_for(actor)
        assert client.get(url(paper)).status_code == 403
        assert client.get(url(paper, "paper-pdf")).status_code == 403
        assert client.post(url(paper, "paper-pdf")).status_code == 403
    assert client_for(stranger).get(reverse("desk:paper", args=[99999])).status_code == 404
    assert client_for(stranger).post(url(paper)).status_code == 405


def test_the_pdf_is_asked_for_waited_for_and_opened(
    paper: Paper, agent: Actor, client_for: ClientFor, now: datetime
) -> None:
    client = client_for(agent)
    asked = client.post(url(paper, "paper-pdf") + "?size=80mm")
    assert asked.headers["Location"] == f"{url(paper)}?size=80mm&pdf=1"
    delivery = Delivery.objects.get(job="flows.pdf.make")
    assert "正在生成" in text_of(client.get(asked.headers["Location"]))
    assert client.get(url(paper, "paper-pdf"), {"size": "80mm"}).json() == {"url": "", "trouble": ""}
    copy = files.keep_pdf(files_queries.paper(paper.pk), "80mm", b"%PDF-1.7 made", by=SYSTEM, at=now)
    pdf.make(delivery.event_id, at=now)  # there already: nothing more is made
    there = reverse("desk:attachment", args=[copy.attachment_id])
    assert client.get(url(paper, "paper-pdf"), {"size": "80mm"}).json() == {"url": there, "trouble": ""}
    assert client.post(url(paper, "paper-pdf") + "?size=80mm").headers["Location"] == there
    assert client.get(there).getvalue() == b"%PDF-1.7 made"


def test_a_machine_without_the_means_says_what_to_do(
    paper: Paper, agent: Actor, client_for: ClientFor, now: datetime
) -> None:
    files.keep_pdf_trouble(files_queries.paper(paper.pk), "A4", USE_BROWSER, at=now)
    assert "直接用浏览器打印" in text_of(client_for(agent).get(url(paper), {"pdf": "1"}))


def test_a_file_is_served_with_safe_headers_to_whoever_sees_what_it_hangs_on(
    repair: Order, agent: Actor, stranger: Actor, client_for: ClientFor, now: datetime
) -> None:
    kept = files.attach("orders.order", repair.pk, name="门 前.png", content=PNG, by=agent, at=now)
    there = reverse("desk:attachment", args=[kept.pk])
    answer = client_for(agent).get(there)
    assert answer.getvalue() == PNG
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"].startswith("inline; filename*=UTF-8''")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert client_for(stranger).get(there).status_code == 403
    assert client_for(agent).get(reverse("desk:attachment", args=[99999])).status_code == 404
    assert client_for(agent).post(there).status_code == 405


def test_a_drawing_is_saved_not_opened(repair: Order, agent: Actor, client_for: ClientFor, now: datetime) -> None:
    strokes = [{"points": [{"x": 5.0 * n, "y": 9.0 + n % 4} for n in range(12)]}]
    kept = files.attach_signature("orders.order", repair.pk, strokes=strokes, signer="王小明", by=agent, at=now)
    answer = client_for(agent).get(reverse("desk:attachment", args=[kept.pk]))
    assert answer.headers["Content-Disposition"].startswith("attachment;")


def test_what_hangs_on_an_unknown_kind_is_nobodys(agent: Actor, client_for: ClientFor, now: datetime) -> None:
    kept = files.attach("people.user", agent.id, name="x.png", content=PNG, by=agent, at=now)
    assert client_for(agent).get(reverse("desk:attachment", args=[kept.pk])).status_code == 403


def test_money_papers_need_the_right_to_see_money(
    repair: Order, agent: Actor, hire: Callable[..., Actor], site: Any, client_for: ClientFor, now: datetime
) -> None:
    bill = Bill.objects.create(order=repair, created_at=now)
    kept = files.attach("settlement.bill", bill.pk, name="x.png", content=PNG, by=agent, at=now)
    there = reverse("desk:attachment", args=[kept.pk])
    assert client_for(agent).get(there).status_code == 200
    storekeeper = hire(site, "kuguan", "库管", "storekeeper")
    assert client_for(storekeeper).get(there).status_code == 403
