"""Reads of the work on an order."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import BooleanField, F, IntegerField, Model, QuerySet, TextField, Value
from django.db.models.functions import Cast

from gongdan.fields.prepared import Prepared
from gongdan.kernel.text import Text, _
from gongdan.orders.models import DeviceLine, Order
from gongdan.orders.states import Mode, Status
from gongdan.quotes import queries as quotes
from gongdan.repair.models import Acceptance, ActionLine, Diagnosis, PartLine, TestItem
from gongdan.repair.rules import Consented, DeviceWork, Progress


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything recorded on one device of an order."""

    line: DeviceLine
    diagnosis: Diagnosis | None
    actions: tuple[ActionLine, ...]
    parts: tuple[PartLine, ...]
    tests: tuple[TestItem, ...]


def sheets(order_id: int) -> list[Sheet]:
    """The work per device line, in the order of the lines. Five queries, whatever the number of devices."""
    lines = list(
        DeviceLine.objects.filter(order=order_id)
        .select_related("category", "brand", "fault", "device")
        .order_by("position")
    )
    diagnoses = {d.device_line_id: d for d in Diagnosis.objects.filter(order=order_id).select_related("by")}
    actions = list(ActionLine.objects.filter(order=order_id).select_related("by").order_by("pk"))
    parts = list(PartLine.objects.filter(order=order_id).order_by("pk"))
    tests = list(TestItem.objects.filter(order=order_id).order_by("device_line", "position"))
    return [
        Sheet(
            line,
            diagnoses.get(line.pk),
            tuple(a for a in actions if a.device_line_id == line.pk),
            tuple(p for p in parts if p.device_line_id == line.pk),
            tuple(t for t in tests if t.device_line_id == line.pk),
        )
        for line in lines
    ]


@dataclass(frozen=True, slots=True)
class Done:
    """What was found and done on one device, as the page of an order tells it."""

    inspection: str
    cause: str
    actions: tuple[str, ...]
    parts: tuple[tuple[str, int, str, str], ...]  # name, quantity, new serial, what became of the old one
    tests: tuple[tuple[str, bool | None], ...]  # name, passed


def done_on(order_id: int) -> dict[int, Done]:
    """What was found and done per device line; a line without any of it is absent. One query."""
    rows: dict[int, dict[str, list[tuple[Any, ...]]]] = {}
    for what, line, *facts in sorted(_DONE.rows(order_id), key=lambda row: row[:4]):
        rows.setdefault(line, {}).setdefault(what, []).append(tuple(facts[2:]))
    found: dict[int, Done] = {}
    for line, kinds in rows.items():
        inspection, cause, *_rest = kinds.get("diagnosis", [("", "")])[0]
        found[line] = Done(
            inspection,
            cause,
            actions=tuple(text for text, *_rest in kinds.get("action", ())),
            parts=tuple((name, number, serial, old) for name, serial, old, number, _passed in kinds.get("part", ())),
            tests=tuple(
                (name, None if passed is None else bool(passed)) for name, *_rest, passed in kinds.get("test", ())
            ),
        )
    return found


def _done(order: int) -> QuerySet[Any, Any]:
    """Four tables in one: what, which line, place, id, then three words, a number and a yes or no."""
    no, zero, unknown = Value("", TextField()), Value(0, IntegerField()), Cast(Value(None), BooleanField(null=True))

    def rows(model: type[Model], what: str, place: Any, *facts: Any) -> QuerySet[Any, Any]:
        columns = (Value(what, TextField()), F("device_line_id"), place, F("pk"), *facts)
        return model._default_manager.filter(order=order).order_by().values_list(*columns)

    words = {
        name: Cast(name, TextField()) for name in ("inspection", "cause", "text", "name", "new_serial", "old_part")
    }
    number, position = Cast("quantity", IntegerField()), Cast("position", IntegerField())
    return rows(Diagnosis, "diagnosis", zero, words["inspection"], words["cause"], no, zero, unknown).union(
        rows(ActionLine, "action", zero, words["text"], no, no, zero, unknown),
        rows(PartLine, "part", zero, words["name"], words["new_serial"], words["old_part"], number, unknown),
        rows(TestItem, "test", position, words["name"], no, no, zero, F("passed")),
        all=True,
    )


_DONE = Prepared(_done)


def device_works(order_id: int) -> list[DeviceWork]:
    """How far the work on each device is."""
    return [work_of(sheet) for sheet in sheets(order_id)]


