"""Two people on one order at the same moment: what both append survives, what happens once happens once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from gongdan.devices.models import OpticalReading
from gongdan.kernel.actor import Actor
from gongdan.kernel.calendar import local_day
from gongdan.orders import actions as orders
from gongdan.orders.models import DeviceLine, Order
from gongdan.orders.rules import DeviceDraft
from gongdan.repair import actions
from gongdan.repair.actions import DiagnosisDraft, HelpDraft, PickUpDraft
from gongdan.repair.models import ActionLine, Diagnosis, HelpRequest, PickUp, StepTick
from tests.repair.shop import agreed, diagnosed, line_of, seen
from tests.together import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def _both(run: Callable[[int], object]) -> list[BaseException | None]:
    """What came of two people who did it at the same moment."""

    def work(place: int) -> None:
        run(place)

    return list(at_once(2, work))


@pytest.mark.req("R-196")
def test_two_technicians_write_on_one_order_and_both_lines_survive(
    order: Order, technician: Actor, other_technician: Actor, now: datetime
) -> None:
    diagnosed(order, technician, now)
    agreed(order, technician, now, "PI006", "PI021")
    actions.add_helper(order.pk, other_technician.id, by=technician, at=now)
    before = seen(order)

    def work(place: int) -> None:
        actions.add_action(
            line_of(order).pk, ("抽真空", "加氟")[place], by=(technician, other_technician)[place], at=now
        )

    assert at_once(2, work) == [None, None]
    written = ActionLine.objects.values_list("text", "by")
    assert set(written) == {("抽真空", technician.id), ("加氟", other_technician.id)}
    assert seen(order) == before  # nobody's open form is stale by it


def test_a_device_is_taken_once_and_handed_back_once(
    order: Order, technician: Actor, supervisor: Actor, now: datetime
) -> None:
    people = (technician, supervisor)
    draft = PickUpDraft("遥控器", "有划痕", "王小明", local_day(now), way="paper", fee="agreed")
    line = line_of(order).pk
    ended = _both(lambda place: actions.take_away(line, draft, by=people[place], at=now))
    assert sorted(type(one).__name__ for one in ended) == ["NoneType", "Refused"]
    taken = PickUp.objects.get()
    ended = _both(lambda place: actions.hand_back(taken.pk, receiver="王", way="paper", by=people[place], at=now))
    assert sorted(type(one).__name__ for one in ended) == ["NoneType", "Refused"]


def test_a_question_is_answered_once_and_a_step_ticked_once(
    in_repair: object, technician: Actor, supervisor: Actor, now: datetime
) -> None:
    assert callable(in_repair)
    order: Order = in_repair(kind="installation")
    asked = actions.ask_for_help(order.pk, HelpDraft(2, "怎么修？", reason="没人修过"), by=technician, at=now)
    ended = _both(lambda place: actions.answer_help(asked.pk, f"第 {place} 种", by=supervisor, at=now))
    assert sorted(type(one).__name__ for one in ended) == ["NoneType", "Refused"]
    assert HelpRequest.objects.get().state == "answered"
    people = (technician, supervisor)
    assert _both(lambda place: actions.tick(order.pk, "hotline", by=people[place], at=now)) == [
        None,
        None,
    ]
    assert StepTick.objects.count() == 1


def test_readings_taken_together_are_both_kept(
    in_repair: object, technician: Actor, supervisor: Actor, now: datetime
) -> None:
    assert callable(in_repair)
    order: Order = in_repair(category="宽带/ONU")
    people, line = (technician, supervisor), line_of(order).pk
    ended = _both(lambda place: actions.record_reading(line, "rx", -1800 - place, by=people[place], at=now))
    assert ended == [None, None]
    assert set(OpticalReading.objects.values_list("hundredths", flat=True)) == {-1800, -1801}


def test_a_device_that_is_taken_off_while_it_is_diagnosed_is_one_or_the_other(
    order: Order, technician: Actor, supervisor: Actor, now: datetime
) -> None:
    other = orders.add_device_line(order.pk, DeviceDraft(brand_text="美的"), seen=seen(order), by=supervisor, at=now)
    version = seen(order)

    def work(place: int) -> None:
        if place:
            orders.remove_device_line(other.pk, seen=version, by=supervisor, at=now)
        else:
            actions.diagnose(other.pk, DiagnosisDraft("缺氟", "漏点"), by=technician, at=now)

    ended = at_once(2, work)

    lost = [type(one).__name__ for one in ended if one is not None]
    assert lost in (["Missing"], ["Refused"])
    assert Diagnosis.objects.filter(device_line=other.pk).exists() is DeviceLine.objects.filter(pk=other.pk).exists()
