"""启用准备 › 导入 as its pages show it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from gongdan.audit.jobs import run_due
from gongdan.catalog import actions as catalog
from gongdan.imports import actions
from gongdan.imports.models import Batch
from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.orders.models import Order
from gongdan.people.models import Role, Site
from tests.imports.sheets import OWNERS_ROWS, numbered, text, xlsx

pytestmark = pytest.mark.django_db
LIST = "/setup/imports/"
ClientFor = Callable[[Actor], Client]


@pytest.fixture(autouse=True)
def _own_files(tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def boss(client_for: ClientFor, admin: Actor, now: datetime) -> Client:
    catalog.load_seed(by=SYSTEM, at=now)
    return client_for(admin)


@pytest.fixture
def batch(admin: Actor, boss: Client, now: datetime) -> Batch:
    made = actions.upload("past_orders", name="台账.xlsx", content=xlsx(OWNERS_ROWS), by=admin, at=now)
    run_due(now)
    return Batch.objects.get(pk=made.pk)


def work() -> None:
    """What the work process does in the meantime."""
    run_due(timezone.now())


@pytest.mark.req("R-017")
def test_a_file_is_uploaded_checked_and_loaded_from_the_setup_menu(boss: Client) -> None:
    assert "还没有导入过" in boss.get(LIST).content.decode()
    file = SimpleUploadedFile("台账.xlsx", xlsx(OWNERS_ROWS))
    answer = boss.post(LIST, {"kind": "past_orders", "file": file, "once_key": "k1"})
    here = answer["Location"]
    assert (answer.status_code, here) == (303, f"{LIST}{Batch.objects.get().pk}/")
    assert "等待后台处理" in boss.get(here).content.decode()
    work()
    shown = boss.get(here).content.decode()
    for words in ["导入 4 行", "流水号", "T-001", "没有认得出的报修或完工日期", "与文件第 5 行重复（单号相同）"]:
        assert words in shown
    assert boss.post(f"{here}load/", {"seen": 1}).status_code == 303
    busy = boss.get(f"{here}progress/", headers={"HX-Request": "true", "HX-Target": "progress"})
    assert "0 / 4" in busy.content.decode()
    assert "取消导入" in busy.content.decode()
    work()
    over = boss.get(f"{here}progress/", headers={"HX-Request": "true", "HX-Target": "progress"})
    assert (over.status_code, over["HX-Redirect"]) == (204, here)
    assert "已建立：客户 3，设备 3，工单 4" in boss.get(here).content.decode()
    assert Order.objects.filter(is_visible=True).count() == 4


def test_with_two_sites_the_upload_asks_for_one(boss: Client, other_site: Site) -> None:
    assert other_site.name in boss.get(LIST).content.decode()
    file = SimpleUploadedFile("a.csv", text(numbered(2)))
    sent = {"kind": "past_orders", "site_id": str(other_site.pk), "file": file, "once_key": "k1"}
    assert boss.post(LIST, sent).status_code == 303
    assert Batch.objects.get().site_id == other_site.pk


def test_the_same_upload_twice_is_one_import(boss: Client) -> None:
    for _turn in range(2):
        file = SimpleUploadedFile("a.csv", text(numbered(2)))
        assert boss.post(LIST, {"kind": "past_orders", "file": file, "once_key": "same"}).status_code == 303
    assert Batch.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "content", "kind", "words"),
    [
        ("a.csv", b"", "past_orders", "这个文件是空的"),
        ("a.exe", b"MZ", "past_orders", "只能用这些格式的文件"),
        ("a.xlsx", b"%PDF-1.4 x", "past_orders", "这不是表格"),
        ("a.csv", b"a,b", "nothing", "k-error"),
    ],
)
def test_a_wrong_upload_is_said_at_the_field(boss: Client, name: str, content: bytes, kind: str, words: str) -> None:
    answer = boss.post(LIST, {"kind": kind, "file": SimpleUploadedFile(name, content)})
    assert (answer.status_code, Batch.objects.count()) == (422, 0)
    assert words in answer.content.decode()
    assert boss.post(LIST, {"kind": "past_orders"}).status_code == 422


def test_another_mapping_is_checked_again(boss: Client, batch: Batch) -> None:
    here = reverse("desk:import", args=[batch.pk])
    told = {f"c{n}": field for n, field in batch.mapping.items()} | {"c0": "remark", "c10": "skip"}
    answer = boss.post(f"{here}mapping/", told | {"seen": 1, "header_row": "4"})
    assert answer.status_code == 303
    work()
    batch.refresh_from_db()
    assert (batch.state, batch.mapping["0"], batch.mapping["10"]) == ("checked", "remark", "skip")


def test_what_was_chosen_stays_when_the_answer_is_no(boss: Client, batch: Batch) -> None:
    here = reverse("desk:import", args=[batch.pk])
    stale = boss.post(f"{here}mapping/", {"c0": "remark", "seen": 7})
    assert stale.status_code == 409
    assert '<option value="remark" selected>' in stale.content.decode()
    hostile = boss.post(f"{here}mapping/", {"c0": "'; DROP", "c1": "\x00", "header_row": "9" * 30, "seen": 1})
    assert hostile.status_code in {303, 409}
    assert boss.post(f"{here}load/", {"seen": "x"}).status_code in {409, 422}
    assert boss.post(f"{here}cancel/", {}).status_code == 409
    assert boss.post(f"{here}undo/", {"seen": 1}).status_code == 409


def test_rows_are_filtered_by_verdict(boss: Client, batch: Batch) -> None:
    here = reverse("desk:import", args=[batch.pk])
    shown = boss.get(here, {"verdict": "duplicate"}).content.decode()
    assert "单号相同" in shown
    assert "看不出修了什么" not in shown
    assert boss.get(here, {"verdict": "nonsense"}).status_code == 400


def test_the_import_is_undone_from_its_page(boss: Client, batch: Batch) -> None:
    here = reverse("desk:import", args=[batch.pk])
    boss.post(f"{here}load/", {"seen": batch.version})
    work()
    batch.refresh_from_db()
    assert boss.post(f"{here}undo/", {"seen": batch.version}).status_code == 303
    work()
    assert "已撤销" in boss.get(here).content.decode()
    assert not Order.objects.exists()


def test_wrong_methods_are_refused(boss: Client, batch: Batch) -> None:
    here = reverse("desk:import", args=[batch.pk])
    assert [boss.get(f"{here}{verb}/").status_code for verb in ("mapping", "load", "cancel", "undo")] == [405] * 4
    assert [boss.post(there).status_code for there in (here, f"{here}progress/")] == [405] * 2
    assert boss.put(LIST).status_code == 405


def test_who_may_not_import_sees_no_import(client_for: ClientFor, agent: Actor, batch: Batch) -> None:
    client, here = client_for(agent), reverse("desk:import", args=[batch.pk])
    assert [client.get(there).status_code for there in (LIST, here, f"{here}progress/")] == [403] * 3
    assert [client.post(f"{here}{verb}/").status_code for verb in ("mapping", "load", "cancel", "undo")] == [403] * 4


def test_another_sites_import_is_not_shown(
    client_for: ClientFor, hire: Callable[..., Actor], other_site: Site, batch: Batch
) -> None:
    role = Role.objects.create(code="importer", name="导入员", permissions=["imports.run"])
    client = client_for(hire(other_site, "waizhan", "外站", role.code))
    assert client.get(reverse("desk:import", args=[batch.pk])).status_code == 403
    assert "台账" not in client.get(LIST).content.decode()
    assert client.get("/setup/imports/99999/").status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_asks_equally_much_for_every_length(
    count: int, boss: Client, admin: Actor, now: datetime, django_assert_num_queries: Any
) -> None:
    for n in range(count):
        actions.upload("customers", name=f"{n}.csv", content=b"a,b\n1,2", by=admin, at=now)
    boss.get(LIST)
    with django_assert_num_queries(QUERIES):
        boss.get(LIST)


QUERIES = 7
