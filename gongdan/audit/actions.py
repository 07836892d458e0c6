"""Recording what happened. Everything that must follow a change goes through `record`, in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.module_loading import import_string

from gongdan.audit.models import Delivery, Event, PersonalValue
from gongdan.kernel.actor import Actor
from gongdan.kernel.text import Text


def kind_of(thing: models.Model) -> str:
    """The plain name of a thing's kind in the event log, e.g. "orders.order"."""
    return thing._meta.label_lower


def record(
    verb: str,
    subject: models.Model,
    *,
    by: Actor,
    at: datetime,
    about: models.Model | None = None,
    happened_at: datetime | None = None,
    personal: Mapping[str, tuple[str, str]] | None = None,
    is_historic: bool = False,
    **facts: Any,
) -> Event:
    """Write the event, and one delivery per job that the table of reactions names for its verb.

    `about` is the document on whose timeline it shows (default: the subject). `personal` holds old and new values of
    personal fields: only their names go into the facts. `is_historic` (import, seeding) makes no deliveries.
    """
    anchor = about or subject
    kept = {key: _plain(value) for key, value in facts.items()}
    if personal:
        kept["personal_fields"] = sorted(personal)
    event = Event.objects.create(
        verb=verb,
        subject_kind=kind_of(subject),
        subject_id=subject.pk,
        about_kind=kind_of(anchor),
        about_id=anchor.pk,
        site_id=getattr(anchor, "site_id", None) or getattr(subject, "site_id", None),
        actor_kind=by.kind,
        actor_id=by.id,
        actor_name=by.name[:60],
        at=at,
        happened_at=happened_at,
        facts=kept,
    )
    if personal:
        PersonalValue.objects.bulk_create(
            PersonalValue(event=event, field=name, old=old[:2000], new=new[:2000])
            for name, (old, new) in personal.items()
        )
    jobs = () if is_historic else _reactions().get(verb, ())
    if jobs:
        Delivery.objects.bulk_create(Delivery(event=event, job=job, due=at) for job in jobs)
    return event


@cache
def _reactions() -> Mapping[str, tuple[str, ...]]:
    """The table of reactions stands ten floors up, so its place is a setting and not an import."""
    table: Mapping[str, tuple[str, ...]] = import_string(settings.REACTIONS)
    return table


def _plain(value: Any) -> Any:
    if isinstance(value, Text):
        return value.as_json()
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value
