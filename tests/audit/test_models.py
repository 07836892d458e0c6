"""Events stay: neither the program nor the database changes or deletes one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from gongdan.audit.actions import record
from gongdan.audit.models import Delivery, Event, PersonalValue
from gongdan.kernel.actor import SYSTEM
from gongdan.people.models import Site

EVENTS = Event.objects.all
pytestmark = pytest.mark.django_db


@pytest.fixture
def event(site: Site, now: datetime) -> Event:
    return record("test.edited", site, by=SYSTEM, at=now, personal={"phone": ("1", "2")})


@pytest.mark.req("R-250")
@pytest.mark.parametrize(
    "change",
    [
        lambda event: Event.objects.filter(pk=event.pk).update(verb="other"),
        lambda event: Event.objects.filter(pk=event.pk).delete(),
        lambda event: Event.objects.bulk_update([event], ["verb"]),
    ],
    ids=["update", "delete", "bulk_update"],
)
def test_a_query_set_of_events_refuses_to_change_them(event: Event, change: Callable[[Event], object]) -> None:
    with pytest.raises(TypeError, match="only ever inserted"):
        change(event)


def _save(event: Event) -> None:
    event.verb = "other"
    event.save()


def _execute(sql: str) -> Callable[[Event], None]:
    def run(event: Event) -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql.format(pk=event.pk))

    return run


@pytest.mark.req("R-250")
@pytest.mark.parametrize(
    "change",
    [
        _save,
        _execute("UPDATE audit_event SET verb = 'other' WHERE id = {pk}"),
        _execute("DELETE FROM audit_event WHERE id = {pk}"),
        _execute(
            "INSERT INTO audit_event SELECT * FROM audit_event WHERE id = {pk} ON CONFLICT (id) DO UPDATE SET verb = ''"
        ),
    ],
    ids=["save", "update", "delete", "upsert"],
)
def test_the_database_itself_refuses_to_change_events(event: Event, change: Callable[[Event], None]) -> None:
    PersonalValue.objects.all().delete()

    with pytest.raises(IntegrityError, match="events are never"), transaction.atomic():
        change(event)

    assert list(EVENTS().filter(pk=event.pk).values_list("verb", flat=True)) == ["test.edited"]


@pytest.mark.req("R-250")
def test_an_event_without_anything_hanging_on_it_cannot_be_deleted_either(site: Site, now: datetime) -> None:
    event = record("test.edited", site, by=SYSTEM, at=now)

    with pytest.raises(IntegrityError, match="events are never"), transaction.atomic():
        event.delete()

    assert EVENTS().filter(pk=event.pk).exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no TRUNCATE; DELETE is refused there")
@pytest.mark.req("R-250")
def test_the_table_of_events_cannot_be_emptied_at_once(event: Event) -> None:
    with pytest.raises(IntegrityError, match="events are never"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE audit_event CASCADE")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", [1, 2])
def test_the_test_database_is_emptied_between_tests_and_guarded_again(event: Event, turn: int) -> None:
    with pytest.raises(IntegrityError):
        _execute("DELETE FROM audit_event WHERE id = {pk}")(event)

    assert EVENTS().filter(verb="test.edited").count() == 1


@pytest.mark.req("R-250")
def test_the_flush_command_leaves_a_shop_alone(event: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict, "NAME", "shop.db")

    with pytest.raises(CommandError, match="操作记录不能清空"):
        call_command("flush", interactive=False, verbosity=0)

    assert EVENTS().filter(pk=event.pk).exists()


def test_the_parts_of_a_document_are_found_by_their_own_index(event: Event) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")

    parts = Event.objects.of_part("people.user", 7).order_by("-id")

    assert "event_part" in parts.explain()


def test_due_deliveries_are_found_by_the_index_of_open_ones(event: Event, now: datetime) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")

    assert "delivery_open" in Delivery.objects.ready(at=now).explain()
