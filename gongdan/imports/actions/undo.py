"""Undoing a finished import: hidden first, looked at once more, then taken out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models, transaction

from gongdan.audit.actions import record
from gongdan.customers import actions as customers
from gongdan.customers.models import Customer
from gongdan.devices import actions as devices
from gongdan.devices.models import Device
from gongdan.imports import queries
from gongdan.imports.actions.load import drop
from gongdan.imports.events import Verb
from gongdan.imports.models import Batch
from gongdan.kernel.actor import SYSTEM

CHUNK = 500
State = Batch.State


def run(batch_id: int, *, at: datetime) -> None:
    """Take the batch out if that was asked. Running it twice does it once; later work keeps the batch, with the reason."""
    batch = Batch.objects.select_related("site").get(pk=batch_id)
    if batch.state != State.UNDOING:
        return
    if not batch.options.get("dropping"):
        _hide(Customer.objects.filter(batch_id=batch_id, is_active=True))
        _hide(Device.objects.filter(batch_id=batch_id, is_active=True))
        if (why := queries.later_work(batch)) is not None:
            customers.show_batch(batch_id)
            devices.show_batch(batch_id)
            batch.options["failure"] = why.as_json()
            _end(batch, State.DONE, Verb.UNDO_REFUSED, at=at, reason=why)
            return
        batch.options["dropping"] = True
        batch.save(update_fields=["options"])
    drop(batch_id)
    batch.options.pop("dropping", None)
    _end(batch, State.UNDONE, Verb.UNDONE, at=at)


@transaction.atomic
def _end(batch: Batch, state: str, verb: str, *, at: datetime, **facts: Any) -> None:
    batch.state, batch.version = state, batch.version + 1
    batch.save(update_fields=["state", "version", "options"])
    record(verb, batch, by=SYSTEM, at=at, **facts)


def _hide(rows: models.QuerySet[Any]) -> None:
    """No new work may choose them from now on."""
    while ids := list(rows.order_by("pk").values_list("pk", flat=True)[:CHUNK]):
        rows.model._default_manager.filter(pk__in=ids).update(is_active=False)
