"""Reads of the work on an order."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import BooleanField, F, IntegerField, Model, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast

from gongdan.fields.prepared import Prepared
from gongdan.kernel.actor import Actor
from gongdan.kernel.text import Text, _
from gongdan.orders.models import DeviceLine, Order, Participant
from gongdan.orders.rules import line_name
from gongdan.orders.states import TO_THE_DOOR, Kind, Mode, Status
from gongdan.people.access import ALL_SITES
from gongdan.people.models import Role, Team, User
from gongdan.people.queries import settings_for
from gongdan.pricing.rules.bill import Line
from gongdan.quotes import queries as quotes
from gongdan.quotes.models import Quote
from gongdan.repair import access, rules
from gongdan.repair.models import (
    Acceptance,
    ActionLine,
    Diagnosis,
    HelpRequest,
    PartLine,
    PickUp,
    SafetyRefusal,
    StepTick,
    TestItem,
)
from gongdan.repair.rules import UNSAFE, Consented, Demand, DeviceWork, FlaggedDevice, Progress

DOERS = (Participant.Part.TECHNICIAN, Participant.Part.HELPER)
LONG_MINUTES = 120  # where no category is known


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
    lines: list[DeviceLine] = _LINES.rows(order_id)
    diagnoses = {d.device_line_id: d for d in _DIAGNOSES.rows(order_id)}
    actions, parts, tests = _ACTIONS.rows(order_id), _PARTS.rows(order_id), _TESTS.rows(order_id)
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


def _of_order(model: type[Model], *related: str, by: tuple[str, ...] = ("pk",)) -> Prepared:
    """The rows of a table that belong to an order, each with what it refers to."""

    def build(order: int) -> QuerySet[Any]:
        rows = model._default_manager.filter(order=order).order_by(*by)
        return rows.select_related(*related) if related else rows

    return Prepared(build, int)


_LINES = _of_order(DeviceLine, "category", "brand", "fault", "device", by=("position",))
_DIAGNOSES = _of_order(Diagnosis, "by")
_ACTIONS = _of_order(ActionLine, "by")
_PARTS = _of_order(PartLine, "by")
_TESTS = _of_order(TestItem, by=("device_line", "position"))


@dataclass(frozen=True, slots=True)
class Done:
    """What was found and done on one device, as the page of an order tells it."""

    inspection: str
    cause: str
    actions: tuple[str, ...]
    parts: tuple[tuple[str, int, str, str], ...]  # name, quantity, new serial, what became of the old one
    tests: tuple[tuple[str, bool | None], ...]  # name, passed


def done_on(order_id: int) -> tuple[dict[int, Done], bool]:
    """What was found and done per device line (one without any of it is absent), and whether help was asked for.

    One query.
    """
    rows: dict[int, dict[str, list[tuple[Any, ...]]]] = {}
    for what, line, *facts in sorted(_DONE.rows(order_id), key=lambda row: row[:4]):
        rows.setdefault(line, {}).setdefault(what, []).append(tuple(facts[2:]))
    was_asked = rows.pop(_OF_THE_ORDER, None) is not None
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
    return found, was_asked


_LINE = F("device_line_id")
_OF_THE_ORDER = 0  # where a device line stands, for what is of the order as a whole


def _done(order: int) -> QuerySet[Any, Any]:
    """Five tables in one: what, which line, place, id, then three words, a number and a yes or no."""
    no, zero, unknown = Value("", TextField()), Value(0, IntegerField()), Cast(Value(None), BooleanField(null=True))

    def rows(model: type[Model], what: str, place: Any, *facts: Any, line: Any = _LINE) -> QuerySet[Any, Any]:
        columns = (Value(what, TextField()), line, place, F("pk"), *facts)
        return model._default_manager.filter(order=order).order_by().values_list(*columns)

    words = {
        name: Cast(name, TextField()) for name in ("inspection", "cause", "text", "name", "new_serial", "old_part")
    }
    number, position = Cast("quantity", IntegerField()), Cast("position", IntegerField())
    return rows(Diagnosis, "diagnosis", zero, words["inspection"], words["cause"], no, zero, unknown).union(
        rows(ActionLine, "action", zero, words["text"], no, no, zero, unknown),
        rows(PartLine, "part", zero, words["name"], words["new_serial"], words["old_part"], number, unknown),
        rows(TestItem, "test", position, words["name"], no, no, zero, F("passed")),
        rows(HelpRequest, "help", zero, no, no, no, zero, unknown, line=Value(_OF_THE_ORDER, IntegerField())),
        all=True,
    )


_DONE = Prepared(_done, int)


def is_refused(line: DeviceLine) -> bool:
    """Whether this line, its device loaded, was refused for safety and is not cleared meanwhile."""
    return line.result == UNSAFE and (line.device is None or bool(line.device.safety_reason))


def work_of(sheet: Sheet) -> DeviceWork:
    """How far the work on this device is."""
    return DeviceWork(
        is_refused=is_refused(sheet.line),
        label=label_of(sheet.line),
        has_diagnosis=sheet.diagnosis is not None,
        tested=len(sheet.tests),
        failed=tuple(t.name for t in sheet.tests if t.passed is False),
        untested=tuple(t.name for t in sheet.tests if t.passed is None),
    )


def label_of(line: DeviceLine) -> str:
    """A device line for people: the room of a bulk order, then brand, category, model."""
    return line_name(line.place, _words_of(line)) or _number_of(line)


def device_of(line: DeviceLine) -> str:
    """The same without the room, for the history: where somebody lives is not kept there."""
    return _words_of(line) or _number_of(line)


def labels(order_id: int) -> dict[int, str]:
    """The device lines of an order for people, by their ids. One query."""
    return {line.pk: label_of(line) for line in _LINES.rows(order_id)}


def _words_of(line: DeviceLine) -> str:
    brand = line.brand.name if line.brand else line.brand_text
    category = line.category.name if line.category else ""
    return " ".join(word for word in (brand, category, line.model_text) if word)


def _number_of(line: DeviceLine) -> str:
    return f"第 {line.position + 1} 台设备"


def trials(order_id: int) -> list[Acceptance]:
    """The customer's trials, first to last. One query."""
    return _TRIALS.rows(order_id)


