"""A device's page: what is known, the verdict line by line, the archive; adding and editing."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from django.test import Client

from gongdan.catalog.models import Category
from gongdan.customers.models import Customer
from gongdan.devices import actions
from gongdan.devices.models import Cover, Device
from gongdan.devices.rules import ArchiveDraft
from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.orders import actions as orders
from gongdan.orders.models import Order
from gongdan.orders.rules import OrderDraft
from tests.doors.desk.forms import inputs_of


def errors_of(html: str) -> list[str]:
    """The sentences at the fields, in order."""
    return re.findall(r'<p class="k-error"[^>]*>([^<]+)</p>', html)


def sheet(category: Category, **changed: Any) -> dict[str, Any]:
    """A device as the form sends it."""
    usual: dict[str, Any] = {
        "category_id": str(category.pk),
        "brand_text": "格力",
        "model_text": "KFR-35GW",
        "use_kind": "home",
        "location": "customer",
        "is_active": "on",
    }
    return usual | changed


@pytest.fixture
def page(desk: Client, device: Device) -> Callable[[], str]:
    def _page() -> str:
        return desk.get(f"/devices/{device.pk}/").content.decode()

    return _page


@pytest.mark.req("R-025")
@pytest.mark.django_db
def test_the_page_shows_all_that_is_known(page: Callable[[], str], customer: Customer) -> None:
    html = page()

    for shown in (
        "格力 KFR-35GW 空调", "蓝天酒店", "空调", "大 1.5 匹", "4Q97A0236118", "2025-06-01", "04411273", "苏宁岗顶店", "2025-04-01",
        "2025-06-03", "三楼会议室", "家用", "客户处", "外机在天台", f"/reception/?customer={customer.pk}",
    ):  # fmt: skip
        assert shown in html, shown


@pytest.mark.django_db
def test_the_verdict_is_explained_line_by_line(page: Callable[[], str], now: datetime) -> None:
    actions.load_seed(by=SYSTEM, at=now)

    steps = re.findall(r"<li>([^<]+)</li>", page())

    assert "起算日" in steps[0]
    assert any(re.match(r"整机 \d+ 个月", step) for step in steps)
    assert any(re.match(r"报修日 \d{4}-\d\d-\d\d ", step) for step in steps)
    assert steps[-1].startswith("结论：")


@pytest.mark.req("R-026")
@pytest.mark.django_db
def test_the_archive_tells_fault_cause_remedy_parts_and_cost_newest_first(
    page: Callable[[], str], device: Device, customer: Customer, agent: Actor, now: datetime
) -> None:
    order = orders.register(OrderDraft(symptom="不制冷", source="direct", customer_id=customer.pk), by=agent, at=now)
    old = ArchiveDraft(
        on=date(2025, 8, 1), device_id=device.pk, order_number="GD250801-0001", fault="漏水", cost_fen=5000
    )
    new = ArchiveDraft(
        on=date(2026, 3, 1), device_id=device.pk, order_id=order.pk, order_number=order.number, fault="不制冷", cause="缺氟",
        remedy="补焊加氟", parts="R32 制冷剂 ×1", cost_fen=28050, is_repaired=False, result="待件",
    )  # fmt: skip
    ours = ArchiveDraft(
        on=date(2025, 12, 1), device_id=device.pk, order_number="GD251201-0001", fault="异响", result="declined",
        is_repaired=False,
    )  # fmt: skip
    for draft in (old, new, ours):
        actions.file_in_archive(draft)

    rows = re.findall(r"<tr.*?</tr>", page()[page().index('id="archive"') :])

    cells = [re.sub(r"<[^>]+>", " ", row).split() for row in rows]
    assert cells == [
        ["2026-03-01", order.number, "不制冷", "缺氟", "补焊加氟", "R32", "制冷剂", "×1", "¥280.50", "待件"],
        ["2025-12-01", "GD251201-0001", "异响", "—", "—", "—", "¥0.00", "客户不修"],
        ["2025-08-01", "GD250801-0001", "漏水", "—", "—", "—", "¥50.00", "已修复"],
    ]
    assert f'data-url="/orders/{order.number}/"' in rows[0]
    assert "data-url" not in rows[1] + rows[2]


@pytest.mark.django_db
def test_an_empty_archive_says_when_it_fills(page: Callable[[], str]) -> None:
    assert "工单结算后自动进入档案" in page()


@pytest.mark.django_db
def test_a_device_of_another_site_is_refused_and_an_unknown_one_missing(
    client_for: Callable[[Actor], Client], stranger: Actor, device: Device, aircon: Category
) -> None:
    client = client_for(stranger)
    sent = sheet(aircon, seen=device.version)

    for path in ("", "edit/"):
        assert client.get(f"/devices/{device.pk}/{path}").status_code == 403
        assert client.get(f"/devices/{10**15}/{path}").status_code == 404
    assert client.post(f"/devices/{device.pk}/edit/", sent).status_code == 403
    word = {"level": "in", "source": "厂家系统", "on": "2026-03-01", "seen": "1"}
    assert client.post(f"/devices/{device.pk}/maker/", word).status_code == 403
    assert client.post(f"/devices/{device.pk}/covers/1/end/").status_code == 403


@pytest.mark.django_db
def test_who_may_not_edit_devices_sees_the_page_without_buttons(
    client_for: Callable[[Actor], Client], cashier: Actor, device: Device, customer: Customer, aircon: Category
) -> None:
    till = client_for(cashier)

    assert "修改设备" not in till.get(f"/devices/{device.pk}/").content.decode()
    assert till.post(f"/devices/{device.pk}/edit/", sheet(aircon, seen=1)).status_code == 403
    assert till.post(f"/setup/customers/{customer.pk}/devices/add/", sheet(aircon)).status_code == 403
    assert till.put(f"/devices/{device.pk}/").status_code == 405
    assert till.get(f"/devices/{device.pk}/covers/").status_code == 405


@pytest.mark.req("R-025")
@pytest.mark.django_db
def test_a_device_is_added_to_a_customer(desk: Client, customer: Customer, aircon: Category) -> None:
    place = customer.addresses.get(position=0)
    sent = sheet(
        aircon, serial="B2", purchase_on="2025-05-01", address_id=str(place.pk), use_kind="commercial", once_key="k"
    )

    answers = [desk.post(f"/setup/customers/{customer.pk}/devices/add/", sent)["Location"] for _time in range(2)]

    made = Device.objects.get()
    assert answers == [f"/devices/{made.pk}/"] * 2
    assert (made.customer_id, made.serial, made.purchase_on, made.address_id, made.use_kind) == (
        customer.pk,
        "B2",
        date(2025, 5, 1),
        place.pk,
        "commercial",
    )


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"category_id": ""}, "请选择产品类别"),
        ({"serial": "S" * 61}, "最多 60 个字，现在有 61 个"),
        ({"brand_text": "\x00"}, "文字里有无法保存的控制字符，请删去后重新粘贴"),
        ({"purchase_on": "2999-01-01"}, "请填写日期，如 2026-03-08"),
        ({"made_on": "2025-06-01", "purchase_on": "2025-05-01"}, "购买日期 2025-05-01 早于出厂日期 2025-06-01，请核对"),
        ({"address_id": "424242"}, "“424242”不在可选范围内，请重新选择"),
    ],
)
@pytest.mark.django_db
def test_what_is_wrong_with_a_device_is_said_at_its_field(
    desk: Client, customer: Customer, aircon: Category, changed: dict[str, str], sentence: str
) -> None:
    response = desk.post(
        f"/setup/customers/{customer.pk}/devices/add/", sheet(aircon, **{"remark": "外机在天台"} | changed)
    )

    html = response.content.decode()
    assert response.status_code == 422
    assert sentence in errors_of(html)
    assert "外机在天台</textarea>" in html
    assert not Device.objects.exists()


@pytest.mark.django_db
def test_a_device_is_edited_and_the_change_is_told(desk: Client, device: Device, aircon: Category, page: Any) -> None:
    sent = sheet(aircon, seen=device.version, serial="新编号", purchase_on="2025-06-01", use_kind="commercial")

    response = desk.post(f"/devices/{device.pk}/edit/", sent)

    device.refresh_from_db()
    assert (response.status_code, device.serial, device.use_kind, device.seller) == (303, "新编号", "commercial", "")
    changes = [re.sub(r"<[^>]+>", "", line) for line in re.findall(r'<p><span class="d-changed">.*?</p>', page())]
    assert "机身编号 4Q97A0236118 → 新编号" in changes
    assert "用途 家用 → 商用" in changes


@pytest.mark.django_db
def test_the_second_clerk_at_a_device_is_told_and_keeps_his_text(
    desk: Client, device: Device, aircon: Category, supervisor: Actor, now: datetime
) -> None:
    sent = sheet(aircon, seen=device.version, place="四楼")
    actions.edit_device(device.pk, seen=device.version, place="五楼", by=supervisor, at=now)

    refused = desk.post(f"/devices/{device.pk}/edit/", sent)

    html = refused.content.decode()
    device.refresh_from_db()
    assert refused.status_code == 409
    assert "赵明" in html
    assert "改了：安装位置；请核对后再保存" in html
    assert 'value="四楼"' in html
    assert (device.place, f'name="seen" value="{device.version}"' in html) == ("五楼", True)


@pytest.mark.django_db
def test_what_only_the_first_clerk_touched_of_a_device_stays(
    desk: Client, device: Device, supervisor: Actor, now: datetime
) -> None:
    older = inputs_of(desk.get(f"/devices/{device.pk}/edit/").content.decode())
    actions.edit_device(device.pk, seen=device.version, place="五楼", is_sold_here=True, by=supervisor, at=now)

    refused = desk.post(f"/devices/{device.pk}/edit/", older | {"remark": "外机在阳台"})

    assert refused.status_code == 409
    assert desk.post(f"/devices/{device.pk}/edit/", inputs_of(refused.content.decode())).status_code == 303
    device.refresh_from_db()
    assert (device.place, device.is_sold_here, device.remark) == ("五楼", True, "外机在阳台")


@pytest.mark.django_db
def test_the_makers_word_stands_beside_our_verdict(desk: Client, device: Device, page: Any, now: datetime) -> None:
    actions.load_seed(by=SYSTEM, at=now)
    sent = {"level": "out", "source": "厂家系统", "on": "2026-03-01", "seen": device.version}

    refused = desk.post(f"/devices/{device.pk}/maker/", sent | {"source": ""})
    response = desk.post(f"/devices/{device.pk}/maker/", sent)

    assert errors_of(refused.content.decode()) == ["请写明核定来源，如厂家系统、厂家客服"]
    assert response.status_code == 303
    assert "厂家系统　2026-03-01　王芳" in page()


@pytest.mark.django_db
def test_a_contract_covers_the_device_until_it_is_ended(desk: Client, device: Device, page: Any) -> None:
    sent = {
        "kind": "contract",
        "number": "HT-7",
        "provider": "本店",
        "starts_on": "2025-01-01",
        "ends_on": "2099-12-31",
    }

    refused = desk.post(f"/devices/{device.pk}/covers/", sent | {"ends_on": "2024-01-01"})
    desk.post(f"/devices/{device.pk}/covers/", sent)

    cover = Cover.objects.get()
    assert errors_of(refused.content.decode()) == ["截止日期早于开始日期，请核对"]
    assert "维保合同 HT-7" in page()
    assert re.search(r'k-tone-done"[^>]*><span[^>]*></span>合同 剩 \d+ 天', page())

    desk.post(f"/devices/{device.pk}/covers/{cover.pk}/end/")

    assert "停用了维保合同 HT-7" in page()
    assert not Cover.objects.get().is_active


@pytest.mark.django_db
def test_the_kinds_of_a_category_are_offered(desk: Client, aircon: Category, now: datetime) -> None:
    actions.load_seed(by=SYSTEM, at=now)

    html = desk.get("/devices/kinds/", {"category_id": aircon.pk}).content.decode()

    assert "按型号判断" in html
    assert "按型号判断" in desk.get("/devices/kinds/", {"category_id": "x"}).content.decode()
    assert not Order.objects.exists()
