"""Past orders, customers and devices from other people's spreadsheets: what goes in, what stays out, all or nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gongdan.audit import jobs
from gongdan.audit.models import Delivery, Event, Progress
from gongdan.customers import actions as customers_actions
from gongdan.customers.models import Customer
from gongdan.customers.rules import ContactDraft, CustomerDraft
from gongdan.devices import queries as devices
from gongdan.devices.models import ArchiveEntry, Device
from gongdan.imports import actions, queries
from gongdan.imports.actions import load
from gongdan.imports.queries import BatchCard
from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.kernel.errors import Forbidden, Invalid, Missing, Refused, Stale
from gongdan.orders.actions import past
from gongdan.orders.models import Order
from gongdan.people.models import Site
from gongdan.search import queries as search
from tests.imports.sheets import DATA, OWNERS_ROWS, numbered, text, xlsx

Checked = Callable[..., BatchCard]
pytestmark = pytest.mark.django_db


def reasons(card: BatchCard, actor: Actor) -> dict[int, tuple[str, list[str]]]:
    rows = queries.verdicts(card.id, actor).order_by("row")
    return {row["row"]: (row["verdict"], [str(reason) for reason in queries.reasons_of(row)]) for row in rows}


def nothing_stays() -> bool:
    left = (Order.objects.count(), Customer.objects.count(), Device.objects.count(), ArchiveEntry.objects.count())
    return left == (0, 0, 0, 0)


SHEETS = [xlsx(OWNERS_ROWS), text(OWNERS_ROWS), text(OWNERS_ROWS, encoding="gbk"), text(OWNERS_ROWS, delimiter="\t")]


@pytest.mark.req("R-250")
@pytest.mark.parametrize("content", SHEETS, ids=["xlsx", "utf-8", "gbk", "tabs"])
def test_another_owners_table_is_understood_row_by_row(content: bytes, checked: Checked, admin: Actor) -> None:
    card = checked(content)
    assert [(c.head, c.field) for c in card.columns] == [
        ("序", "skip"), ("流水号", "old_number"), ("送修日期", "received"), ("顾客", "name"), ("联系方式", "phone"),
        ("住址", "address"), ("产品", "category"), ("牌子", "brand"), ("机号", "serial"), ("报修内容", "symptom"),
        ("处理过程", "remedy"), ("费用", "cost"), ("师傅", "technician"), ("维修状态", "result"),
    ]  # fmt: skip
    assert (card.state, card.header_row, card.rows, card.good, card.warned, card.duplicate, card.refused) == (
        "checked", 3, 7, 4, 1, 1, 2,
    )  # fmt: skip
    assert reasons(card, admin) == {
        5: ("good", []),
        6: ("good", []),
        7: ("warned", ["没有“扫地机”这个品类，归入“其他”"]),
        8: ("good", []),
        9: ("refused", ["没有认得出的报修或完工日期", "报修日期“不记得了”认不出日期"]),
        10: ("refused", ["没有故障现象、故障类型或维修措施，看不出修了什么"]),
        11: ("duplicate", ["与文件第 5 行重复（单号相同）", "金额“面议”认不出数字，记在备注里"]),
    }
    assert not Order.objects.exists()


def test_what_goes_in_stands_in_orders_customers_devices_and_archive(loaded: Checked, admin: Actor, site: Site) -> None:
    card = loaded(xlsx(OWNERS_ROWS))
    assert (card.state, card.made) == ("done", {"customers": 3, "devices": 3, "orders": 4})
    orders = {
        row.old_number: row for row in Order.objects.select_related("customer", "category").order_by("received_at")
    }
    first, second = orders["T-001"], orders["T-002"]
    assert first.customer == second.customer
    assert (first.customer.name, first.customer.is_active, first.is_visible, first.is_historic) == (
        "王小明",
        True,
        True,
        True,
    )
    assert [c.phone_code for c in first.customer.contacts.order_by("position")] == ["+8613812342231", "+862086661234"]
    assert (first.number, first.due_fen, second.due_fen, first.result, first.technician_names) == (
        "LS240305-0001", 15000, 128050, "repaired", "李建国",
    )  # fmt: skip
    assert second.symptom == "又不制冷\n外机异响"
    assert getattr(orders["T-003"].category, "name", "") == "其他"
    assert (orders["T-004"].customer.name, orders["T-004"].due_fen, orders["T-004"].result) == ("散客", 0, "declined")
    assert [order.received_at.isoformat()[:10] for order in orders.values()] == [
        "2024-03-05", "2024-03-07", "2024-03-09", "2024-03-10",
    ]  # fmt: skip
    device = Device.objects.get(customer=first.customer)
    assert (device.serial, device.brand_text, device.is_active) == ("HR-0099", "海尔", True)
    assert [(row.order_number, row.fault, row.remedy, row.cost_fen) for row in devices.archive(device.pk)] == [
        ("LS240307-0001", "又不制冷\n外机异响", "换电容", 128050),
        ("LS240305-0001", "不制冷", "加氟", 15000),
    ]
    assert Delivery.objects.filter(is_done=False).count() == 0


@pytest.mark.req("R-244")
@pytest.mark.parametrize("words", ["T-002", "13812342231", "HR-0099", "体育东路5号", "外机异响"])
def test_past_orders_are_found_by_number_phone_serial_address_and_words(
    words: str, loaded: Checked, admin: Actor
) -> None:
    loaded(xlsx(OWNERS_ROWS))
    wanted = Order.objects.get(old_number="T-002").pk
    hits = search.find(words, site_ids=None, kinds=["order"], limit=20)
    assert wanted in [hit.id for hit in hits]


@pytest.mark.parametrize(
    ("name", "good", "refused"), [("openrepair_mobiles.csv", 6, 1), ("openrepair_printers.csv", 6, 0)]
)
def test_real_records_go_in_or_are_refused_with_a_reason(
    name: str, good: int, refused: int, loaded: Checked, admin: Actor
) -> None:
    card = loaded((DATA / name).read_bytes(), name=name)
    assert (card.state, card.good, card.refused, card.made["orders"]) == ("done", good, refused, good)
    assert all(why for verdict, why in reasons(card, admin).values() if verdict != "good")
    assert ArchiveEntry.objects.filter(is_visible=True, device__isnull=False).count() == good


def test_the_same_file_again_is_all_duplicates(loaded: Checked, checked: Checked, admin: Actor, now: datetime) -> None:
    loaded(xlsx(numbered(4)))
    again = checked(xlsx(numbered(4)))
    assert (again.good, again.duplicate) == (0, 4)
    assert reasons(again, admin)[2][1][0].startswith("系统里已有这张工单：LS240506-")
    with pytest.raises(Refused, match="没有可以导入的行"):
        actions.ask_load(again.id, seen=again.version, by=admin, at=now)


def test_rows_without_a_number_are_told_from_what_is_there_too(loaded: Checked, checked: Checked) -> None:
    rows = [row[1:] for row in numbered(4)]
    card = loaded(text(rows))
    assert (card.good, card.duplicate) == (2, 2)  # the two of a customer say the same
    assert checked(text(rows)).duplicate == 4


@pytest.mark.req("R-017")
def test_customers_are_imported_once_with_all_their_numbers(
    loaded: Checked, checked: Checked, admin: Actor, site: Site, now: datetime
) -> None:
    draft = CustomerDraft(name="老客户", contacts=(ContactDraft(phone="13900009999"),))
    customers_actions.add(draft, by=admin, at=now)
    rows = [
        ["客户名称", "手机", "座机", "地址"],
        ["广州天河酒店", "13800001111、13800002222", "86661234", "天河路 1 号"],
        ["酒店工程部", "13800002222", "", ""],
        ["老客户", "139-0000-9999", "", ""],
        ["", "", "", "只有地址"],
        ["没有电话的人", "", "", "石牌 3 号"],
    ]
    card = loaded(text(rows, encoding="gbk"), kind="customers", name="客户.csv")
    assert {row: (verdict, why[:1]) for row, (verdict, why) in reasons(card, admin).items()} == {
        2: ("good", []),
        3: ("duplicate", ["与文件第 2 行重复（电话相同）"]),
        4: ("duplicate", ["系统里已有这位客户（电话相同）"]),
        5: ("refused", ["没有客户姓名也没有电话，认不出是谁"]),
        6: ("good", []),
    }
    hotel = Customer.objects.get(name="广州天河酒店")
    assert (hotel.kind, hotel.is_active, hotel.site) == ("company", True, site)
    assert [c.phone_code for c in hotel.contacts.order_by("position")] == [
        "+8613800001111", "+8613800002222", "+862086661234",
    ]  # fmt: skip
    assert checked(text(rows), kind="customers").good == 0


def test_devices_find_their_customers_and_are_not_doubled(loaded: Checked, checked: Checked, admin: Actor) -> None:
    rows = [
        ["客户", "电话", "设备名称", "品牌", "型号", "SN", "购机日期"],
        ["王小明", "13812342231", "笔记本", "联想", "ThinkPad X1", "PF-12 34", "2023.5.6"],
        ["王小明", "13812342231", "电脑", "联想", "X1", "pf1234", ""],
        ["王小明", "13812342231", "打印机", "惠普", "M126", "", "2022"],
    ]
    card = loaded(xlsx(rows), kind="devices")
    assert (card.good, card.duplicate, card.made) == (2, 1, {"customers": 1, "devices": 2, "orders": 0})
    laptop = Device.objects.select_related("category", "customer").get(serial="PF-12 34")
    assert (laptop.category.name, laptop.spec, str(laptop.purchase_on), laptop.customer.name) == (
        "电脑", "笔记本", "2023-05-06", "王小明",
    )  # fmt: skip
    assert checked(xlsx(rows), kind="devices").duplicate == 3


def test_the_mapping_is_remembered_for_the_next_file_with_these_columns(
    checked: Checked, admin: Actor, now: datetime
) -> None:
    head = ["甲", "乙", "丙", "丁"]
    card = checked(text([head, ["X1", "2024-01-02", "王", "坏了"], ["X2", "2024-01-03", "李", "响"]]))
    assert [c.field for c in card.columns] == ["skip", "received", "skip", "skip"]
    assert [str(problem) for problem in card.problems] == ["至少要有一列是：故障现象、故障类型、维修措施"]
    told = {0: "old_number", 1: "received", 2: "name", 3: "symptom"}
    actions.remap(card.id, told, seen=card.version, by=admin, at=now)
    jobs.run_due(now)
    card = queries.card(card.id, admin)
    assert (card.good, card.problems) == (2, [])
    actions.ask_load(card.id, seen=card.version, by=admin, at=now)
    jobs.run_due(now)
    following = checked(text([head, ["X3", "2024-02-02", "张", "漏水"]]))
    assert ([c.field for c in following.columns], following.is_remembered, following.good) == (
        list(told.values()), True, 1,
    )  # fmt: skip


def test_another_header_row_is_guessed_anew(checked: Checked, admin: Actor, now: datetime) -> None:
    rows = [["电话", "地址"], ["日期", "故障"], ["2024-01-02", "坏了"]]
    card = checked(text(rows))
    actions.remap(card.id, {}, header_row=1, seen=card.version, by=admin, at=now)
    jobs.run_due(now)
    card = queries.card(card.id, admin)
    assert ([c.field for c in card.columns], card.good) == (["received", "symptom"], 1)
    actions.remap(card.id, {}, header_row=7, seen=card.version, by=admin, at=now)
    jobs.run_due(now)
    card = queries.card(card.id, admin)
    assert (card.state, str(card.failure)) == ("failed", "文件只有 3 行，列名不可能在第 8 行")


@pytest.fixture
def breaks_at(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, BaseException], None]:
    """The n-th chunk of orders ends with this exception, as if the machine had failed there."""

    def _breaks(chunk: int, failure: BaseException) -> None:
        count = 0
        real = past.take_in_past

        def take(*args: Any, **named: Any) -> Any:
            nonlocal count
            count += 1
            if count == chunk:
                raise failure
            return real(*args, **named)

        monkeypatch.setattr(past, "take_in_past", take)

    return _breaks


def test_a_failure_in_the_middle_leaves_nothing(
    checked: Checked, breaks_at: Callable[..., None], admin: Actor, now: datetime
) -> None:
    card = checked(xlsx(numbered(250)))
    breaks_at(3, ValueError("disk full"))
    actions.ask_load(card.id, seen=card.version, by=admin, at=now)
    jobs.run_due(now)
    card = queries.card(card.id, admin)
    assert (card.state, str(card.failure)) == ("failed", "程序遇到没有料到的数据，已全部撤回；请把文件交给技术支持")
    assert card.progress is not None
    assert card.progress.state == "failed"
    assert nothing_stays()
    assert search.find("N00001", site_ids=None, kinds=["order"], limit=5) == []


def test_a_process_that_dies_in_the_middle_shows_nothing_and_the_next_begins_anew(
    checked: Checked, breaks_at: Callable[..., None], admin: Actor, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = checked(xlsx(numbered(250)))
    actions.ask_load(card.id, seen=card.version, by=admin, at=now)
    with monkeypatch.context():
        breaks_at(3, KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            load.run(card.id, at=now, clock=lambda: now)
    monkeypatch.undo()
    assert Order.objects.count() == 200
    assert not Order.objects.filter(is_visible=True).exists()
    assert not Customer.objects.filter(is_active=True).exists()
    assert not Device.objects.filter(is_active=True).exists()
    load.run(card.id, at=now, clock=lambda: now)
    load.run(card.id, at=now, clock=lambda: now)
    assert (Order.objects.filter(is_visible=True).count(), Customer.objects.count()) == (250, 125)
    assert queries.card(card.id, admin).state == "done"


def test_a_process_that_dies_while_showing_goes_on_showing(
    checked: Checked, admin: Actor, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = checked(xlsx(numbered(6)))
    actions.ask_load(card.id, seen=card.version, by=admin, at=now)

    def dies(_batch_id: int) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(past, "show_past", dies)
        with pytest.raises(KeyboardInterrupt):
            load.run(card.id, at=now, clock=lambda: now)
    first = list(Order.objects.order_by("pk").values_list("pk", flat=True))
    load.run(card.id, at=now, clock=lambda: now)
    assert list(Order.objects.filter(is_visible=True).order_by("pk").values_list("pk", flat=True)) == first


def test_a_cancelled_load_leaves_nothing_and_may_be_started_again(
    checked: Checked, admin: Actor, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = checked(xlsx(numbered(250)))
    actions.ask_load(card.id, seen=card.version, by=admin, at=now)
    pauses = 0

    def pause(_seconds: float) -> None:
        nonlocal pauses
        pauses += 1
        if pauses == 2:
            actions.cancel(card.id, by=admin, at=now)

    monkeypatch.setattr("gongdan.imports.actions.load.time.sleep", pause)
    jobs.run_due(now)
    card = queries.card(card.id, admin)
    assert (card.state, str(card.failure)) == ("checked", "已取消，没有留下任何数据")
    assert nothing_stays()
    assert Progress.objects.get(kind="imports.load").state == "cancelled"
    with pytest.raises(Refused, match="没有在进行"):
        actions.cancel(card.id, by=admin, at=now)
    actions.ask_load(card.id, seen=card.version, by=admin, at=now)
    jobs.run_due(now)
    assert Order.objects.filter(is_visible=True).count() == 250


def test_no_transaction_takes_in_more_than_a_chunk(checked: Checked, admin: Actor, now: datetime) -> None:
    card = checked(xlsx(numbered(450)))
    actions.ask_load(card.id, seen=card.version, by=admin, at=now)
    told: list[int] = []
    real = past.take_in_past

    def take(rows: Any, **named: Any) -> Any:
        rows = list(rows)
        told.append(len(rows))
        return real(rows, **named)

    with pytest.MonkeyPatch.context() as patch, CaptureQueriesContext(connection) as seen:
        patch.setattr(past, "take_in_past", take)
        jobs.run_due(now)
    assert told == [100, 100, 100, 100, 50]
    assert load.CHUNK <= 100
    assert len(seen) < 450 * 6, "a number is taken row by row, the rest goes in bulk"


def test_an_import_is_undone_as_a_whole(loaded: Checked, admin: Actor, now: datetime) -> None:
    card = loaded(xlsx(numbered(6)))
    actions.ask_undo(card.id, seen=card.version, by=admin, at=now)
    jobs.run_due(now)
    assert queries.card(card.id, admin).state == "undone"
    assert nothing_stays()
    verbs = list(Event.objects.filter(about_kind="imports.batch").order_by("id").values_list("verb", flat=True))
    assert verbs == [
        "imports.uploaded", "imports.checked", "imports.load_asked", "imports.loaded", "imports.undo_asked",
        "imports.undone",
    ]  # fmt: skip


def test_later_work_keeps_an_import(loaded: Checked, admin: Actor, now: datetime) -> None:
    card = loaded(xlsx(numbered(2)))
    following = loaded(xlsx([numbered(1)[0], ["N9", "2024-06-01", "客户0", "13900000000", "空调", "格力", "漏水"]]))
    assert following.made == {"customers": 0, "devices": 0, "orders": 1}
    with pytest.raises(Refused, match=r"工单 LS240601-0001 已经用到"):
        actions.ask_undo(card.id, seen=card.version, by=admin, at=now)
    actions.ask_undo(following.id, seen=following.version, by=admin, at=now)
    jobs.run_due(now)
    assert Order.objects.count() == 2
    actions.ask_undo(card.id, seen=card.version, by=admin, at=now)
    customer = Customer.objects.get()
    customers_actions.edit(customer.pk, seen=1, changes={"remark": "老主顾"}, by=admin, at=now)
    jobs.run_due(now)
    kept = queries.card(card.id, admin)
    assert (kept.state, str(kept.failure)) == ("done", "这次导入的“客户0”已被修改过，不能撤销")
    assert Customer.objects.filter(is_active=True).count() == 1


def test_only_who_may_import_does_and_only_at_his_sites(
    checked: Checked, agent: Actor, admin: Actor, hire: Callable[..., Actor], other_site: Site, now: datetime
) -> None:
    card = checked(xlsx(numbered(2)))
    with pytest.raises(Forbidden):
        actions.upload("customers", name="a.csv", content=b"a,b", by=agent, at=now)
    with pytest.raises(Forbidden):
        queries.card(card.id, agent)
    bound = Actor("staff", agent.id, "外站", frozenset({"imports.run"}), frozenset({other_site.pk}))
    with pytest.raises(Forbidden, match="别的站点"):
        actions.ask_load(card.id, seen=card.version, by=bound, at=now)
    with pytest.raises(Missing):
        queries.card(card.id + 99, admin)
    with pytest.raises(Invalid):
        actions.upload("customers", name="a.csv", content=b"a,b", site_id=99999, by=admin, at=now)
    actions.remap(card.id, {0: "old_number"}, seen=card.version, by=admin, at=now)
    with pytest.raises(Stale):
        actions.ask_load(card.id, seen=card.version, by=admin, at=now)


@pytest.mark.usefixtures("_catalogue")
def test_the_command_checks_and_loads(site: Site, tmp_path: Any) -> None:
    path = tmp_path / "台账.csv"
    path.write_bytes(text(OWNERS_ROWS, encoding="gbk"))
    out = StringIO()
    call_command("import_file", str(path), "--dry-run", stdout=out)
    assert "共 7 行：可导入 4（其中有提醒 1），重复 1，不能导入 2" in out.getvalue()
    assert "第 9 行　不能导入　没有认得出的报修或完工日期" in out.getvalue()
    assert not Order.objects.exists()
    out = StringIO()
    call_command("import_file", str(path), "--load", "--site", "TH", "--mapping", "序=备注", stdout=out)
    assert "已导入 4 行：客户 3，设备 3，工单 4" in out.getvalue()
    assert "序 → 备注" in out.getvalue()
    assert Order.objects.get(old_number="T-003").remark.endswith("3")
    assert not Delivery.objects.exists()
    for wrong, message in [
        (["--site", "XX"], "现有：TH"),
        (["--mapping", "没有=备注"], "没有“没有”这一列"),
        (["--mapping", "序=什么"], "没有“什么”这个字段"),
        (["--load"], "没有可以导入的行"),
    ]:
        with pytest.raises(CommandError, match=message):
            call_command("import_file", str(path), *wrong, stdout=StringIO())


def test_time_left_is_told_by_what_took_so_far(checked: Checked, admin: Actor, now: datetime) -> None:
    card = checked(xlsx(numbered(10)))
    actions.ask_load(card.id, seen=card.version, by=admin, at=now)
    card = queries.card(card.id, admin)
    assert card.time_left(now) is None
    Progress.objects.filter(kind="imports.load").update(done=4)
    card = queries.card(card.id, admin)
    assert card.time_left(now + timedelta(seconds=40)) == timedelta(seconds=60)


@pytest.mark.usefixtures("_catalogue")
def test_the_system_is_nobody_on_the_list(site: Site, now: datetime) -> None:
    batch = actions.upload("past_orders", name="a.csv", content=text(numbered(1)), by=SYSTEM, at=now, follow=False)
    assert queries.batches(SYSTEM).get(id=batch.pk)["by__name"] is None
