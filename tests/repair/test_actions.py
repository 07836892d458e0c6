"""The work on an order: who may write, in which order things come, and what the customer's signature stands under."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from gongdan.audit import queries as audit
from gongdan.dispatch import actions as dispatch
from gongdan.dispatch.actions import VisitDraft
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Forbidden, Invalid, Missing, Refused, Stale
from gongdan.orders import actions as orders
from gongdan.orders.models import Order
from gongdan.orders.states import Status
from gongdan.repair import actions, models, queries
from gongdan.repair.actions import CheckDraft, DiagnosisDraft, PartDraft
from gongdan.repair.models import Acceptance, ActionLine, Diagnosis, PartLine
from tests.repair.shop import agreed, diagnosed, filled, fresh, line_of, quoted, seen

pytestmark = pytest.mark.django_db
FOUND = DiagnosisDraft("高压偏低", "缺氟")


def _every_verb(order: Order, by: Actor, at: datetime) -> list[Callable[[], Any]]:
    pk = line_of(order).pk
    return [
        lambda: actions.diagnose(pk, FOUND, seen=1, by=by, at=at),
        lambda: actions.add_action(pk, "加氟", by=by, at=at),
        lambda: actions.remove_action(ActionLine.objects.get().pk, by=by, at=at),
        lambda: actions.add_part(pk, PartDraft("电容"), by=by, at=at),
        lambda: actions.edit_part(PartLine.objects.get().pk, PartDraft("电容", spec="50uF"), by=by, at=at),
        lambda: actions.remove_part(PartLine.objects.get().pk, by=by, at=at),
        lambda: actions.record_tests(pk, [CheckDraft("制冷", passed=True)], by=by, at=at),
        lambda: actions.record_trial(order.pk, is_accepted=True, tester="王", way="paper", by=by, at=at),
        lambda: actions.finish(order.pk, "repaired", seen=seen(order), by=by, at=at),
    ]


@pytest.fixture
def worked(order: Order, technician: Actor, now: datetime) -> Order:
    """Diagnosed, agreed, done, with a part."""
    diagnosed(order, technician, now)
    agreed(order, technician, now, "PI006", "PI021")
    actions.add_action(line_of(order).pk, "加氟 600 克", by=technician, at=now)
    actions.add_part(line_of(order).pk, PartDraft("电容", old_part="left"), by=technician, at=now)
    return fresh(order)


@pytest.mark.req("R-003")
@pytest.mark.parametrize("role", ["other_technician", "agent", "dispatcher", "cashier", "stranger"])
def test_whoever_does_not_work_on_the_order_writes_nothing(
    worked: Order, now: datetime, request: pytest.FixtureRequest, role: str
) -> None:
    actor = request.getfixturevalue(role)
    for run in _every_verb(worked, actor, now):
        with pytest.raises(Forbidden):
            run()
    assert (ActionLine.objects.count(), PartLine.objects.count(), models.TestItem.objects.count()) == (1, 1, 0)


@pytest.mark.req("R-003")
def test_an_invited_helper_works_and_one_who_only_registered_it_does_not(
    worked: Order, other_technician: Actor, now: datetime
) -> None:
    orders.add_participant(worked, other_technician.id, "registrar", at=now)
    with pytest.raises(Forbidden, match="没有派给您"):
        actions.add_action(line_of(worked).pk, "帮忙", by=other_technician, at=now)
    orders.add_participant(worked, other_technician.id, "helper", at=now)
    assert actions.add_action(line_of(worked).pk, "帮忙", by=other_technician, at=now).by_id == other_technician.id


@pytest.mark.parametrize("status", [s for s in Status if s is not Status.IN_REPAIR])
def test_outside_repair_nothing_is_written(worked: Order, technician: Actor, now: datetime, status: Status) -> None:
    Order.objects.filter(pk=worked.pk).update(status=status)
    can_be_corrected = status in (Status.TO_SETTLE, Status.TO_FOLLOW_UP)
    for number, run in enumerate(_every_verb(worked, technician, now)):
        if number == 4 and can_be_corrected:
            continue
        with pytest.raises(Refused) as refused:
            run()
        assert refused.value.code == "wrong_status"


@pytest.mark.req("R-099", "R-046")
def test_the_finding_comes_first_and_stands_beside_the_customers_words(
    order: Order, technician: Actor, now: datetime
) -> None:
    pk = line_of(order).pk
    quoted(order, technician, now, "PI021")
    for run in (
        lambda: actions.add_action(pk, "加氟", by=technician, at=now),
        lambda: actions.add_part(pk, PartDraft("电容"), by=technician, at=now),
        lambda: actions.record_tests(pk, [CheckDraft("制冷", passed=True)], by=technician, at=now),
    ):
        with pytest.raises(Refused, match="检测结果"):
            run()
    diagnosed(order, technician, now)
    (sheet,) = queries.sheets(order.pk)
    assert sheet.diagnosis is not None
    assert (fresh(order).symptom, sheet.diagnosis.inspection) == ("空调不制冷", "高压偏低，低压接近真空")


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"inspection": " "}, "inspection"),
        ({"cause": ""}, "cause"),
        ({"collateral_risk": "可能压坏屏"}, "risk_told"),
        ({"exclusion_codes": ("X1", "X10")}, "exclusion_codes"),
        ({"component": "长" * 61}, "component"),
    ],
)
def test_a_finding_that_lacks_something_says_so_at_its_field(
    order: Order, technician: Actor, now: datetime, typed: dict[str, Any], field: str
) -> None:
    draft = DiagnosisDraft(**{"inspection": "高压偏低", "cause": "缺氟"} | typed)
    with pytest.raises(Invalid) as refused:
        actions.diagnose(line_of(order).pk, draft, by=technician, at=now)
    assert set(refused.value.errors) == {field}
    assert not Diagnosis.objects.exists()


def test_two_findings_at_once_tell_the_slower_one_who_was_faster(
    order: Order, technician: Actor, supervisor: Actor, now: datetime
) -> None:
    pk = line_of(order).pk
    actions.diagnose(pk, FOUND, by=supervisor, at=now)
    with pytest.raises(Stale, match="赵明"):
        actions.diagnose(pk, FOUND, by=technician, at=now)
    changed = actions.diagnose(pk, DiagnosisDraft("漏点在焊口", "焊口开裂"), seen=1, by=technician, at=now)
    assert (changed.version, changed.by_id) == (2, technician.id)


@pytest.mark.req("R-116")
def test_paid_work_waits_for_the_consent(order: Order, technician: Actor, now: datetime) -> None:
    pk = diagnosed(order, technician, now).pk
    with pytest.raises(Refused, match="还没有报价"):
        actions.add_action(pk, "加氟", by=technician, at=now)
    quoted(order, technician, now, "PI021")
    with pytest.raises(Refused, match="还没有得到客户同意"):
        actions.add_part(pk, PartDraft("电容"), by=technician, at=now)


def test_what_was_done_is_written_down_and_can_be_taken_back_while_open(
    worked: Order, technician: Actor, now: datetime
) -> None:
    pk = line_of(worked).pk
    with pytest.raises(Invalid, match="做了什么"):
        actions.add_action(pk, " ", by=technician, at=now)
    with pytest.raises(Invalid, match="种类"):
        actions.add_action(pk, "加氟", kind="magic", by=technician, at=now)
    with pytest.raises(Invalid, match="早于开始"):
        actions.add_action(pk, "加氟", started_at=now, ended_at=now - timedelta(minutes=1), by=technician, at=now)
    actions.remove_action(ActionLine.objects.get().pk, by=technician, at=now)
    actions.remove_part(PartLine.objects.get().pk, by=technician, at=now)
    told = [str(audit.sentence(e)) for e in audit.timeline("orders.order", worked.pk, limit=2)]
    assert told == ["李建国 删除配件：电容", "李建国 删除维修措施：加氟 600 克"]
    for verb in (actions.remove_action, actions.remove_part):
        with pytest.raises(Missing):
            verb(4711, by=technician, at=now)


@pytest.mark.req("R-110")
def test_an_old_part_taken_away_names_who_asked(worked: Order, technician: Actor, now: datetime) -> None:
    pk = PartLine.objects.get().pk
    with pytest.raises(Invalid, match="不准带走"):
        actions.edit_part(pk, PartDraft("电容", old_part="taken"), by=technician, at=now)
    part = actions.edit_part(
        pk, PartDraft("电容", old_part="returned", old_part_asked_by="厂家", old_serial="C1"), by=technician, at=now
    )
    assert (part.old_part, part.old_part_asked_by, part.old_serial) == ("returned", "厂家", "C1")


def test_after_the_hand_back_only_serials_and_the_old_part_are_filled_in(
    worked: Order, technician: Actor, now: datetime
) -> None:
    pk = PartLine.objects.get().pk
    Order.objects.filter(pk=worked.pk).update(status=Status.TO_SETTLE)
    with pytest.raises(Refused, match="只能补填"):
        actions.edit_part(pk, PartDraft("电容", quantity=2, old_part="left"), by=technician, at=now)
    late = PartDraft("电容", old_part="left", new_serial="N1", fits=True, connected=True)
    assert actions.edit_part(pk, late, by=technician, at=now).new_serial == "N1"
    assert queries.open_matters(worked.pk) == []


@pytest.mark.req("R-162")
def test_the_test_sheet_is_written_as_a_whole_and_one_failed_item_blocks_the_trial(
    worked: Order, technician: Actor, now: datetime
) -> None:
    pk = line_of(worked).pk
    for rows in ([], [CheckDraft("  ", passed=True)]):
        with pytest.raises(Invalid, match="至少填写一项"):
            actions.record_tests(pk, rows, by=technician, at=now)
    with pytest.raises(Invalid, match="最多 60 项"):
        actions.record_tests(pk, [CheckDraft(f"第{n}项", passed=True) for n in range(61)], by=technician, at=now)
    filled(worked, technician, now, 制冷=True, 排水=False)
    with pytest.raises(Refused, match="排水"):
        actions.record_trial(worked.pk, is_accepted=True, tester="王", way="paper", by=technician, at=now)
    filled(worked, technician, now, 制冷=True, 排水=None)
    with pytest.raises(Refused, match="没填：排水"):
        actions.record_trial(worked.pk, is_accepted=True, tester="王", way="paper", by=technician, at=now)
    filled(worked, technician, now, 制冷=True)
    assert list(models.TestItem.objects.values_list("name", "passed")) == [("制冷", True)]


@pytest.mark.req("R-165", "R-164")
def test_trials_are_counted_until_the_customer_is_content_and_signs(
    worked: Order, technician: Actor, now: datetime
) -> None:
    filled(worked, technician, now)
    with pytest.raises(Invalid, match="请填写原因"):
        actions.record_trial(worked.pk, is_accepted=False, tester="王", by=technician, at=now)
    with pytest.raises(Invalid, match="试机人"):
        actions.record_trial(worked.pk, is_accepted=True, tester=" ", way="paper", by=technician, at=now)
    with pytest.raises(Invalid, match="签名"):
        actions.record_trial(worked.pk, is_accepted=True, tester="王", by=technician, at=now)
    with pytest.raises(Refused, match="需要还没有满足"):
        actions.record_trial(
            worked.pk, is_accepted=True, tester="王", way="paper", meets_need=False, by=technician, at=now
        )
    actions.record_trial(worked.pk, is_accepted=False, tester="王", reason="还有异响", by=technician, at=now)
    with pytest.raises(Refused, match="验收签名"):
        actions.finish(worked.pk, "repaired", seen=seen(worked), by=technician, at=now)
    actions.record_trial(worked.pk, is_accepted=True, tester="王", way="paper", by=technician, at=now)
    assert list(Acceptance.objects.values_list("trial", "is_accepted", "reason")) == [
        (1, False, "还有异响"),
        (2, True, ""),
    ]
    finished = actions.finish(worked.pk, "repaired", seen=seen(worked), by=technician, at=now)
    assert (finished.status, fresh(worked).result, line_of(worked).result) == ("to_settle", "repaired", "repaired")


@pytest.mark.req("R-166")
def test_what_is_changed_after_the_signature_needs_a_new_one(worked: Order, technician: Actor, now: datetime) -> None:
    filled(worked, technician, now)
    signed = actions.record_trial(worked.pk, is_accepted=True, tester="王", signature_id=7, by=technician, at=now)
    assert len(signed.sheet_hash) == 64
    assert queries.is_accepted(worked.pk)

    actions.add_action(line_of(worked).pk, "又换了风机", by=technician, at=now)

    assert not queries.is_accepted(worked.pk)
    with pytest.raises(Refused, match="验收签名"):
        actions.finish(worked.pk, "repaired", seen=seen(worked), by=technician, at=now)
    again = actions.record_trial(worked.pk, is_accepted=True, tester="王", signature_id=8, by=technician, at=now)
    assert (again.trial, again.sheet_hash != signed.sheet_hash, queries.is_accepted(worked.pk)) == (2, True, True)
    assert Acceptance.objects.get(trial=1).sheet_hash == signed.sheet_hash


@pytest.mark.req("R-164")
def test_not_working_after_all_reopens_the_repair_with_its_reason(
    worked: Order, technician: Actor, agent: Actor, now: datetime
) -> None:
    filled(worked, technician, now)
    actions.record_trial(worked.pk, is_accepted=True, tester="王", way="paper", by=technician, at=now)
    actions.finish(worked.pk, "repaired", seen=seen(worked), by=technician, at=now)
    with pytest.raises(Invalid, match="原因"):
        actions.reopen(worked.pk, " ", seen=seen(worked), by=technician, at=now)
    with pytest.raises(Forbidden):
        actions.reopen(worked.pk, "又不冷了", seen=seen(worked), by=agent, at=now)
    actions.reopen(worked.pk, "又不冷了", seen=seen(worked), by=technician, at=now)
    again = fresh(worked)
    assert (again.status, again.result, again.finished_at, line_of(worked).result) == ("in_repair", "", None, "")


def test_a_stale_hand_back_is_told(worked: Order, technician: Actor, dispatcher: Actor, now: datetime) -> None:
    with pytest.raises(Stale):
        actions.finish(worked.pk, "nothing_found", seen=worked.version - 1, by=technician, at=now)


def test_the_supervisor_works_on_every_order_of_the_shop(worked: Order, supervisor: Actor, now: datetime) -> None:
    assert actions.add_action(line_of(worked).pk, "复核", by=supervisor, at=now).pk


def test_the_sheets_cost_the_same_for_one_device_and_for_three(
    in_repair: Callable[..., Order], django_assert_num_queries: Any
) -> None:
    one, three = in_repair(), in_repair(devices=3)
    for order, count in ((one, 1), (three, 3)):
        with django_assert_num_queries(5):
            assert len(queries.sheets(order.pk)) == count


def test_the_progress_reads_the_order_as_it_is(
    order: Order, technician: Actor, dispatcher: Actor, other_technician: Actor, now: datetime
) -> None:
    before = queries.progress(order)
    assert (before.has_arrived, before.has_work, before.is_accepted, before.consented) == (False, False, False, None)
    visit = dispatch.assign(order.pk, VisitDraft(other_technician.id), seen=seen(order), by=dispatcher, at=now)
    dispatch.arrive(visit.pk, by=other_technician, at=now)
    diagnosed(order, technician, now)
    quoted(order, technician, now, "PI021")
    after = queries.progress(fresh(order))
    assert after.has_arrived is True
    assert after.consented is not None
    assert (after.consented.quote_state, after.devices[0].has_diagnosis) == ("issued", True)


@pytest.mark.req("R-240")
def test_no_forbidden_word_gets_on_a_paper_of_the_customer(
    in_repair: Callable[..., Order], technician: Actor, now: datetime
) -> None:
    order = in_repair()
    line = line_of(order).pk

    with pytest.raises(Invalid) as found:
        actions.diagnose(line, DiagnosisDraft("客户是个笨 蛋", "笨蛋接错线"), by=technician, at=now)
    diagnosed(order, technician, now)
    agreed(order, technician, now, "PI006", "PI021")
    with pytest.raises(Invalid) as done:
        actions.add_action(line, "给笨蛋接线", by=technician, at=now)
    with pytest.raises(Invalid) as fitted:
        actions.add_part(line, PartDraft("笨蛋开关", old_part="customer"), by=technician, at=now)

    assert [sorted(refused.value.errors) for refused in (found, done, fitted)] == [
        ["cause", "inspection"], ["text"], ["name"],
    ]  # fmt: skip
