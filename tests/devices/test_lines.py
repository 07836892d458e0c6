"""The broadband line of a terminal, and optical power in hundredths of a dBm."""

from __future__ import annotations

from datetime import datetime

import pytest

from gongdan.audit.models import Event, PersonalValue
from gongdan.catalog.models import Category
from gongdan.customers.models import Customer
from gongdan.devices import actions, queries, rules
from gongdan.devices.models import Device
from gongdan.devices.rules import DeviceDraft, LineDraft
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Forbidden, Invalid, Refused, Stale

LINE = LineDraft(
    account="0208888123", address="天河路 1 号 3 栋 201", terminal="onu", terminal_no="HWTC1A2B", port="0/3/7"
)


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("-18.52", -1852), ("-18.5", -1850), ("－２７．１３", -2713), ("−27", -2700), ("3", 300), ("+2.15 dBm", 215),
        ("-0.05", -5), ("-50", -5000), ("10.00", 1000),
    ],
)  # fmt: skip
def test_power_is_read_as_people_type_it(typed: str, value: int) -> None:
    assert rules.hundredths_of(typed) == value
    assert rules.hundredths_of(rules.dbm(value)) == value


@pytest.mark.parametrize("typed", ["", "弱", "-18.525", "-50.01", "10.01", "--3", "1e3", "nan", "18,5"])
def test_what_is_no_power_is_refused(typed: str) -> None:
    with pytest.raises(Invalid) as refused:
        rules.hundredths_of(typed)
    assert set(refused.value.errors) == {"dbm"}


@pytest.fixture
def onu(warranty: None, owner: Customer, agent: Actor, now: datetime) -> Device:
    category = Category.objects.get(name="宽带/ONU")
    return actions.register_device(
        owner.pk, DeviceDraft(category.pk, brand_text="华为", model_text="HG8245"), by=agent, at=now
    )


@pytest.mark.req("R-029")
@pytest.mark.django_db
def test_the_line_is_kept_and_changed_by_its_version(onu: Device, agent: Actor, now: datetime) -> None:
    row = actions.save_line(onu.pk, LINE, seen=0, by=agent, at=now)
    assert (row.account, row.terminal, row.terminal_no, row.port, row.version) == (
        "0208888123", "onu", "HWTC1A2B", "0/3/7", 1,
    )  # fmt: skip
    with pytest.raises(Stale):
        actions.save_line(onu.pk, LINE, seen=0, by=agent, at=now)
    changed = LineDraft(account="0208888123", terminal="converter", terminal_no="TP-MC111")
    assert actions.save_line(onu.pk, changed, seen=1, by=agent, at=now).version == 2
    kept = queries.line(onu.pk)
    assert kept is not None
    assert (kept.terminal, kept.address) == ("converter", "")
    assert queries.lines_of([onu.pk]) == {onu.pk: kept}
    told = str(list(Event.objects.about("devices.device", onu.pk).values_list("facts", flat=True)))
    assert ("0208888123" in told, "天河路" in told, "HWTC1A2B" in told) == (False, False, True)
    assert PersonalValue.objects.filter(field="address", old=LINE.address).count() == 1

    actions.erase_owner([onu.customer_id], reason="客户要求删除", by=agent, at=now)
    left = queries.line(onu.pk)
    assert left is not None
    assert (left.account, left.terminal_no) == ("", "TP-MC111")
    assert not PersonalValue.objects.exclude(old="", new="").filter(field__in=["account", "address"]).exists()


@pytest.mark.django_db
def test_a_line_names_its_account_or_its_terminal_and_belongs_to_a_line_category(
    onu: Device, agent: Actor, stranger: Actor, cashier: Actor, owner: Customer, now: datetime
) -> None:
    for draft, field in ((LineDraft(), "account"), (LineDraft(account="1", terminal="cable"), "terminal")):
        with pytest.raises(Invalid) as refused:
            actions.save_line(onu.pk, draft, seen=0, by=agent, at=now)
        assert set(refused.value.errors) == {field}
    for actor in (stranger, cashier):
        with pytest.raises(Forbidden):
            actions.save_line(onu.pk, LINE, seen=0, by=actor, at=now)
    phone = actions.register_device(
        owner.pk, DeviceDraft(Category.objects.get(name="手机").pk, model_text="X"), by=agent, at=now
    )
    with pytest.raises(Refused, match="没有线路资料"):
        actions.save_line(phone.pk, LINE, seen=0, by=agent, at=now)
