"""What was found and done on a device: diagnosis, actions, parts and tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction

from gongdan.audit.actions import record
from gongdan.audit.queries import stale
from gongdan.catalog.queries import check_texts
from gongdan.devices import queries as devices
from gongdan.devices.rules import EXCLUSIONS
from gongdan.kernel.actor import Actor
from gongdan.kernel.calendar import local_day
from gongdan.kernel.errors import Invalid, Missing, Refused
from gongdan.kernel.text import _
from gongdan.orders import actions as orders
from gongdan.orders.models import DeviceLine, Order
from gongdan.orders.states import Status
from gongdan.quotes import actions as quoting
from gongdan.quotes import queries as quotes
from gongdan.repair import access, queries, rules
from gongdan.repair.actions.guards import working
from gongdan.repair.events import Verb
from gongdan.repair.models import ActionLine, Diagnosis, PartLine, TestItem


@dataclass(frozen=True, slots=True)
class DiagnosisDraft:
    """What was found on one device, as typed."""

    inspection: str
    cause: str = ""
    finding: str = Diagnosis.Finding.FAULT
    methods: tuple[str, ...] = ()
    component: str = ""
    error_code: str = ""
    needs_part: bool = False
    collateral_risk: str = ""
    risk_told: bool = False
    exclusion_codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PartDraft:
    """A part that was fitted, as typed."""

    name: str
    quantity: int = 1
    spec: str = ""
    handling: str = PartLine.Handling.NEW
    grade: str = PartLine.Grade.ORIGINAL
    new_serial: str = ""
    old_serial: str = ""
    old_part: str = ""
    old_part_asked_by: str = ""
    fits: bool = False
    connected: bool = False


@dataclass(frozen=True, slots=True)
class CheckDraft:
    """One line of the test sheet; `passed` None means not tested yet."""

    name: str
    passed: bool | None
    expected: str = ""
    actual: str = ""


@transaction.atomic
def diagnose(device_line_id: int, draft: DiagnosisDraft, *, seen: int = 0, by: Actor, at: datetime) -> Diagnosis:
    """Record what was found on a device; a second save changes it. `seen` is the version shown, 0 for none yet.

    Refused: not in repair, not this actor's order, an unknown exclusion, a risk that was not told, or a colleague
    saved meanwhile.
    """
    line, order = working(device_line_id, by=by)
    errors = {}
    if not draft.inspection.strip():
        errors["inspection"] = _("请填写检测结果：看到、听到、测到了什么")
    if draft.finding == Diagnosis.Finding.FAULT and not draft.cause.strip():
        errors["cause"] = _("请填写故障原因")
    if draft.collateral_risk.strip() and not draft.risk_told:
        errors["risk_told"] = _("可能损坏其他部件时，要先告知客户并勾选")
    if unknown := [code for code in draft.exclusion_codes if code not in EXCLUSIONS]:
        errors["exclusion_codes"] = _("没有编号为 {codes} 的保内除外情形", codes="、".join(unknown))
    if errors:
        raise Invalid(errors)
    row = Diagnosis.objects.select_for_update().filter(device_line=line).first()
    if row is None:
        row = Diagnosis(order=order, device_line=line, version=0)
    elif row.version != seen:
        raise stale(row, seen)
    rules.check_lengths(asdict(draft))
    check_texts({"inspection": draft.inspection, "cause": draft.cause})  # 服务单 is the customer's
    changes = {}
    for name, value in asdict(draft).items():
        new = list(value) if isinstance(value, tuple) else value
        old = getattr(row, name)
        if row.pk and old != new:
            changes[name] = [old, new]
        setattr(row, name, new)
    row.by_id, row.at = by.id, at
    row.version += 1
    row.save()
    _decide_coverage(line, order, row, by=by, at=at)
    record(
        Verb.DIAGNOSED, row, by=by, at=at, about=order, cause=(draft.cause or draft.inspection)[:80], changes=changes
    )
    return row


@transaction.atomic
def add_action(
    device_line_id: int,
    text: str,
    *,
    kind: str = ActionLine.Kind.FIX,
    started_at: datetime | None = None,
    ended_at: datetime | None = None,
    by: Actor,
    at: datetime,
) -> ActionLine:
    """Record something that was done. Refused: before the diagnosis, or before the customer agreed to pay."""
    line, order = working(device_line_id, by=by)
    if not text.strip():
        raise Invalid({"text": _("请填写做了什么")})
    rules.check_lengths({"text": text})
    check_texts({"text": text})
    if kind not in rules.ACTION_KINDS:
        raise Invalid({"kind": _("请选择维修措施的种类")})
    if started_at and ended_at and ended_at < started_at:
        raise Invalid({"ended_at": _("结束时间不能早于开始时间")})
    _check_may_work(order, line)
    row = ActionLine.objects.create(
        order=order,
        device_line=line,
        kind=kind,
        text=text.strip(),
        by_id=by.id,
        started_at=started_at,
        ended_at=ended_at,
        at=at,
    )
    record(Verb.ACTION_ADDED, row, by=by, at=at, about=order, text=text.strip()[:80])
    return row


@transaction.atomic
def remove_action(action_id: int, *, by: Actor, at: datetime) -> None:
    """Take a line of work back while the repair is open; the event keeps what it said."""
    row = ActionLine.objects.filter(pk=action_id).first()
    if row is None:
        raise Missing
    _line, order = working(row.device_line_id, by=by)
    record(Verb.ACTION_REMOVED, row, by=by, at=at, about=order, text=row.text[:80])
    row.delete()


@transaction.atomic
def add_part(device_line_id: int, draft: PartDraft, *, by: Actor, at: datetime) -> PartLine:
    """Record a fitted part. Refused: before the diagnosis or the customer's consent, or a bad old-part entry."""
    line, order = working(device_line_id, by=by)
    _check_part(draft)
    _check_may_work(order, line)
    row = PartLine.objects.create(order=order, device_line=line, by_id=by.id, at=at, **_part_fields(draft))
    record(Verb.PART_ADDED, row, by=by, at=at, about=order, name=row.name, quantity=row.quantity)
    return row


