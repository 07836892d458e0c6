"""Steps that the kind of order or the category's flags demand, and readings on a broadband line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from gongdan.catalog.models import Category
from gongdan.devices import queries as devices
from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.kernel.errors import Forbidden, Invalid, Refused
from gongdan.orders.models import Order
from gongdan.people import actions as people
from gongdan.people.models import Site
from gongdan.repair import actions, queries, rules
from gongdan.repair.models import StepTick
from tests.repair.shop import agreed, diagnosed, filled, line_of, seen

pytestmark = pytest.mark.django_db
Make = Callable[..., Order]


def _ready(order: Order, by: Actor, at: datetime) -> None:
    """Everything is done but the steps."""
    diagnosed(order, by, at)
    agreed(order, by, at, "PI006", "PI021")
    actions.add_action(line_of(order).pk, "安装", by=by, at=at)
    filled(order, by, at)
    actions.record_trial(order.pk, is_accepted=True, tester="王小明", way="paper", by=by, at=at)


@pytest.mark.req("R-024")
def test_an_installation_is_not_finished_before_the_hotline_was_left(
    in_repair: Make, technician: Actor, now: datetime
) -> None:
    order = in_repair(kind="installation")
    _ready(order, technician, now)
    with pytest.raises(Refused, match="热线已留") as refused:
        actions.finish(order.pk, "repaired", seen=seen(order), by=technician, at=now)
    assert refused.value.code == "step_open"
    actions.tick(order.pk, "hotline", by=technician, at=now)
    actions.tick(order.pk, "hotline", by=technician, at=now)
    assert StepTick.objects.count() == 1
    actions.untick(order.pk, "hotline", by=technician, at=now)
    with pytest.raises(Refused, match="热线已留"):
        actions.finish(order.pk, "not_repaired", seen=seen(order), by=technician, at=now)
    actions.tick(order.pk, "hotline", by=technician, at=now)
    actions.finish(order.pk, "repaired", seen=seen(order), by=technician, at=now)


def test_a_site_without_a_hotline_has_none_to_leave(
    in_repair: Make, technician: Actor, site: Site, now: datetime
) -> None:
    order = in_repair(kind="installation")
    Site.objects.filter(pk=site.pk).update(hotline="")
    with pytest.raises(Refused, match="服务热线"):
        actions.tick(order.pk, "hotline", by=technician, at=now)


@pytest.mark.req("R-028")
def test_a_device_with_journal_and_cash_box_demands_both_steps(
    in_repair: Make, technician: Actor, now: datetime
) -> None:
    Category.objects.filter(name="空调").update(has_journal=True, has_cash_box=True)
    order = in_repair(devices=2)
    first, second = order.device_lines.order_by("position")
    wanted = [(one.code, one.device_line_id) for one in queries.demands(order.pk)]
    assert wanted == [
        ("journal", first.pk), ("cash_box", first.pk), ("journal", second.pk), ("cash_box", second.pk),
    ]  # fmt: skip
    diagnosed(order, technician, now)
    actions.diagnose(second.pk, actions.DiagnosisDraft("正常", "无"), by=technician, at=now)
    for code, line in wanted[:3]:
        actions.tick(order.pk, code, device_line_id=line, by=technician, at=now)
    with pytest.raises(Refused, match="钱箱") as refused:
        actions.finish(order.pk, "nothing_found", seen=seen(order), by=technician, at=now)
    assert "流水" not in str(refused.value)
    actions.tick(order.pk, "cash_box", device_line_id=second.pk, by=technician, at=now)
    actions.finish(order.pk, "nothing_found", seen=seen(order), by=technician, at=now)


@pytest.mark.req("R-028")
@pytest.mark.parametrize(("category", "codes"), [("自助设备", ["journal", "cash_box"]), ("空调", [])])
def test_the_flags_of_the_shipped_categories_switch_the_steps_on(
    in_repair: Make, category: str, codes: list[str]
) -> None:
    order = in_repair(category=category)
    assert [one.code for one in queries.demands(order.pk)] == codes


def test_the_shop_may_switch_a_step_off(in_repair: Make, now: datetime) -> None:
    order = in_repair(category="自助设备", kind="installation")
    assert [one.code for one in queries.demands(order.pk)] == ["hotline", "journal", "cash_box"]
    people.save_values(None, {rules.HOTLINE_STEP: False, rules.CASH_BOX_STEP: False}, seen=1, by=SYSTEM, at=now)
    assert [one.code for one in queries.demands(order.pk)] == ["journal"]


def test_what_is_not_demanded_is_not_ticked_and_others_tick_nothing(
    in_repair: Make, technician: Actor, other_technician: Actor, agent: Actor, now: datetime
) -> None:
    order = in_repair(kind="installation")
    for code, line in (("journal", None), ("hotline", line_of(order).pk), ("nonsense", None)):
        with pytest.raises(Invalid):
            actions.tick(order.pk, code, device_line_id=line, by=technician, at=now)
    for actor in (other_technician, agent):
        with pytest.raises(Forbidden):
            actions.tick(order.pk, "hotline", by=actor, at=now)
        with pytest.raises(Forbidden):
            actions.untick(order.pk, "hotline", by=actor, at=now)
        with pytest.raises(Forbidden):
            actions.record_reading(line_of(order).pk, "rx", -1852, by=actor, at=now)


@pytest.mark.req("R-029")
def test_readings_in_dbm_are_stored_with_time_and_order(in_repair: Make, technician: Actor, now: datetime) -> None:
    order = in_repair(category="宽带/ONU")
    pk = line_of(order).pk
    actions.record_reading(pk, "rx", -2713, note="入户前", by=technician, at=now)
    actions.record_reading(pk, "tx", 215, by=technician, at=now + timedelta(minutes=4))
    kept = devices.readings(line_of(order).device_id or 0)
    assert [(row.direction, row.hundredths, row.at, row.order_id, row.order_number) for row in kept] == [
        ("tx", 215, now + timedelta(minutes=4), order.pk, order.number),
        ("rx", -2713, now, order.pk, order.number),
    ]
    for value in (-5001, 1001):
        with pytest.raises(Invalid, match="-50 到 10"):
            actions.record_reading(pk, "rx", value, by=technician, at=now)
    with pytest.raises(Invalid):
        actions.record_reading(pk, "up", -1852, by=technician, at=now)


def test_a_device_without_a_line_has_no_readings(order: Order, technician: Actor, now: datetime) -> None:
    with pytest.raises(Refused, match="没有线路资料"):
        actions.record_reading(line_of(order).pk, "rx", -1852, by=technician, at=now)
