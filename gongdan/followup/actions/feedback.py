"""用户反馈: opinions and suggestions as to-dos that somebody owns (R-190)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from gongdan.audit.actions import record
from gongdan.audit.queries import stale
from gongdan.followup import access, rules
from gongdan.followup.events import Verb
from gongdan.followup.models import Feedback
from gongdan.kernel.actor import Actor
from gongdan.kernel.calendar import local_day
from gongdan.kernel.errors import Forbidden, Invalid, Missing
from gongdan.kernel.text import Text, _
from gongdan.orders import access as order_access
from gongdan.orders import actions as orders
from gongdan.orders.models import Order
from gongdan.people import access as people
from gongdan.people.models import User
from gongdan.people.queries import home_site, settings_for


@dataclass(frozen=True, slots=True)
class FeedbackDraft:
    """What was said, through which channel, and who takes care of it until when (nobody named: who wrote it down)."""

    content: str
    channel: str
    kind: str = Feedback.Kind.SUGGESTION
    order_number: str = ""
    contact: str = ""
    owner_id: int | None = None
    due_on: date | None = None


@transaction.atomic
def add_feedback(draft: FeedbackDraft, *, by: Actor, at: datetime) -> Feedback:
    """Write down what a customer thinks. Refused: nothing said, a channel or a person that there is none of."""
    by.require(access.CALL)
    order: Order | None = None
    errors: dict[str, Text] = {}
    if draft.order_number.strip():
        order, errors = named(draft.order_number.strip(), "order_number", by)
    site_id = order.site_id if order is not None else home_site(by).pk
    settings = settings_for(site_id)
    channels = settings.of(rules.FEEDBACK_CHANNELS)
    owner_id = draft.owner_id or orders.staff_id(by)
    if not draft.content.strip():
        errors["content"] = _("请填写客户的意见或建议")
    elif len(draft.content.strip()) > 1000:
        errors["content"] = _("最多 {limit} 个字，请缩短", limit=1000)
    if draft.channel not in channels:
        errors["channel"] = _("请选择反馈渠道：{channels}", channels="、".join(channels))
    if draft.kind not in Feedback.Kind.values:
        errors["kind"] = _("请选择是满意度还是意见建议")
    if len(draft.contact.strip()) > 60:
        errors["contact"] = _("最多 {limit} 个字，请缩短", limit=60)
    errors |= owner_errors(owner_id, by)
    if errors or owner_id is None:
        raise Invalid(errors)
    row = Feedback(
        site_id=site_id,
        order=order,
        kind=draft.kind,
        channel=draft.channel,
        content=draft.content.strip(),
        contact=draft.contact.strip(),
        owner_id=owner_id,
        due_on=draft.due_on or local_day(at) + timedelta(days=settings.of(rules.FEEDBACK_DAYS)),
    )
    return _kept(row, by=by, at=at)


def suggestion_of(order: Order, words: str, *, by: Actor, at: datetime) -> Feedback | None:
    """What was suggested during a call becomes a to-do of the caller, until he hands it on."""
    owner_id = orders.staff_id(by)
    if owner_id is None or Feedback.objects.filter(order=order, content=words).exists():
        return None
    settings = settings_for(order.site_id)
    row = Feedback(
        site_id=order.site_id,
        order=order,
        channel=settings.of(rules.FEEDBACK_CHANNELS)[0],
        content=words,
        owner_id=owner_id,
        due_on=local_day(at) + timedelta(days=settings.of(rules.FEEDBACK_DAYS)),
    )
    return _kept(row, by=by, at=at)


@transaction.atomic
def move_feedback(
    feedback_id: int,
    *,
    state: str,
    owner_id: int | None = None,
    due_on: date | None = None,
    outcome: str = "",
    seen: int,
    by: Actor,
    at: datetime,
) -> Feedback:
    """Hand a feedback on, begin it, finish or decline it: its owner may, and who may call. Refused: ended unexplained."""
    row = access.feedback_of(by).select_for_update().filter(pk=feedback_id).first()
    if row is None:
        raise Missing
    if row.owner_id != by.id:
        by.require(access.CALL)
    if row.version != seen:
        raise stale(row, seen)
    owner_id = owner_id or row.owner_id
    outcome = outcome.strip() or row.outcome
    errors = owner_errors(owner_id, by) if owner_id != row.owner_id else {}
    if state not in Feedback.State.values:
        errors["state"] = _("请选择处理状态")
    elif state in (Feedback.State.DONE, Feedback.State.DECLINED) and not outcome:
        errors["outcome"] = _("请填写处理结果：做了什么，或为什么不采纳")
    if len(outcome) > 1000:
        errors["outcome"] = _("最多 {limit} 个字，请缩短", limit=1000)
    if errors:
        raise Invalid(errors)
    new = {"state": state, "owner_id": owner_id, "due_on": due_on or row.due_on, "outcome": outcome}
    changes = {
        name: [str(getattr(row, name)), str(value)]
        for name, value in new.items()
        if getattr(row, name) != value and name != "owner_id"
    }
    if not changes and row.owner_id == owner_id:
        return row
    for name, value in new.items():
        setattr(row, name, value)
    row.done_at = at if state in (Feedback.State.DONE, Feedback.State.DECLINED) else None
    row.version += 1
    row.save()
    names: dict[str, Any] = {"state": rules.FEEDBACK_STATES[state], "owner": name_of(owner_id)}
    record(Verb.FEEDBACK_MOVED, row, by=by, at=at, about=row.order or row, changes=changes, **names)
    return row


def owner_errors(owner_id: int | None, by: Actor) -> dict[str, Text]:
    """Somebody who works here takes care of it."""
    if owner_id is None or not people.visible_to(by).filter(pk=owner_id, is_active=True).exists():
        return {"owner_id": _("请选择在职的负责人")}
    return {}


def named(number: str, field: str, by: Actor) -> tuple[Order | None, dict[str, Text]]:
    """The order of a typed number; if there is none for this actor, why, at its field."""
    try:
        return order_access.find(by, number), {}
    except (Missing, Forbidden) as refused:
        return None, {field: refused.text}


def name_of(user_id: int) -> str:
    """A member of staff as events name him."""
    return User.objects.filter(pk=user_id).values_list("name", flat=True).first() or ""


def _kept(row: Feedback, *, by: Actor, at: datetime) -> Feedback:
    row.at, row.by_id = at, orders.staff_id(by)
    row.save()
    record(Verb.FEEDBACK_ADDED, row, by=by, at=at, about=row.order or row, owner=name_of(row.owner_id))
    return row
