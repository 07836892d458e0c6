"""客户档案 through the API: the same verbs and refusals as on the pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from gongdan.audit.models import Event
from gongdan.kernel.actor import Actor
from tests.doors.api.test_walks import Caller

pytestmark = pytest.mark.django_db


@pytest.fixture
def caller(now: datetime) -> Callable[[Actor], Caller]:
    return lambda actor: Caller(actor, now)


def added(desk: Caller, name: str, phone: str, **more: Any) -> int:
    body = {"name": name, "contacts": [{"phone": phone, "name": name}]} | more
    return int(desk.post("/customers", body)["id"])


@pytest.mark.req("R-011")
def test_contacts_with_kinds_and_remarks_are_set_and_the_signatory_is_offered_first(
    agent: Actor, caller: Callable[[Actor], Caller], now: datetime
) -> None:
    desk = caller(agent)
    pk = added(desk, "岗顶餐厅", "13800005551", kind="company")
    first = desk.get(f"/customers/{pk}/people")["contacts"][0]["id"]
    body = {
        "seen": 1,
        "contacts": [
            {"id": first, "name": "小李", "phone": "13800005551"},
            {"name": "何姐", "phone": "13800005554", "kind": "signatory", "remark": "周一至周五"},
            {"name": "平台", "phone": "17012345678", "is_virtual": True, "expires_at": "2030-01-01T00:00:00+08:00"},
        ],
    }

    status, done = desk.call("PUT", f"/customers/{pk}/contacts", body)
    assert (status, done["version"]) == (200, 2)
    assert desk.call("PUT", f"/customers/{pk}/contacts", body)[0] == 409

    people = desk.get(f"/customers/{pk}/people")
    assert next((c["name"], c["kind"], c["remark"]) for c in people["signatories"]) == (
        "何姐",
        "signatory",
        "周一至周五",
    )
    assert people["contacts"][2]["is_virtual"] is True
    assert desk.get("/customers?q=17012345678") == []


@pytest.mark.req("O-051")
def test_a_household_shows_both_by_either_number(agent: Actor, caller: Callable[[Actor], Caller]) -> None:
    desk = caller(agent)
    mother, son = added(desk, "陈阿姨", "13800001111"), added(desk, "陈强", "13900002222")

    desk.post(f"/customers/{mother}/household", {"other_id": son})

    assert [m["name"] for m in desk.get("/customers?q=13900002222")] == ["陈强", "陈阿姨"]
    assert [m["name"] for m in desk.get(f"/customers/{mother}/people")["household"]] == ["陈强"]
    desk.post(f"/customers/{mother}/household/leave")
    assert desk.get(f"/customers/{mother}/people")["household"] == []


@pytest.mark.req("O-054")
def test_a_warning_shows_its_effect_to_all_and_its_reason_to_the_owner(
    admin: Actor, agent: Actor, caller: Callable[[Actor], Caller]
) -> None:
    owner, desk = caller(admin), caller(agent)
    pk = added(desk, "赖先生", "13800001111")
    body = {"effect": "refuse", "reason": "拒不付款", "proof": "录音"}

    assert desk.call("POST", f"/customers/{pk}/warnings", body)[0] == 403
    made = owner.post(f"/customers/{pk}/warnings", body, key="w-1")
    assert owner.post(f"/customers/{pk}/warnings", body, key="w-1") == made

    assert desk.get(f"/customers/{pk}/flag") == {"effect": "refuse"}
    assert desk.call("GET", f"/customers/{pk}/warnings")[0] == 403
    assert [row["reason"] for row in owner.get(f"/customers/{pk}/warnings")] == ["拒不付款"]
    assert Event.objects.filter(verb="customer.warnings_read").count() == 1
    owner.post(f"/warnings/{made['id']}/lift", {"reason": "误会"})
    assert desk.get(f"/customers/{pk}/flag") == {"effect": ""}


def test_two_customers_are_merged_once_and_taken_apart(
    supervisor: Actor, agent: Actor, caller: Callable[[Actor], Caller]
) -> None:
    chief, desk = caller(supervisor), caller(agent)
    keep, gone = added(desk, "王小明", "13800001111"), added(desk, "王晓明", "13800001111")
    assert [one["customer"]["id"] for one in desk.get(f"/customers/{keep}/duplicates")] == [gone]
    body = {"gone_id": gone, "seen": 1, "gone_seen": 1, "reason": "同一人"}

    assert desk.call("POST", f"/customers/{keep}/merge", body)[0] == 403
    made = chief.post(f"/customers/{keep}/merge", body, key="m-1")
    assert chief.post(f"/customers/{keep}/merge", body, key="m-1") == made

    assert desk.get(f"/customers/{gone}/people")["kept_id"] == keep
    assert [m["gone_id"] for m in desk.get(f"/customers/{keep}/merges")] == [gone]
    chief.post(f"/merges/{made['id']}/undo")
    assert desk.get(f"/customers/{gone}/people")["kept_id"] == gone
    assert chief.call("POST", f"/merges/{made['id']}/undo", {})[0] == 409


@pytest.mark.req("R-022", "R-023")
def test_rules_transport_and_the_person_in_charge_are_typed_and_read_for_the_job_sheet(
    agent: Actor, caller: Callable[[Actor], Caller]
) -> None:
    desk = caller(agent)
    pk = added(desk, "岗顶餐厅", "13800005551", kind="company")
    desk.call("PATCH", f"/customers/{pk}", {"seen": 1, "site_rules": "登记身份证", "transport": "岗顶站 B 口"})
    contacts = [{"name": "吴经理", "phone": "13800005552", "kind": "in_charge"}]
    desk.call("PUT", f"/customers/{pk}/contacts", {"seen": 2, "contacts": contacts})

    assert desk.get(f"/customers/{pk}/site") == {
        "site_rules": "登记身份证", "transport": "岗顶站 B 口", "person": "吴经理", "phone": "13800005552",
    }  # fmt: skip


@pytest.mark.req("R-021", "R-039")
def test_figures_of_a_customer_and_of_the_shop(
    shop: None, supervisor: Actor, agent: Actor, caller: Callable[[Actor], Caller], now: datetime
) -> None:
    chief, desk = caller(supervisor), caller(agent)
    pk = added(desk, "王小明", "13800001111")
    for channel, source, phone in (("phone", "direct", "13800001111"), ("online", "platform", "13800001112")):
        body = {"symptom": "不制冷", "channel": channel, "source": source, "customer_id": pk, "phone": phone}
        number = desk.post("/orders", body)["number"]
        order = desk.get(f"/orders/{number}")
        assert (order["channel"], order["source"]) == (channel, source)

    assert desk.get(f"/customers/{pk}/analysis")["orders"] == 2
    today = datetime.now(now.tzinfo).date()
    period = f"since={today - timedelta(days=2)}&until={today + timedelta(days=1)}"
    found = chief.get(f"/figures?{period}")
    assert {s["key"]: s["count"] for s in found["channels"] if s["count"]} == {"phone": 1, "online": 1}
    assert {s["key"]: s["count"] for s in found["sources"] if s["count"]} == {"direct": 1, "platform": 1}
    bounds = f"received_from={today - timedelta(days=2)}T00:00:00Z&received_to={today + timedelta(days=2)}T00:00:00Z"
    for asked, count in (
        ("channel=phone", 1),
        ("channel=mail", 0),
        ("flow=", 2),
        ("flow=repair", 0),
        ("is_historic=true", 0),
    ):
        assert len(chief.get(f"/orders?{bounds}&{asked}")["rows"]) == count, asked
    assert chief.get(f"/orders?received_to={today - timedelta(days=2)}T00:00:00Z")["rows"] == []
    assert desk.call("GET", f"/figures?{period}")[0] == 403
    assert chief.call("GET", f"/figures?since={today}&until={today - timedelta(days=1)}")[0] == 422