@transaction.atomic
def edit_part(part_id: int, draft: PartDraft, *, by: Actor, at: datetime) -> PartLine:
    """Correct a part line, also what became of the old part: possible until the order is closed (O-005)."""
    row = PartLine.objects.select_for_update().filter(pk=part_id).first()
    if row is None:
        raise Missing
    order = orders.locked(row.order_id, by=by)
    access.require_work(by, order)
    if order.status not in (Status.IN_REPAIR, Status.TO_SETTLE, Status.TO_FOLLOW_UP):
        raise Refused(_("工单已结单，不能再改配件"), code="wrong_status")
    _check_part(draft)
    changes = {}
    for name, new in _part_fields(draft).items():
        old = getattr(row, name)
        if old != new:
            if order.status != Status.IN_REPAIR and name not in (
                "old_part",
                "old_part_asked_by",
                "old_serial",
                "new_serial",
                "fits",
                "connected",
            ):
                raise Refused(_("已完工，只能补填序列号和旧件去向；改配件请先退回维修"), code="wrong_status")
            changes[name] = [old, new]
            setattr(row, name, new)
    if changes:
        row.save()
        record(Verb.PART_EDITED, row, by=by, at=at, about=order, name=row.name, changes=changes)
    return row


@transaction.atomic
def remove_part(part_id: int, *, by: Actor, at: datetime) -> None:
    """Take a part line back while the repair is open."""
    row = PartLine.objects.filter(pk=part_id).first()
    if row is None:
        raise Missing
    _line, order = working(row.device_line_id, by=by)
    record(Verb.PART_REMOVED, row, by=by, at=at, about=order, name=row.name)
    row.delete()


@transaction.atomic
def record_tests(device_line_id: int, items: Sequence[CheckDraft], *, by: Actor, at: datetime) -> list[TestItem]:
    """Write the test sheet of a device as a whole; the event keeps what it said before (R-162)."""
    line, order = working(device_line_id, by=by)
    named = [item for item in items if item.name.strip()]
    for item in named:
        rules.check_lengths({f"test_{key}": value for key, value in asdict(item).items()})
    if not named:
        raise Invalid({"tests": _("请至少填写一项测试")})
    if len(named) > 60:
        raise Invalid({"tests": _("一台设备最多 60 项测试，请合并后再保存")})
    if not Diagnosis.objects.filter(device_line=line).exists():
        raise Refused(_("请先填写这台设备的检测结果，再填写测试"), code="no_diagnosis")
    old = [[row.name, row.passed] for row in TestItem.objects.filter(device_line=line).order_by("position")]
    TestItem.objects.filter(device_line=line).delete()
    rows = TestItem.objects.bulk_create(
        TestItem(order=order, device_line=line, position=n, by_id=by.id, at=at, **_test_fields(item))
        for n, item in enumerate(named)
    )
    passed = sum(1 for item in named if item.passed)
    failed = sum(1 for item in named if item.passed is False)
    record(Verb.TESTED, line, by=by, at=at, about=order, passed=passed, failed=failed, old=old)
    return rows


def _decide_coverage(line: DeviceLine, order: Order, row: Diagnosis, *, by: Actor, at: datetime) -> None:
    """What the finding says about the warranty reaches the price: exclusions, and the part that is at fault (R-099)."""
    line.order = order
    verdict = None
    if line.device_id is not None:
        verdict = devices.verdict(
            line.device_id,
            on=local_day(order.received_at),
            component=row.component,
            exclusions=row.exclusion_codes,
            fault_id=line.fault_id,
            order_id=order.pk,
        )
    orders.deposit_exclusions(line, row.exclusion_codes, verdict, by=by, at=at)
    quoting.reprice_draft(order)


def _check_may_work(order: Order, line: DeviceLine) -> None:
    if queries.is_refused(line) or (line.device is not None and line.device.safety_reason):
        raise Refused(_("这台设备已安全拒修，隐患消除并解除标记前不能维修"), code="unsafe")
    standing = quotes.standing(order.pk)
    rules.check_may_work(
        rules.Consented(standing.state, standing.due_fen) if standing else None,
        has_diagnosis=Diagnosis.objects.filter(device_line=line).exists(),
    )


def _check_part(draft: PartDraft) -> None:
    rules.check_lengths(asdict(draft))
    check_texts({"name": draft.name, "spec": draft.spec})
    if draft.grade not in rules.GRADES:
        raise Invalid({"grade": _("请选择配件品质")})
    rules.check_part(
        name=draft.name,
        handling=draft.handling,
        old_part=draft.old_part,
        asked_by=draft.old_part_asked_by,
        quantity=draft.quantity,
    )


def _part_fields(draft: PartDraft) -> dict[str, object]:
    return {**asdict(draft), "name": draft.name.strip(), "old_part_asked_by": draft.old_part_asked_by.strip()}


def _test_fields(item: CheckDraft) -> dict[str, object]:
    return {**asdict(item), "name": item.name.strip()}
