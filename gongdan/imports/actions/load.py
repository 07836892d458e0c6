"""Loading a checked batch: in small transactions, hidden until all of it is there, and gone whole if anything fails."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable, Sequence
from datetime import datetime

from django.db import transaction

from gongdan.audit import actions as audit
from gongdan.audit.actions import record
from gongdan.audit.queries import progress
from gongdan.customers import actions as customers
from gongdan.customers.models import Customer
from gongdan.customers.rules import AddressDraft, ContactDraft, CustomerDraft
from gongdan.devices import actions as devices
from gongdan.devices.rules import ArchiveDraft, DeviceDraft
from gongdan.imports.actions.known import Categories, Customers, DeviceKey, Devices, device_keys
from gongdan.imports.actions.reading import Judged, judge, table_of
from gongdan.imports.events import Verb
from gongdan.imports.models import Batch
from gongdan.imports.rules.columns import Field
from gongdan.imports.rules.rows import NOBODY, Facts
from gongdan.kernel.actor import SYSTEM
from gongdan.kernel.calendar import local_day
from gongdan.kernel.errors import Refused
from gongdan.kernel.text import Text, _
from gongdan.orders.actions import past
from gongdan.orders.rules import PastOrderDraft

log = logging.getLogger("gongdan.work")
CHUNK = 100  # rows a transaction: none holds the write lock over 200 ms, on a busy machine either
BREATH = 0.01  # seconds between chunks, in which others write
State = Batch.State


class Cancelled(Exception):  # noqa: N818 - somebody's wish, not an error
    """Somebody asked to stop."""


class Superseded(Exception):  # noqa: N818 - not an error: the other run does it all
    """The run was thought dead, and another has begun anew."""


def run(batch_id: int, *, at: datetime, clock: Callable[[], datetime]) -> None:
    """Load the batch if it waits for that; the clock goes on during the work.

    Running it again after the process died begins anew, or shows what was loaded.
    """
    batch = Batch.objects.select_related("site").get(pk=batch_id)
    if batch.state != State.LOADING:
        return
    if batch.options.get("showing"):
        _show(batch, at=clock())
        return
    batch.options["run"] = secrets.token_hex(8)
    batch.save(update_fields=["options"])
    drop(batch_id)
    try:
        made = _Loader(batch, at=at, clock=clock).load()
    except Superseded:
        log.warning("import %s was begun anew elsewhere", batch_id)
    except Cancelled:
        _ended(batch, _("已取消，没有留下任何数据"), at=clock(), is_cancelled=True)
    except Refused as refused:
        _ended(batch, refused.text, at=clock())
    except Exception:
        log.exception("import %s failed", batch_id)
        _ended(batch, _("程序遇到没有料到的数据，已全部撤回；请把文件交给技术支持"), at=clock())
    else:
        batch.options |= {"showing": True, "made": made}
        batch.save(update_fields=["options"])
        _show(batch, at=clock())


def drop(batch_id: int) -> None:
    """Take out whatever the batch has brought so far. No harm if there is nothing."""
    past.drop_past(batch_id)
    devices.drop_batch(batch_id)
    customers.drop_batch(batch_id)


def _show(batch: Batch, *, at: datetime) -> None:
    """The last step: everything is there, so it only goes forward from here. Safe to run twice."""
    customers.show_batch(batch.pk)
    devices.show_batch(batch.pk)
    past.show_past(batch.pk)
    batch.options.pop("showing", None)
    batch.options.pop("failure", None)
    batch.state, batch.finished_at, batch.version = State.DONE, at, batch.version + 1
    with transaction.atomic():
        batch.save(update_fields=["options", "state", "finished_at", "version"])
        record(Verb.LOADED, batch, by=SYSTEM, at=at, count=batch.good_count)
    if batch.progress_id:
        audit.finish(batch.progress_id, message=_("导入完成：{count} 行", count=batch.good_count), at=at)


def _ended(batch: Batch, why: Text, *, at: datetime, is_cancelled: bool = False) -> None:
    drop(batch.pk)
    batch.options["failure"] = why.as_json()
    batch.state, batch.finished_at, batch.version = State.CHECKED, at, batch.version + 1
    if not is_cancelled:
        batch.state = State.FAILED
    with transaction.atomic():
        batch.save(update_fields=["options", "state", "finished_at", "version"])
        record(Verb.FAILED, batch, by=SYSTEM, at=at, reason=why)
    if batch.progress_id:
        end = audit.cancelled if is_cancelled else audit.fail
        end(batch.progress_id, message=why, at=at)


class _Loader:
    """One run of a load, with what it has learnt of the shop."""

    def __init__(self, batch: Batch, *, at: datetime, clock: Callable[[], datetime]) -> None:
        self.batch, self.site, self.at, self.clock = batch, batch.site, at, clock
        self.customers = Customers(batch.site, batch_id=batch.pk)
        self.devices, self.categories = Devices(), Categories()
        self.made = {"customers": 0, "devices": 0, "orders": 0}
        self.done = 0

    def load(self) -> dict[str, int]:
        """Take in every good row; how many customers, devices and orders came of them."""
        self._advance(0)
        mapping = {int(n): Field(word) for n, word in self.batch.mapping.items()}
        judged = judge(self.batch, table_of(self.batch), mapping, at=self.at, tell=lambda _done, _total: None)
        good = [one.facts for one in judged if one.goes_in]
        self._keep_counts(judged, len(good))
        if not good:
            raise Refused(_("没有可以导入的行：检查之后，系统里已经有了这些数据"))
        if self.batch.kind != Batch.Kind.CUSTOMERS and any(
            facts.names_device and self.categories.find(facts) is None for facts in good
        ):
            self.categories.make_other(at=self.at)
        for start in range(0, len(good), CHUNK):
            chunk = good[start : start + CHUNK]
            owners = self._owners(chunk)
            if self.batch.kind != Batch.Kind.CUSTOMERS:
                device_ids = self._take_devices(chunk, owners)
                if self.batch.kind == Batch.Kind.PAST_ORDERS:
                    self._take_orders(chunk, owners, device_ids)
            self._advance(len(chunk))
            time.sleep(BREATH)
        return self.made

    def _advance(self, count: int) -> None:
        """Tell how far it is; stop where somebody asked for that, or where another run has begun anew."""
        self.done += count
        if not Batch.objects.filter(
            pk=self.batch.pk, state=State.LOADING, options__run=self.batch.options["run"]
        ).exists():
            raise Superseded
        number = self.batch.progress_id
        if number and audit.advance(number, done=self.done, at=self.clock()) and progress(number).cancel_asked:
            raise Cancelled

    def _keep_counts(self, judged: Sequence[Judged], good: int) -> None:
        """What was good at the check may be a duplicate by now: the counts are those of the load."""
        self.batch.good_count = good
        self.batch.duplicate_count = sum(1 for one in judged if one.verdict == "duplicate")
        self.batch.save(update_fields=["good_count", "duplicate_count"])

    def _owners(self, chunk: Sequence[Facts]) -> list[Customer]:
        """The customer of each row: known, or new."""
        self.customers.learn(chunk)
        drafts: list[CustomerDraft] = []
        firsts: list[Facts] = []
        fresh: dict[str, int] = {}
        for facts in chunk:
            if self.customers.find(facts) is None:
                slot = next((fresh[key] for key in facts.customer_keys if key in fresh), None)
                if slot is None:
                    slot = len(drafts)
                    drafts.append(_customer_draft(facts))
                    firsts.append(facts)
                for key in facts.customer_keys:
                    fresh.setdefault(key, slot)
        if drafts:
            made = customers.take_in_many(drafts, site=self.site, batch_id=self.batch.pk, at=self.at)
            self.made["customers"] += len(made)
            for key, slot in fresh.items():
                self.customers.ids.setdefault(key, made[slot].pk)
        ids = []
        for facts in chunk:
            pk = self.customers.find(facts)
            assert pk is not None, "every row has found its customer"
            self.customers.remember(facts, pk)
            ids.append(pk)
        known = Customer.objects.in_bulk(set(ids))
        return [known[pk] for pk in ids]

    def _take_devices(self, chunk: Sequence[Facts], owners: Sequence[Customer]) -> list[int | None]:
        """The device of each row: one that its customer has, a new one, or none where the row names none."""
        self.devices.learn({owner.pk for owner, facts in zip(owners, chunk, strict=True) if facts.codes})
        drafts: list[tuple[Customer, DeviceDraft]] = []
        slots: list[tuple[int, bool] | None] = []  # (id, known) or (place among the new ones, not known)
        fresh: dict[DeviceKey, int] = {}
        for facts, owner in zip(chunk, owners, strict=True):
            if not facts.names_device:
                slots.append(None)
                continue
            category_id = self.categories.find(facts)
            assert category_id is not None, "the category for others was made"
            keys = device_keys(owner.pk, category_id, facts.brand, facts.model, facts.serial)
            is_told = bool(facts.codes) or self.batch.kind == Batch.Kind.DEVICES
            if is_told and (known := self.devices.find(keys)) is not None:
                slots.append((known, True))
                continue
            slot = fresh.get(keys[0]) if is_told else None
            if slot is None:
                slot = len(drafts)
                drafts.append((owner, self._device_draft(facts, category_id)))
            if is_told:
                for key in keys:
                    fresh.setdefault(key, slot)
            slots.append((slot, False))
        made = devices.take_in_many(drafts, batch_id=self.batch.pk, at=self.at) if drafts else []
        self.made["devices"] += len(made)
        for key, slot in fresh.items():
            self.devices.ids.setdefault(key, made[slot].pk)
        return [None if slot is None else slot[0] if slot[1] else made[slot[0]].pk for slot in slots]

    def _take_orders(
        self, chunk: Sequence[Facts], owners: Sequence[Customer], device_ids: Sequence[int | None]
    ) -> None:
        told = list(zip(chunk, owners, device_ids, strict=True))
        drafts = [(owner, self._order_draft(facts, device_id)) for facts, owner, device_id in told]
        orders = past.take_in_past(drafts, site=self.site, batch_id=self.batch.pk)
        self.made["orders"] += len(orders)
        devices.archive_many(
            [
                _archive_draft(facts, owner, device_id, order.pk, order.number)
                for (facts, owner, device_id), order in zip(told, orders, strict=True)
            ],
            batch_id=self.batch.pk,
        )

    def _device_draft(self, facts: Facts, category_id: int) -> DeviceDraft:
        return DeviceDraft(
            category_id=category_id,
            brand_text=facts.brand,
            model_text=facts.model,
            spec=self.categories.spec_for(facts, category_id),
            serial=facts.serial,
            purchase_on=facts.purchase_on,
            made_on=facts.made_on,
            invoice_no=facts.invoice_no,
            remark=facts.remark[:500] if self.batch.kind == Batch.Kind.DEVICES else "",
        )

    def _order_draft(self, facts: Facts, device_id: int | None) -> PastOrderDraft:
        assert facts.received_at is not None, "a row without a day was refused"
        return PastOrderDraft(
            received_at=facts.received_at,
            symptom=facts.telling,
            old_number=facts.old_number,
            device_ids=(device_id,) if device_id else (),
            category_id=self.categories.find(facts) if facts.category else None,
            brand_text=facts.brand,
            model_text=facts.model,
            serial=facts.serial,
            contact_name=facts.name,
            phone="、".join(part for part in (facts.phone, facts.phone2) if part),
            address=facts.address,
            remark=_remark(facts),
            closed_at=facts.closed_at,
            result=facts.result,
            repair_label=facts.raw_result,
            technician_names=facts.technician,
            due_fen=facts.cost,
            is_cancelled=facts.is_cancelled,
        )


def _customer_draft(facts: Facts) -> CustomerDraft:
    is_nobody = not facts.codes and facts.name in {"", NOBODY}
    reached = [phone for phone in (facts.phone, facts.phone2) if phone and not is_nobody]
    return CustomerDraft(
        name=facts.name or facts.phone[:60] or NOBODY,
        kind=facts.kind or "person",
        contacts=tuple(ContactDraft(phone=phone, name=facts.name) for phone in reached),
        addresses=(AddressDraft(facts.address),) if facts.address and not is_nobody else (),
        remark="",
    )


def _archive_draft(facts: Facts, owner: Customer, device_id: int | None, order_id: int, number: str) -> ArchiveDraft:
    ended = facts.closed_at or facts.received_at
    assert ended is not None, "a row without a day was refused"
    return ArchiveDraft(
        on=local_day(ended),
        device_id=device_id,
        customer_id=owner.pk,
        site_id=owner.site_id,
        order_id=order_id,
        order_number=number,
        fault=facts.fault_text or facts.telling,
        cause=facts.cause,
        remedy=facts.remedy,
        parts=facts.parts,
        cost_fen=facts.cost or 0,
        result=facts.raw_result,
        is_repaired=facts.result == "repaired" or (not facts.raw_result and not facts.is_cancelled),
        technician_name=facts.technician,
    )


_REMARKS = (
    (Field.FAULT, _("故障类型")),
    (Field.CAUSE, _("故障原因")),
    (Field.REMEDY, _("维修措施")),
    (Field.PARTS, _("更换配件")),
)


def _remark(facts: Facts) -> str:
    """What an order has no field for, a line each."""
    said = {Field.FAULT: facts.fault, Field.CAUSE: facts.cause, Field.REMEDY: facts.remedy, Field.PARTS: facts.parts}
    lines = [f"{label}：{said[field]}" for field, label in _REMARKS if said[field]]
    return "\n".join([*lines, *([facts.remark] if facts.remark else [])])
