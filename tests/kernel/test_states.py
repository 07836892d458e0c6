"""The engine of transition tables, on a small machine of its own."""

from __future__ import annotations

from enum import StrEnum

import pytest

from gongdan.kernel.errors import Refused
from gongdan.kernel.states import Machine, Transition
from gongdan.kernel.text import Text, _


class Light(StrEnum):
    RED = "red"
    GREEN = "green"
    BROKEN = "broken"


LABELS: dict[StrEnum, Text] = {Light.RED: _("红灯"), Light.GREEN: _("绿灯"), Light.BROKEN: _("坏了")}
GO = Transition("go", _("放行"), frozenset({Light.RED}), Light.GREEN, "lights.switch")
STOP = Transition("stop", _("拦停"), frozenset({Light.GREEN}), Light.RED, "lights.switch")
BREAK = Transition(
    "break", _("报坏"), frozenset({Light.RED, Light.GREEN}), Light.BROKEN, "lights.report", needs_reason=True
)
MACHINE = Machine(LABELS, GO, STOP, BREAK)


@pytest.mark.parametrize("transition", [GO, STOP, BREAK], ids=lambda t: t.verb)
@pytest.mark.parametrize("status", Light)
def test_a_verb_moves_from_its_sources_and_from_nowhere_else(status: Light, transition: Transition) -> None:
    if status in transition.sources:
        assert MACHINE.step(transition.verb, status=status) is transition
    else:
        with pytest.raises(Refused) as refusal:
            MACHINE.step(transition.verb, status=status)
        assert refusal.value.code == "wrong_status"


def test_a_refusal_names_the_status_and_the_ways_that_are_open() -> None:
    with pytest.raises(Refused, match="当前状态是“绿灯”，不能放行；现在可以：拦停、报坏"):
        MACHINE.step("go", status=Light.GREEN)
    with pytest.raises(Refused, match="当前状态是“坏了”，不能放行；现在可以：—"):
        MACHINE.step("go", status=Light.BROKEN)


def test_a_refusal_names_what_has_to_be_done_first_where_the_road_leads_there() -> None:
    machine = Machine(LABELS, GO, STOP, BREAK, road=("stop",))

    with pytest.raises(Refused, match=r"当前状态是“绿灯”，不能放行；请先拦停，现在可以：拦停$"):
        machine.step("go", status=Light.GREEN, but_not=("break",))
    assert machine.way_to("go", status=Light.GREEN) == [STOP]
    assert machine.way_to("go", status=Light.RED) == []
    assert machine.way_to("go", status=Light.BROKEN) == []


def test_the_buttons_of_a_status_come_in_the_order_of_the_table() -> None:
    assert [MACHINE.leaving(status) for status in Light] == [[GO, BREAK], [STOP, BREAK], []]


def test_the_diagram_shows_every_transition() -> None:
    assert MACHINE.diagram().splitlines() == [
        "stateDiagram-v2",
        "    red: 红灯",
        "    green: 绿灯",
        "    broken: 坏了",
        "    red --> green: 放行",
        "    green --> red: 拦停",
        "    green --> broken: 报坏",
        "    red --> broken: 报坏",
    ]


def test_a_verb_stands_only_once_in_a_table() -> None:
    with pytest.raises(AssertionError):
        Machine(LABELS, GO, GO)


def test_an_unknown_verb_is_a_programmers_slip() -> None:
    with pytest.raises(KeyError):
        MACHINE.step("fly", status=Light.RED)
