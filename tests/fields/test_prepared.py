"""Queries whose SQL is put together once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from gongdan.audit.actions import record
from gongdan.audit.models import Event
from gongdan.fields.prepared import Prepared, PreparedFor
from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.orders import access as orders
from gongdan.orders.models import Order
from gongdan.people.models import Site, User


@pytest.mark.django_db
def test_it_gives_what_the_query_gives_for_each_number_in_one_statement(
    site: Site, other_site: Site, now: datetime, django_assert_num_queries: Any
) -> None:
    def build(pk: int) -> Any:
        return Event.objects.filter(about_kind="people.site", about_id=pk).values_list("id", "at", "facts", "verb")

    for place in (site, other_site):
        record("test.edited", place, by=SYSTEM, at=now)
    prepared = Prepared(build, int)
    for place in (site, other_site):
        with django_assert_num_queries(1):
            rows = prepared.rows(place.pk)
        assert rows == list(build(place.pk))
        assert rows


@pytest.mark.django_db
def test_words_and_moments_differ_too_and_models_come_as_the_query_gives_them(
    site: Site, other_site: Site, now: datetime, django_assert_num_queries: Any
) -> None:
    record("test.edited", site, by=SYSTEM, at=now)
    record("test.gone", other_site, by=SYSTEM, at=now + timedelta(microseconds=1))

    def build(verb: str, after: datetime) -> Any:
        return Event.objects.filter(verb=verb, at__gte=after).order_by("pk")

    prepared = Prepared(build, str, datetime)
    assert prepared.rows("test.edited", now)
    for verb in ("test.edited", "test.gone"):
        for after in (now, now + timedelta(microseconds=1), now + timedelta(seconds=1)):
            with django_assert_num_queries(1):
                rows = prepared.rows(verb, after)
            assert rows == list(build(verb, after))
    assert Prepared(lambda pk: Event.objects.filter(pk=pk).values("verb"), int).rows(0) == []
    assert Prepared(lambda pk: Site.objects.filter(pk=pk).values("name"), int).rows(site.pk) == [{"name": site.name}]
    assert Prepared(lambda pk: Site.objects.filter(pk=pk).none(), int).rows(site.pk) == []


@pytest.mark.django_db
def test_references_and_prefetched_rows_come_with_their_model(
    site: Site, technician: Actor, django_assert_num_queries: Any
) -> None:
    prepared = Prepared(lambda pk: User.objects.filter(pk=pk).select_related("site").prefetch_related("roles"), int)
    for _again in range(2):
        with django_assert_num_queries(2):
            (found,) = prepared.rows(technician.id)
            assert (found.site.name, [role.code for role in found.roles.all()]) == (site.name, ["technician"])


@pytest.mark.django_db
def test_each_actor_gets_what_he_may_see(site: Site, other_site: Site) -> None:
    asked = PreparedFor(lambda actor, status: orders.visible_to(actor).filter(status=status).values_list("pk"), str)
    desk = frozenset({orders.VIEW, orders.SEE_ALL})
    own, others = frozenset({site.pk}), frozenset({other_site.pk})
    actors = [
        SYSTEM,
        *(Actor("staff", 1, "", desk, sites) for sites in (own, others, own | others, frozenset[int]())),
        Actor("staff", 1, "", desk | {"people.all_sites"}, own),
        Actor("staff", 1, "", frozenset(), own),
        Actor("technician", 7, "", frozenset({orders.VIEW}), own),
        Actor("customer", 1, "", frozenset(), frozenset(), order=4),
    ]
    for actor in actors:
        compiled = orders.visible_to(actor).filter(status="registered").values_list("pk")
        for _again in range(2):
            assert asked.rows(actor, "registered") == list(compiled)
    assert Order.objects.count() == 0