_TRIALS = _of_order(Acceptance, "by", by=("trial",))


def is_accepted(order_id: int) -> bool:
    """Whether the customer accepted what stands on the sheet now: whoever edits it afterwards needs a new trial (R-166)."""
    last = Acceptance.objects.filter(order=order_id).order_by("-trial").first()
    return last is not None and _covers(last, sheets(order_id))


def progress(order: Order) -> Progress:
    """How far the repair is."""
    found = sheets(order.pk)
    wanted = demands_of(order, [sheet.line for sheet in found])
    return progress_of(
        order,
        found,
        quote=quotes.standing(order.pk),
        tried=trials(order.pk),
        wanted=wanted,
        ticked={(row.code, row.device_line_id) for row in ticks(order.pk)} if wanted else (),
        away=with_us(order.pk),
    )


def progress_of(
    order: Order,
    found: Sequence[Sheet],
    *,
    quote: Quote | None,
    tried: Sequence[Acceptance],
    wanted: Sequence[Demand],
    ticked: Collection[tuple[str, int | None]],
    away: Sequence[PickUp],
) -> Progress:
    """The same of what was read before."""
    last = tried[-1] if tried else None
    is_visit = order.mode in TO_THE_DOOR
    lines_away = {row.device_line_id for row in away}
    taken = [label_of(sheet.line) for sheet in found if sheet.line.pk in lines_away]
    return Progress(
        unticked=tuple(one for one in wanted if (one.code, one.device_line_id) not in ticked),
        has_demands=bool(wanted),
        with_us=tuple(taken),
        devices=tuple(work_of(sheet) for sheet in found),
        consented=Consented(quote.state, quote.due_fen) if quote else None,
        has_arrived=order.arrived_at is not None if is_visit else None,
        has_work=any(sheet.actions or sheet.parts for sheet in found),
        is_accepted=last is not None and _covers(last, found),
        is_finished=order.status not in (Status.TO_DISPATCH, Status.IN_REPAIR),
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
    return matters_of(PartLine.objects.filter(order=order_id).select_related("by").order_by("pk"), with_us(order_id))


def matters_of(parts: Iterable[PartLine], away: Iterable[PickUp]) -> list[Text]:
    """The same of parts and pick-ups that were read before."""
    fitted = list(parts)
    return [
        *(
            _("配件“{name}”的旧件去向还没有填写，登记人 {who}", name=part.name, who=part.by.name)
            for part in fitted
            if not part.old_part and part.handling != PartLine.Handling.REPAIRED
        ),
        *(
            _("配件“{name}”还没有勾选“安装到位、连接正确”，登记人 {who}", name=part.name, who=part.by.name)
            for part in fitted
            if not (part.fits and part.connected)
        ),
        *(
            _("{device} 还在公司，没有登记送回，经办人 {who}", device=label_of(row.device_line), who=row.taken_by.name)
            for row in away
        ),
    ]


def demands(order_id: int) -> list[Demand]:
    """The steps that this order demands before it is handed back (R-024, R-028). Three queries."""
    order = Order.objects.get(pk=order_id)
    lines = DeviceLine.objects.filter(order=order_id).select_related("category", "brand", "device").order_by("position")
    return demands_of(order, list(lines))


def demands_of(order: Order, lines: Sequence[DeviceLine]) -> list[Demand]:
    """The steps that this order demands, its lines loaded with category and device. One query, none without a need."""
    is_installation = order.kind == Kind.INSTALLATION
    flagged = [
        FlaggedDevice(
            line.pk,
            label_of(line),
            has_journal=line.category.has_journal,
            has_cash_box=line.category.has_cash_box,
            is_refused=is_refused(line),
        )
        for line in lines
        if line.category is not None and (line.category.has_journal or line.category.has_cash_box)
    ]
    if not flagged and not is_installation:
        return []
    settings = settings_for(order.site_id)
    return rules.demands(
        is_installation=is_installation,
        devices=flagged,
        hotline=settings.of(rules.HOTLINE_STEP),
        journal=settings.of(rules.JOURNAL_STEP),
        cash_box=settings.of(rules.CASH_BOX_STEP),
    )


def ticks(order_id: int) -> list[StepTick]:
    """What was ticked on this order, and by whom. One query."""
    return _TICKS.rows(order_id)


_TICKS = _of_order(StepTick, "by")


def pick_up_fee(order: Order, *, at: datetime) -> Line | None:
    """What taking a device along will add to the bill; None where the order is 上门取送 already or the book has no price."""
    return None if order.mode == Mode.PICK_UP else quotes.pick_up_fee(order, at=at)


def pick_ups(order_id: int) -> list[PickUp]:
    """What was taken to the workshop and brought back, first to last. One query."""
    return _PICK_UPS.rows(order_id)


_PICK_UPS = _of_order(PickUp, "device_line__brand", "device_line__category", "taken_by", "returned_by")


def with_us(order_id: int) -> list[PickUp]:
    """What was taken along and is not back at the customer's yet. One query."""
    related = ("device_line__brand", "device_line__category", "taken_by")
    return list(PickUp.objects.filter(order=order_id, returned_at__isnull=True).select_related(*related).order_by("pk"))


def refusals(order_id: int) -> list[SafetyRefusal]:
    """The refusals for safety on this order, first to last. One query."""
    return _REFUSALS.rows(order_id)


_REFUSALS = _of_order(SafetyRefusal, "device_line__brand", "device_line__category", "by")


def colleagues(order: Order) -> QuerySet[User]:
    """Who may be asked on an order or help with it: active staff of its site, or lent to it, who repair or advise."""
    lent = User.extra_sites.through.objects.filter(site=order.site_id).values("user")
    roles = list(Role.objects.all())
    everywhere = [role.pk for role in roles if ALL_SITES in role.permissions]
    able = [role.pk for role in roles if {access.WORK, access.ADVISE} & set(role.permissions)]
    here = (
        Q(site=order.site_id)
        | Q(pk__in=lent)
        | Q(pk__in=User.roles.through.objects.filter(role__in=everywhere).values("user"))
    )
    holders = User.roles.through.objects.filter(role__in=able).values("user")
    return User.objects.filter(here, is_active=True, pk__in=holders)


def departments(order: Order) -> QuerySet[Team]:
    """The departments that may be asked on an order: those of all sites and of its own."""
    return Team.objects.filter(
        Q(site__isnull=True) | Q(site=order.site_id), kind=Team.Kind.DEPARTMENT, is_active=True
    ).order_by("name")


def helpers(order_id: int) -> list[tuple[int, str]]:
    """Who helps on this order now: id and name. One query."""
    return _HELPERS.rows(order_id)


_HELPERS = Prepared(
    lambda order: (
        Participant.objects.filter(order=order, part=Participant.Part.HELPER, until__isnull=True)
        .order_by("since", "pk")
        .values_list("user_id", "user__name")
    ),
    int,
)


def help_of(order_id: int) -> list[HelpRequest]:
    """What was asked on this order, at which level, and what was answered; first to last. One query."""
    return _HELP.rows(order_id)


_HELP = _of_order(HelpRequest, "asked_to", "team", "asked_by", "answered_by")


@dataclass(frozen=True, slots=True)
class WaitingHelp:
    """An open question that waits for this actor."""

    id: int
    order_number: str
    device_text: str
    level: int
    question: str
    asker: str
    asked_at: datetime


def help_waiting(actor: Actor, *, limit: int = 20) -> list[WaitingHelp]:
    """The open questions that this actor is asked: himself, his department, or all of level 2 where he may advise.

    Oldest first. One query.
    """
    if actor.kind not in ("staff", "technician") or not (actor.may(access.WORK) or actor.may(access.ADVISE)):
        return []
    teams = Team.members.through.objects.filter(user=actor.id).values("team")
    mine = Q(asked_to=actor.id) | Q(team__in=teams)
    if actor.may(access.ADVISE):
        mine |= Q(level=2) if actor.sees_all_sites else Q(level=2, site__in=actor.sites)
    rows = HelpRequest.objects.filter(mine, state=HelpRequest.State.OPEN).exclude(asked_by=actor.id).order_by("pk")
    columns = ("pk", "order__number", "order__device_text", "level", "question", "asked_by__name", "asked_at")
    return [WaitingHelp(*row) for row in rows.values_list(*columns)[:limit]]


def suggests_help(order: Order, actor: Actor, *, at: datetime) -> Text | None:
    """Why this technician should ask for help now, if he should (R-195, R-198).

    His first order of this category or fault, or longer on site than the category's limit. Nothing for others, nor while
    a question is open or was answered.
    """
    if actor.kind != "technician" or order.status != Status.IN_REPAIR:
        return None
    line = DeviceLine.objects.filter(order=order).select_related("category", "fault").order_by("position").first()
    return suggestion_for(
        order,
        actor,
        line=line,
        asked=help_of(order.pk),
        is_wanted=settings_for(order.site_id).of(rules.SUGGESTS_HELP),
        at=at,
    )


def suggestion_for(
    order: Order,
    actor: Actor,
    *,
    line: DeviceLine | None,
    asked: Sequence[HelpRequest],
    is_wanted: bool,
    at: datetime,
) -> Text | None:
    """The same of the first device and the questions, read before; `is_wanted`: whether the site has it on."""
    if actor.kind != "technician" or order.status != Status.IN_REPAIR or not is_wanted:
        return None
    if any(row.state != HelpRequest.State.WITHDRAWN for row in asked):
        return None
    category = (line.category if line else None) or order.category
    fault = line.fault if line else None
    before = Participant.objects.filter(user=actor.id, part__in=DOERS).exclude(order=order)
    minutes = None
    if order.arrived_at is not None and order.left_at is None and order.mode in TO_THE_DOOR:
        minutes = int((at - order.arrived_at).total_seconds() // 60)
    return rules.suggestion(
        category=category.name if category else "",
        fault=fault.symptom if fault else "",
        is_first_of_category=category is not None and not before.filter(order__category=category).exists(),
        is_first_of_fault=fault is not None and not before.filter(order__device_lines__fault=fault).exists(),
        minutes=minutes,
        limit=category.long_minutes if category else LONG_MINUTES,
    )


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
