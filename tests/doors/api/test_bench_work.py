"""Beside the work, through the open API: help, steps, pick-ups, refusals and lines; the same refusals as on the pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from gongdan.customers.models import Contact, Customer
from gongdan.devices.models import Device
from gongdan.kernel.actor import Actor
from gongdan.kernel.calendar import local_day
from gongdan.orders.models import Order
from gongdan.people import actions as people
from gongdan.repair.models import HelpRequest, PickUp, SafetyRefusal
from tests.doors.api.test_walks import Caller
from tests.repair.shop import PICTURE, diagnosed, in_repair, line_of, seen, shop

__all__ = ["in_repair", "shop"]
pytestmark = pytest.mark.django_db
Make = Callable[..., Order]


@pytest.fixture
def api(now: datetime) -> Callable[[Actor], Caller]:
    return lambda actor: Caller(actor, now)


def _upload(actor: Actor, now: datetime, path: str) -> tuple[int, Any]:
    token = people.issue_token(actor.id, "上传", by=actor, at=now)
    photo = SimpleUploadedFile("a.png", PICTURE, content_type="image/png")
    response = Client().post(f"/api/v1{path}", {"file": photo}, headers={"Authorization": f"Bearer {token}"})
    return response.status_code, response.json()


@pytest.mark.req("R-008", "R-195", "R-196", "R-197")
def test_help_is_asked_answered_and_listed(
    in_repair: Make,
    technician: Actor,
    other_technician: Actor,
    supervisor: Actor,
    agent: Actor,
    api: Callable[[Actor], Caller],
) -> None:
    order = in_repair()
    bench, colleague, boss = api(technician), api(other_technician), api(supervisor)
    path = f"/orders/{order.number}"
    assert bench.get(f"{path}/bench")["suggests_help"] == "您第一次修空调，拿不准时建议先求助"
    assert {row["name"] for row in bench.get(f"{path}/advisers")["colleagues"]} == {"周大勇", "赵明"}
    body = {"level": 1, "question": "是堵还是漏？", "asked_to": other_technician.id}
    asked = bench.post(f"{path}/help", body, key="h-1")
    assert bench.post(f"{path}/help", body, key="h-1") == asked
    (waiting,) = colleague.get("/help")
    assert (waiting["order"], waiting["level"], waiting["question"]) == (order.number, 1, "是堵还是漏？")
    colleague.post(f"/help/{asked['id']}/answer", {"answer": "看温差"}, key="a-1")
    colleague.post(f"/help/{asked['id']}/answer", {"answer": "看温差"}, key="a-1")
    assert colleague.get("/help") == []
    assert colleague.call("GET", f"{path}/bench")[0] == 403
    second = bench.post(f"{path}/help", {"level": 2, "question": "换四通阀吗？"})
    boss.post(f"/help/{second['id']}/answer", {"answer": "换"})
    rows = bench.get(f"{path}/bench")["help"]
    assert [(row["level"], row["answer"], row["answered_by"]) for row in rows] == [
        (1, "看温差", "周大勇"),
        (2, "换", "赵明"),
    ]
    assert all(row["asked_at"] and row["answered_at"] for row in rows)
    bench.post(f"{path}/helpers", {"user_id": other_technician.id})
    assert bench.get(f"{path}/bench")["helpers"] == [{"id": other_technician.id, "name": "周大勇"}]
    status, _answer = colleague.call(
        "PUT", f"/device-lines/{line_of(order).pk}/diagnosis", {"inspection": "看过", "cause": "漏"}
    )
    assert status == 200
    assert bench.call("DELETE", f"{path}/helpers/{other_technician.id}")[0] == 204
    for method, url, sent in (
        ("POST", f"{path}/help", body),
        ("POST", f"{path}/helpers", {"user_id": other_technician.id}),
        ("GET", f"{path}/advisers", None),
    ):
        assert api(agent).call(method, url, sent)[0] == 403


@pytest.mark.req("R-011", "R-022", "R-023", "R-024", "R-028")
def test_the_site_the_signatories_and_the_steps(
    in_repair: Make, technician: Actor, agent: Actor, api: Callable[[Actor], Caller], now: datetime
) -> None:
    order = in_repair(category="自助设备", kind="installation")
    Customer.objects.filter(pk=order.customer_id).update(site_rules="先登记", transport="北门货梯")
    for place, (name, kind) in enumerate((("陈经理", "in_charge"), ("林会计", "signatory")), 5):
        Contact.objects.create(customer_id=order.customer_id, name=name, kind=kind, phone="13900001111", position=place)
    bench = api(technician)
    path = f"/orders/{order.number}"
    found = bench.get(f"{path}/bench")
    assert found["site"] == {
        "rules": "先登记", "transport": "北门货梯", "person": "陈经理", "phone": "13900001111",
        "hotline": "020-86661234", "complaint_phone": "",
    }  # fmt: skip
    assert found["signatories"][:2] == ["林会计", "陈经理"]
    line = line_of(order).pk
    assert [(row["code"], row["is_ticked"]) for row in found["steps"]] == [
        ("hotline", False), ("journal", False), ("cash_box", False),
    ]  # fmt: skip
    diagnosed(order, technician, now)
    end = {"result": "nothing_found", "seen": seen(order)}
    status, refusal = bench.call("POST", f"{path}/finish", end)
    assert (status, refusal["code"]) == (409, "step_open")
    for code, where in (("hotline", None), ("journal", line), ("cash_box", line)):
        bench.post(f"{path}/steps", {"code": code, "device_line_id": where})
    bench.post(f"{path}/steps", {"code": "journal", "device_line_id": line, "is_ticked": False})
    assert bench.call("POST", f"{path}/finish", end)[1]["code"] == "step_open"
    bench.post(f"{path}/steps", {"code": "journal", "device_line_id": line})
    assert api(agent).call("POST", f"{path}/steps", {"code": "hotline"})[0] == 403
    assert bench.post(f"{path}/finish", end)["status"] == "to_settle"


@pytest.mark.req("R-093")
def test_a_device_goes_to_the_workshop_and_comes_back(
    in_repair: Make, technician: Actor, other_technician: Actor, api: Callable[[Actor], Caller]
) -> None:
    order = in_repair()
    bench, line = api(technician), line_of(order).pk
    body = {
        "accessories": "遥控器", "condition": "有划痕", "signer": "王小明", "way": "paper",
        "promised_on": (local_day(datetime.now(UTC)) + timedelta(days=3)).isoformat(),
    }  # fmt: skip
    assert api(other_technician).call("POST", f"/device-lines/{line}/pick-up", body)[0] == 403
    status, refusal = bench.call("POST", f"/device-lines/{line}/pick-up", body | {"way": "signature"})
    assert (status, list(refusal["errors"])) == (422, ["signature"])
    status, refusal = bench.call("POST", f"/device-lines/{line}/pick-up", body)
    assert (status, list(refusal["errors"])) == (422, ["fee"])
    body |= {"fee": "agreed"}
    taken = bench.post(f"/device-lines/{line}/pick-up", body, key="p-1")
    assert bench.post(f"/device-lines/{line}/pick-up", body, key="p-1") == taken
    assert PickUp.objects.count() == 1
    assert Device.objects.get(pk=line_of(order).device_id or 0).location == "company"
    assert bench.get(f"/orders/{order.number}/bench")["pick_ups"][0]["returned_at"] is None
    back = {"receiver": "王太太", "way": "paper"}
    assert api(other_technician).call("POST", f"/pick-ups/{taken['id']}/return", back)[0] == 403
    bench.post(f"/pick-ups/{taken['id']}/return", back, key="r-1")
    bench.post(f"/pick-ups/{taken['id']}/return", back, key="r-1")
    assert bench.post(f"/pick-ups/{taken['id']}/slip")["number"].startswith(order.number)
    assert Device.objects.get(pk=line_of(order).device_id or 0).location == "customer"


@pytest.mark.req("O-044")
def test_a_refused_device_is_dispatched_by_nobody_until_it_is_cleared(
    in_repair: Make,
    technician: Actor,
    other_technician: Actor,
    dispatcher: Actor,
    supervisor: Actor,
    api: Callable[[Actor], Caller],
    now: datetime,
) -> None:
    order = in_repair()
    bench, line, device = api(technician), line_of(order).pk, line_of(order).device_id or 0
    assert _upload(other_technician, now, f"/orders/{order.number}/photos")[0] == 403
    status, photo = _upload(technician, now, f"/orders/{order.number}/photos")
    assert status == 201
    body = {"hazard": "漏电", "reason": "外壳带电 86 V", "way": "witness", "witness": "物业 周先生"}
    status, refusal = bench.call("POST", f"/device-lines/{line}/safety-refusal", body)
    assert (status, list(refusal["errors"])) == (422, ["photo"])
    made = bench.post(f"/device-lines/{line}/safety-refusal", body | {"photo_id": photo["id"]})
    assert bench.post(f"/safety-refusals/{made['id']}/notice")["version"] == 1
    assert bench.get(f"/devices/{device}/line")["safety_reason"] == "漏电：外壳带电 86 V"
    visit = {"technician_id": other_technician.id, "seen": seen(order)}
    status, refusal = api(dispatcher).call("POST", f"/orders/{order.number}/visits", visit)
    assert (status, refusal["code"]) == (409, "held")
    assert bench.call("POST", f"/devices/{device}/clear-safety", {"proof": "好了"})[0] == 403
    assert _upload(technician, now, f"/devices/{device}/proofs")[0] == 403
    status, proof = _upload(supervisor, now, f"/devices/{device}/proofs")
    assert status == 201
    api(supervisor).post(f"/devices/{device}/clear-safety", {"proof": "已补接地", "attachment_id": proof["id"]})
    assert api(dispatcher).call("POST", f"/orders/{order.number}/visits", visit | {"seen": seen(order)})[0] == 201
    assert SafetyRefusal.objects.count() == 1


@pytest.mark.req("R-029")
def test_a_line_and_its_readings(
    in_repair: Make, technician: Actor, stranger: Actor, api: Callable[[Actor], Caller]
) -> None:
    order = in_repair(category="宽带/ONU")
    bench, line, device = api(technician), line_of(order).pk, line_of(order).device_id
    body = {"account": "0208888123", "terminal": "converter", "terminal_no": "TP-1", "port": "3", "seen": 0}
    assert bench.call("PUT", f"/devices/{device}/line", body)[0] == 200
    assert bench.call("PUT", f"/devices/{device}/line", body)[0] == 409
    assert api(stranger).call("GET", f"/devices/{device}/line")[0] == 403
    made = bench.post(f"/device-lines/{line}/readings", {"dbm": "-18.52", "note": "换尾纤后"}, key="d-1")
    assert bench.post(f"/device-lines/{line}/readings", {"dbm": "-18.52", "note": "换尾纤后"}, key="d-1") == made
    for wrong in ("-50.01", "弱"):
        status, refusal = bench.call("POST", f"/device-lines/{line}/readings", {"dbm": wrong})
        assert (status, list(refusal["errors"])) == (422, ["dbm"])
    found = bench.get(f"/devices/{device}/line")
    assert found["line"]["account"] == "0208888123"
    (reading,) = found["readings"]
    assert (reading["dbm"], reading["order"], reading["at"]) == ("-18.52", order.number, made["at"])
    assert bench.get(f"/orders/{order.number}/bench")["readings"][0]["device_line_id"] == line
    assert HelpRequest.objects.count() == 0
