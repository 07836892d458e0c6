"""投诉: who is liable, what was done, what the customer gets by rule, and the call that must follow (R-050)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from gongdan.audit.actions import record
from gongdan.audit.queries import stale
from gongdan.kernel import edits
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Forbidden, Invalid, Missing, Refused
from gongdan.kernel.text import Text, _
from gongdan.orders import access, rules
from gongdan.orders.actions.deposits import locked, move, staff_id, status_label
from gongdan.orders.events import Verb
from gongdan.orders.models import CompensationRule, Complaint, Order, Relation
from gongdan.orders.states import COMPENSATION_LABELS, LIABILITY_LABELS, OURS, Compensation, Flow, Liability, Status
from gongdan.people import access as people
from gongdan.people.queries import settings_for

SEED_RULES: tuple[tuple[str, str, Compensation, int, int, int], ...] = (  # name, subject, kind, fen, percent, cap
    ("当面或电话道歉", "", Compensation.APOLOGY, 0, 0, 0),
    ("迟到免上门费", "迟到", Compensation.VISIT_FEE, 5000, 0, 0),
    ("迟到赔付", "迟到", Compensation.MONEY, 2000, 0, 0),
    ("返修免费", "返修", Compensation.REWORK, 0, 0, 0),
    ("返修赔付账单两成", "返修", Compensation.MONEY, 0, 20, 20000),
    ("多收退差额", "收费", Compensation.MONEY, 0, 100, 0),
    ("损坏赔付账单五成", "损坏", Compensation.MONEY, 0, 50, 50000),
)


@dataclass(frozen=True, slots=True)
class RuleDraft:
    """A rule as typed: a fixed amount, or a share of the complained order's bill with a cap."""

    name: str
    subject: str = ""
    kind: str = Compensation.MONEY
    fen: int = 0
    percent: int = 0
    cap_fen: int = 0
    position: int = 0
    is_active: bool = True


@transaction.atomic
def seed_rules() -> None:
    """Make the rules that a new shop starts with. Safe to run twice; a shop that has rules keeps its own."""
    if CompensationRule.objects.exists():
        return
    CompensationRule.objects.bulk_create(
        CompensationRule(
            name=name, subject=subject, kind=kind, fen=fen, percent=percent, cap_fen=cap, position=position
        )
        for position, (name, subject, kind, fen, percent, cap) in enumerate(SEED_RULES)
    )


@transaction.atomic
def judge(
    order_id: int,
    *,
    subject: str,
    liability: str = "",
    finding: str = "",
    about_number: str = "",
    person_id: int | None = None,
    seen: int,
    by: Actor,
    at: datetime,
) -> Complaint:
    """What it is about, which order and person, and who is liable. Liability may be left open at first.

    Refused: it is no complaint in hand, the order or person is none of ours, or the finding changed under a
    compensation that was decided already.
    """
    order = _in_hand(order_id, seen=seen, by=by)
    row = _row(order)
    subjects = settings_for(order.site_id).of(rules.COMPLAINT_SUBJECTS)
    errors = rules.length_complaints({"finding": finding}, {"finding": 1000})
    if subject not in subjects:
        errors["subject"] = _("请选择投诉类别：{subjects}", subjects="、".join(subjects))
    if liability and liability not in set(Liability):
        errors["liability"] = _("请选择责任：本店、师傅、厂家、客户或不成立")
    elif liability == Liability.TECHNICIAN and person_id is None:
        errors["person_id"] = _("责任在师傅时请选择是哪位师傅")
    if person_id is not None and not people.visible_to(by).filter(pk=person_id).exists():
        errors["person_id"] = _("没有找到这位员工，请重新选择")
    if errors:
        raise Invalid(errors)
    if row.compensation and (row.subject, row.liability) != (subject, liability):
        row.compensation, row.fen, row.rule_id, row.compensation_reason = "", 0, None, ""
        row.decided_at = row.decided_by_id = None
    about_number = about_number.strip()
    if about_number:
        _about(order, about_number, by=by, at=at)
    new = {"subject": subject, "liability": liability, "finding": finding.strip()}
    changes = edits.changed(row, new, new)
    if row.person_id != person_id:
        named = str(row.person or "")
        row.person_id = person_id
        changes["person"] = [named, str(row.person or "")]
    row.judged_at, row.judged_by_id = (at, staff_id(by)) if liability else (None, None)
    row.save()
    label = LIABILITY_LABELS[Liability(liability)] if liability else _("待认定")
    _told(Verb.COMPLAINT_JUDGED, order, by=by, at=at, changes=changes, liability=label)
    return row