def work_of(sheet: Sheet) -> DeviceWork:
    """How far the work on this device is."""
    return DeviceWork(
        label=label_of(sheet.line),
        has_diagnosis=sheet.diagnosis is not None,
        tested=len(sheet.tests),
        failed=tuple(t.name for t in sheet.tests if t.passed is False),
        untested=tuple(t.name for t in sheet.tests if t.passed is None),
    )


def label_of(line: DeviceLine) -> str:
    """A device line in a few words: brand, category, model."""
    brand = line.brand.name if line.brand else line.brand_text
    category = line.category.name if line.category else ""
    return " ".join(word for word in (brand, category, line.model_text) if word) or f"第 {line.position + 1} 台设备"


def trials(order_id: int) -> list[Acceptance]:
    """The customer's trials, first to last. One query."""
    return list(Acceptance.objects.filter(order=order_id).select_related("by").order_by("trial"))


def is_accepted(order_id: int) -> bool:
    """Whether the customer accepted what stands on the sheet now: whoever edits it afterwards needs a new trial (R-166)."""
    last = Acceptance.objects.filter(order=order_id).order_by("-trial").first()
    return last is not None and _covers(last, sheets(order_id))


def progress(order: Order, found: Sequence[Sheet] | None = None) -> Progress:
    """How far the repair is, for the checklist."""
    found = sheets(order.pk) if found is None else found
    quote = quotes.standing(order.pk)
    last = Acceptance.objects.filter(order=order).order_by("-trial").first()
    is_visit = order.mode in (Mode.ON_SITE, Mode.EXPRESS, Mode.PICK_UP)
    return Progress(
        devices=tuple(work_of(sheet) for sheet in found),
        consented=Consented(quote.state, quote.due_fen) if quote else None,
        has_arrived=order.arrived_at is not None if is_visit else None,
        has_work=any(sheet.actions or sheet.parts for sheet in found),
        is_accepted=last is not None and _covers(last, found),
        is_finished=order.status != Status.IN_REPAIR,
    )


def sheet_hash(found: Sequence[Sheet]) -> str:
    """The hash that is kept with the customer's signature (R-166)."""
    return hashlib.sha256(json.dumps(signed_facts(found), ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def signed_facts(found: Sequence[Sheet]) -> dict[str, Any]:
    """What the customer's signature stands under, as plain values."""
    return {
        str(sheet.line.pk): {
            "inspection": sheet.diagnosis.inspection if sheet.diagnosis else "",
            "cause": sheet.diagnosis.cause if sheet.diagnosis else "",
            "actions": [a.text for a in sheet.actions],
            "parts": [[p.name, p.spec, p.quantity, p.new_serial, p.old_serial, p.old_part] for p in sheet.parts],
            "tests": [[t.name, t.expected, t.actual, t.passed] for t in sheet.tests],
        }
        for sheet in found
    }


def _covers(trial: Acceptance, found: Sequence[Sheet]) -> bool:
    return trial.is_accepted and trial.sheet_hash == sheet_hash(found)


def open_matters(order_id: int) -> list[Text]:
    """What still stands against closing the order (never against taking the customer's money, O-005)."""
    matters = [
        _("配件“{name}”的旧件去向还没有填写，登记人 {who}", name=name, who=who)
        for name, who in PartLine.objects.filter(order=order_id, old_part="")
        .exclude(handling=PartLine.Handling.REPAIRED)
        .order_by("pk")
        .values_list("name", "by__name")
    ]
    matters += [
        _("配件“{name}”还没有勾选“安装到位、连接正确”，登记人 {who}", name=name, who=who)
        for name, who in PartLine.objects.filter(order=order_id)
        .exclude(fits=True, connected=True)
        .order_by("pk")
        .values_list("name", "by__name")
    ]
    return matters


@dataclass(frozen=True, slots=True)
class ArchiveFacts:
    """What the device's archive keeps of one order (R-026)."""

    device_line_id: int
    device_id: int | None
    fault_id: int | None
    fault: str
    cause: str
    remedy: str
    parts: str


def archive_facts(order_id: int) -> list[ArchiveFacts]:
    """Per device line: fault, cause, remedy and parts as plain text."""
    return [
        ArchiveFacts(
            sheet.line.pk,
            sheet.line.device_id,
            sheet.line.fault_id,
            fault=sheet.line.symptom,
            cause=sheet.diagnosis.cause if sheet.diagnosis else "",
            remedy="；".join(a.text for a in sheet.actions),
            parts="、".join(f"{p.name}×{p.quantity}" for p in sheet.parts),
        )
        for sheet in sheets(order_id)
    ]
