"""Who acts, by value."""

from __future__ import annotations

import pytest

from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.kernel.errors import Forbidden

AGENT = Actor("staff", 7, "王芳", frozenset({"orders.register"}), frozenset({1}))
OWNER = Actor("staff", 1, "老板", frozenset({"people.all_sites"}), frozenset({1}))


def test_an_actor_may_what_its_permissions_say_and_nothing_else() -> None:
    assert (AGENT.may("orders.register"), AGENT.may("orders.cancel"), AGENT.may("orders")) == (True, False, False)


def test_the_system_may_everything() -> None:
    assert SYSTEM.may("whatever.there_is")
    assert SYSTEM.sees_all_sites


def test_what_is_not_permitted_is_refused_in_a_sentence() -> None:
    AGENT.require("orders.register")
    with pytest.raises(Forbidden, match="您没有权限进行此操作"):
        AGENT.require("orders.cancel")


def test_one_of_several_permissions_is_enough() -> None:
    assert AGENT.may_any(("orders.cancel", "orders.register"))
    assert not AGENT.may_any(("orders.cancel", "orders.judge"))
    AGENT.require_any(["orders.register"])
    for wanted in ((), ("orders.cancel",)):
        with pytest.raises(Forbidden):
            AGENT.require_any(wanted)


def test_only_some_actors_see_all_sites() -> None:
    assert (AGENT.sees_all_sites, OWNER.sees_all_sites) == (False, True)


def test_actors_are_compared_by_value() -> None:
    assert Actor("staff", 7, "王芳", frozenset({"orders.register"}), frozenset({1})) == AGENT
    assert len({AGENT, Actor("staff", 7, "王芳", frozenset({"orders.register"}), frozenset({1}))}) == 1