@transaction.atomic
def handle(order_id: int, *, handling: str, outcome: str, seen: int, by: Actor, at: datetime) -> Complaint:
    """What was done about it and what came of it. Refused: nothing is said, or it is no complaint in hand."""
    order = _in_hand(order_id, seen=seen, by=by)
    limits = {"handling": 2000, "outcome": 2000}
    new = {"handling": handling.strip(), "outcome": outcome.strip()}
    errors = rules.length_complaints(new, limits)
    if not new["handling"]:
        errors["handling"] = _("请填写怎么处理的：联系了谁，做了什么")
    if errors:
        raise Invalid(errors)
    row = _row(order)
    changes = edits.changed(row, new, new)
    row.handled_at, row.handled_by_id = at, staff_id(by)
    row.save()
    _told(Verb.COMPLAINT_TREATED, order, by=by, at=at, changes=changes)
    return row


@transaction.atomic
def compensate(
    order_id: int,
    *,
    rule_id: int | None,
    fen: int | None = None,
    reason: str = "",
    seen: int,
    by: Actor,
    at: datetime,
) -> Complaint:
    """What the customer gets: what the rule computes, or nothing (`rule_id=None`).

    A typed `fen` replaces the computed amount below the shop's limit only, with a reason. Above the limit, or where the
    fault was not ours, it takes `orders.judge`. Money is never paid here: it goes back through settlement.
    """
    order = _in_hand(order_id, seen=seen, by=by)
    row = _row(order)
    if not row.liability:
        raise Refused(_("请先认定责任，再决定赔付"), code="no_liability", field="liability")
    reason = reason.strip()
    if len(reason) > 200:
        raise Invalid({"reason": _("最多 {limit} 个字，请缩短", limit=200)})
    if rule_id is None:
        if row.liability in OURS and not reason:
            raise Invalid({"reason": _("责任在本店而不赔付，请填写原因")})
        kind, amount, rule = Compensation.NOTHING, 0, None
    else:
        rule = CompensationRule.objects.filter(pk=rule_id, is_active=True).first()
        if rule is None or rule.subject not in ("", row.subject):
            raise Invalid({"rule_id": _("请选择适用于“{subject}”的赔付规则", subject=row.subject)})
        kind, amount = Compensation(rule.kind), _amount(order, rule, fen, row.liability, reason, by=by)
    row.rule, row.compensation, row.fen, row.compensation_reason = rule, kind, amount, reason
    row.decided_at, row.decided_by_id = at, staff_id(by)
    row.save()
    what: Text = COMPENSATION_LABELS[kind]
    if rule is not None:
        what = _("{rule} {fee:yuan}", rule=rule.name, fee=amount) if amount else _("{rule}", rule=rule.name)
    _told(Verb.COMPENSATED, order, by=by, at=at, what=what, fen=amount, kind=kind.value)
    return row


def finish_complaint(order: Order, *, by: Actor, at: datetime) -> Order:
    """The locked complaint is handled; the customer must be called before it closes. Refused: something is missing."""
    by.require(access.ANSWER)
    row = Complaint.objects.filter(order=order).first() or Complaint()
    names = ("subject", "liability", "handling", "outcome", "compensation")
    missing = rules.missing_of_complaint(**{name: getattr(row, name) for name in names})
    if order.status == Status.ANSWERING and missing:
        listed = "、".join(str(label) for label in missing)
        raise Refused(_("投诉还不能结束，请先填写：{missing}", missing=listed), code="incomplete")
    return move(order, "finish_complaint", by=by, at=at)


@transaction.atomic
def save_rule(
    draft: RuleDraft, *, rule_id: int | None = None, seen: int = 0, by: Actor, at: datetime
) -> CompensationRule:
    """Add or change a rule; what was decided by it stays. Refused: a name twice, an amount that is none, or Stale."""
    by.require(people.SETTINGS)
    row = CompensationRule()
    if rule_id is not None:
        found = CompensationRule.objects.select_for_update().filter(pk=rule_id).first()
        if found is None:
            raise Missing
        if found.version != seen:
            raise stale(found, seen)
        row = found
        row.version += 1
    if errors := _rule_errors(draft, but_not=rule_id):
        raise Invalid(errors)
    row.name, row.subject, row.kind = draft.name.strip(), draft.subject.strip(), draft.kind
    row.fen, row.percent, row.cap_fen = draft.fen, draft.percent, draft.cap_fen
    row.position, row.is_active = draft.position, draft.is_active
    row.save()
    facts: dict[str, Any] = {"fen": row.fen, "percent": row.percent, "cap_fen": row.cap_fen}
    facts["is_active"] = row.is_active
    record(Verb.RULE_SAVED, row, by=by, at=at, name=row.name, **facts)
    return row


def _in_hand(order_id: int, *, seen: int, by: Actor) -> Order:
    by.require(access.ANSWER)
    order = locked(order_id, seen=seen, by=by)
    if order.flow != Flow.COMPLAINT or order.status != Status.ANSWERING:
        way = _("回访时客户不满意可以“重新处理”") if order.flow == Flow.COMPLAINT else _("请先转投诉")
        raise Refused(
            _(
                "工单 {number} 现在是“{status}”，不在投诉处理中；{way}",
                number=order.number,
                status=status_label(order),
                way=way,
            ),
            code="wrong_status",
        )
    return order


def _row(order: Order) -> Complaint:
    return Complaint.objects.filter(order=order).first() or Complaint(order=order)


def _told(verb: Verb, order: Order, *, by: Actor, at: datetime, **facts: Any) -> None:
    order.version += 1
    order.save(update_fields=["version"])
    record(verb, order, by=by, at=at, **facts)


def _about(order: Order, number: str, *, by: Actor, at: datetime) -> None:
    """The complained order is this one, instead of any other."""
    try:
        earlier = access.find(by, number)
    except (Missing, Forbidden) as refused:
        raise Invalid({"about_number": refused.text}) from refused
    if earlier.pk == order.pk:
        raise Invalid({"about_number": _("投诉的单号不能是这张工单自己")})
    named = Relation.objects.filter(order=order, kind=Relation.Kind.COMPLAINT_ABOUT)
    named.exclude(earlier=earlier).delete()
    Relation.objects.get_or_create(
        order=order, earlier=earlier, kind=Relation.Kind.COMPLAINT_ABOUT, defaults={"at": at}
    )


def _amount(order: Order, rule: CompensationRule, fen: int | None, liability: str, reason: str, *, by: Actor) -> int:
    about = Order.objects.filter(later_relations__order=order, later_relations__kind=Relation.Kind.COMPLAINT_ABOUT)
    due = about.values_list("due_fen", flat=True).first()
    award = rules.award(rule.kind, fen=rule.fen, percent=rule.percent, cap_fen=rule.cap_fen, due_fen=due)
    if award is None:
        raise Invalid({"rule_id": _("这条规则按账单计算，请先填写投诉的工单；那张工单还没有账单时请选固定金额的规则")})
    amount = award.fen if fen is None else fen
    if amount < 0:
        raise Invalid({"fen": _("赔付金额不能是负数")})
    refusal = rules.award_refusal(
        amount,
        computed=award.fen,
        liability=liability,
        reason=reason,
        limit_fen=settings_for(order.site_id).of(rules.COMPENSATION_LIMIT) * 100,
        may_judge=by.may(access.JUDGE),
    )
    if refusal is not None:
        raise Refused(refusal, code="above_limit", field="fen")
    return amount


def _rule_errors(draft: RuleDraft, *, but_not: int | None) -> dict[str, Text]:
    errors = rules.length_complaints({"name": draft.name, "subject": draft.subject}, {"name": 60, "subject": 20})
    if not draft.name.strip():
        errors["name"] = _("请填写规则名称")
    elif CompensationRule.objects.filter(name=draft.name.strip()).exclude(pk=but_not or 0).exists():
        errors["name"] = _("已经有“{name}”这条规则，请换一个名称", name=draft.name.strip())
    if draft.kind not in set(Compensation) - {Compensation.NOTHING}:
        errors["kind"] = _("请选择赔付方式")
    if not 0 <= draft.percent <= 100:
        errors["percent"] = _("比例请填 0 到 100")
    if draft.fen < 0 or draft.cap_fen < 0:
        errors["fen"] = _("金额不能是负数")
    if draft.kind == Compensation.MONEY and not draft.fen and not draft.percent:
        errors["fen"] = _("请填写固定金额，或填写账单的比例")
    if draft.fen and draft.percent:
        errors["percent"] = _("固定金额和比例只能填一个")
    return errors
