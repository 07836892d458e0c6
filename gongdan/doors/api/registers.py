"""客户档案: contacts by what they are for, households, warnings, merging, a customer's figures, and the shop's."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from ninja import Query, Router, Schema
from ninja import Status as Answer
from pydantic import Field

from gongdan.customers import access, actions, queries
from gongdan.customers.queries import ContactRow
from gongdan.customers.rules import ContactDraft, ContactKind, Effect
from gongdan.doors.api import fields, outputs
from gongdan.doors.api.auth import ApiRequest
from gongdan.doors.api.fields import Input
from gongdan.doors.api.intake import Id, Key, answers
from gongdan.doors.api.once import once
from gongdan.flows import merging
from gongdan.insight import queries as insight
from gongdan.insight.rules import Share
from gongdan.kernel.calendar import local_day

router = Router(tags=["客户档案 registers"])


class PersonOut(Schema):
    """A contact: what he is for, and whether his number is one that matches nobody."""

    id: int
    name: str
    kind: str
    phone: str
    remark: str
    is_virtual: bool
    expires_at: datetime | None
    is_expired: bool


class PeopleOut(Schema):
    """Whom to reach, whom to ask, who lives there. `kept_id` is another customer if this one was merged into him."""

    kept_id: int
    contacts: list[PersonOut]
    signatories: list[PersonOut]
    decider: PersonOut | None
    household: list[outputs.MatchOut]
    same_address: list[outputs.MatchOut]


class SiteFactsOut(Schema):
    """What the technician must know before he goes (R-022, R-023)."""

    site_rules: str
    transport: str
    person: str
    phone: str


class PersonIn(Input):
    """A contact as it shall be; with an id it replaces that row."""

    phone: fields.Phone = ""
    name: fields.Short = ""
    kind: ContactKind = ContactKind.REPORTER
    remark: fields.Long = ""
    id: fields.Id | None = None
    is_virtual: bool = False
    expires_at: fields.Moment | None = None


class PeopleIn(fields.Seen):
    """The whole list of contacts as it shall be: what is missing goes."""

    contacts: Annotated[list[PersonIn], Field(max_length=30)]


class OtherIn(Input):
    """The other customer."""

    other_id: fields.Id


class WarningIn(Input):
    """A warning or VIP."""

    effect: Effect
    reason: fields.Paragraph
    proof: fields.Paragraph = ""
    attachment_id: fields.Id | None = None
    expires_on: fields.Day | None = None
    own_technician_id: fields.Id | None = None


class LiftIn(Input):
    """Why a warning no longer counts."""

    reason: fields.Long


class WarningOut(Schema):
    """A warning with its reason; asking for it is an entry in the log."""

    id: int
    effect: str
    reason: str
    proof: str
    attachment_id: int | None
    expires_on: date | None
    own_technician_id: int | None
    placed_by: str
    placed_at: datetime
    lifted_at: datetime | None
    lifted_by: str
    lifted_reason: str


class MergeIn(Input):
    """Which customer goes into this one; both versions as they were seen."""

    gone_id: fields.Id
    seen: fields.Version
    gone_seen: fields.Version
    take: list[Literal["name", "kind", "site_rules", "transport", "remark"]] = Field(default=[], max_length=5)
    reason: fields.Long = ""


class MergeOut(Schema):
    """One merge."""

    id: int
    gone_id: int
    gone_number: str
    gone_name: str
    at: datetime
    by: str
    reason: str
    is_undone: bool


class DuplicateOut(Schema):
    """A customer who may be the same, and why."""

    customer: outputs.MatchOut
    reason: str


class ShareOut(Schema):
    """One part of a whole: how many, and how many of a thousand."""

    key: str
    count: int
    permille: int


class FaultAgainOut(Schema):
    """The same fault on the same device again; no device where only the place tells that it is the same."""

    device_id: int | None
    device: str
    fault: str
    earlier: str
    later: str
    days: int


class AnalysisOut(Schema):
    """客户分析 (R-021), summed over the orders that the caller may see."""

    orders: int
    flows: list[ShareOut]
    complaints: int
    cancelled: int
    first_at: datetime | None
    last_service_at: datetime | None
    paid_fen: int | None
    frequent_fault: str
    frequent_count: int
    repeats: list[FaultAgainOut]
    scores: int
    score_hundredths: int | None


class RateOut(Schema):
    """How many were due, how many kept."""

    due: int
    kept: int


class FiguresOut(Schema):
    """The shop in a period (R-039, R-073): shares are of all orders taken in it."""

    since: date
    until: date
    orders: int
    flows: list[ShareOut]
    channels: list[ShareOut]
    sources: list[ShareOut]
    first_promises: RateOut
    moved_promises: RateOut


class FiguresFilter(Input):
    """The period, both days included, and perhaps one site."""

    since: fields.Day
    until: fields.Day
    site_id: fields.Id | None = None


@router.get("/customers/{pk}/people", response=answers(PeopleOut), summary="联系人与家庭")
def people(request: ApiRequest, pk: Id) -> Any:
    """Contacts with their kinds, who signs, who decides, and the household (R-011, O-051)."""
    request.actor.require(access.VIEW)
    card = queries.card(pk, request.actor)
    decider = queries.decider(pk, request.actor)
    return {
        "kept_id": queries.kept_of(pk),
        "contacts": [_contact(row, request) for row in card.contacts],
        "signatories": [_contact(row, request) for row in queries.signatories(pk, request.actor)],
        "decider": None if decider is None else _contact(decider, request),
        "household": [outputs.match_out(one) for one in queries.household(pk, request.actor)],
        "same_address": [outputs.match_out(one) for one in queries.same_address(pk, request.actor)],
    }


@router.put("/customers/{pk}/contacts", response=answers(outputs.Done), summary="修改联系人")
def set_contacts(request: ApiRequest, pk: Id, body: PeopleIn) -> Any:
    """The whole list; 409 when a colleague saved meanwhile."""
    request.actor.require(access.SEE_PHONE)  # who sees masked numbers would send them back
    drafts = [ContactDraft(**one.model_dump()) for one in body.contacts]
    row = actions.edit(pk, seen=body.seen, contacts=drafts, by=request.actor, at=request.now)
    return {"id": row.pk, "number": row.number, "version": row.version}


@router.get("/customers/{pk}/site", response=answers(SiteFactsOut), summary="现场须知")
def site(request: ApiRequest, pk: Id) -> Any:
    """Rules, person in charge with telephone, transport: what stands on the job sheet."""
    request.actor.require(access.VIEW)
    card = queries.card(pk, request.actor)
    facts = queries.site_facts(card.id)
    phone = access.shown_phone(request.actor, facts.phone, facts.code)
    return {"site_rules": facts.site_rules, "transport": facts.transport, "person": facts.person, "phone": phone}


@router.post("/customers/{pk}/household", response=answers(outputs.Done), summary="设为同一家庭")
def join_household(request: ApiRequest, pk: Id, body: OtherIn) -> Any:
    """From now on the number of either finds the devices and orders of both. Twice is once."""
    home = actions.join_household(pk, body.other_id, by=request.actor, at=request.now)
    return {"id": home.pk}


@router.post("/customers/{pk}/household/leave", response=answers(outputs.Done), summary="退出家庭")
def leave_household(request: ApiRequest, pk: Id) -> Any:
    """He no longer belongs to the household."""
    row = actions.leave_household(pk, by=request.actor, at=request.now)
    return {"id": row.pk, "number": row.number, "version": row.version}


@router.get("/customers/{pk}/flag", response=answers(dict[str, str]), summary="警示的作用")
def flag(request: ApiRequest, pk: Id) -> Any:
    """What the warnings do today: "", "vip", "prepaid" or "refuse"; never why."""
    request.actor.require(access.VIEW)
    queries.card(pk, request.actor)
    return {"effect": queries.flag_for(pk, local_day(request.now))}


@router.get("/customers/{pk}/warnings", response=answers(list[WarningOut]), summary="客户警示")
def warnings(request: ApiRequest, pk: Id) -> Any:
    """All warnings with reasons, for the owner; each view is logged (O-054)."""
    return [
        {
            "id": row.pk,
            "effect": row.effect,
            "reason": row.reason,
            "proof": row.proof,
            "attachment_id": row.attachment_id,
            "expires_on": row.expires_on,
            "own_technician_id": row.own_technician_id,
            "placed_by": row.placed_by_name,
            "placed_at": row.placed_at,
            "lifted_at": row.lifted_at,
            "lifted_by": row.lifted_by_name,
            "lifted_reason": row.lifted_reason,
        }
        for row in actions.read_warnings(pk, by=request.actor, at=request.now)
    ]


@router.post("/customers/{pk}/warnings", response=answers(outputs.Done, 201), summary="登记客户警示")
def warn(request: ApiRequest, pk: Id, body: WarningIn, key: Key = "") -> Any:
    """Blacklist (prepaid or refuse) or VIP, with reason, proof and last day."""

    def run() -> dict[str, Any]:
        return {"id": actions.warn(pk, by=request.actor, at=request.now, **body.model_dump()).pk}

    return Answer(201, once(request, "customers.warn", body, run))


@router.post("/warnings/{pk}/lift", response=answers(outputs.Done), summary="解除警示")
def lift(request: ApiRequest, pk: Id, body: LiftIn) -> Any:
    """The warning no longer counts and stays on file."""
    return {"id": actions.lift_warning(pk, body.reason, by=request.actor, at=request.now).pk}


@router.get("/customers/{pk}/duplicates", response=answers(list[DuplicateOut]), summary="可能重复的客户")
def duplicates(request: ApiRequest, pk: Id) -> Any:
    """Who has the same number, or the same name at the same address; a virtual number matches nobody."""
    request.actor.require(access.VIEW)
    card = queries.card(pk, request.actor)
    place = card.addresses[0].detail if card.addresses else ""
    codes = [row.code for row in card.contacts]
    found = queries.duplicates(codes, name=card.name, address=place, actor=request.actor, but_not=pk)
    return [{"customer": outputs.match_out(one.match), "reason": str(one.reason)} for one in found]


@router.get("/customers/{pk}/merges", response=answers(list[MergeOut]), summary="合并记录")
def list_merges(request: ApiRequest, pk: Id) -> Any:
    """What went into this customer, newest first."""
    request.actor.require(access.VIEW)
    queries.card(pk, request.actor)
    return [
        {
            "id": row.id,
            "gone_id": row.gone_id,
            "gone_number": row.gone_number,
            "gone_name": row.gone_name,
            "at": row.at,
            "by": row.by_name,
            "reason": row.reason,
            "is_undone": row.is_undone,
        }
        for row in queries.merges(pk)
    ]


@router.post("/customers/{pk}/merge", response=answers(outputs.Done, 201), summary="合并客户")
def merge(request: ApiRequest, pk: Id, body: MergeIn, key: Key = "") -> Any:
    """The other customer goes into this one with everything he has; the answer's id takes it back."""

    def run() -> dict[str, Any]:
        sent = body.model_dump()
        row = merging.merge(pk, sent.pop("gone_id"), by=request.actor, at=request.now, **sent)
        return {"id": row.pk}

    return Answer(201, once(request, "customers.merge", body, run))


@router.post("/merges/{pk}/undo", response=answers(outputs.Done), summary="撤销合并")
def undo_merge(request: ApiRequest, pk: Id) -> Any:
    """Exactly what moved goes back; what came since stays with the kept one."""
    return {"id": merging.unmerge(pk, by=request.actor, at=request.now).pk}


@router.get("/customers/{pk}/analysis", response=answers(AnalysisOut), summary="客户分析")
def analysis(request: ApiRequest, pk: Id) -> Any:
    """Orders by flow, money paid, last service, faults that came back, complaints, satisfaction."""
    request.actor.require(access.VIEW)
    found = insight.customer_analysis(pk, request.actor)
    return {
        "orders": found.orders,
        "flows": _shares(found.flows),
        "complaints": found.complaints,
        "cancelled": found.cancelled,
        "first_at": found.first_at,
        "last_service_at": found.last_service_at,
        "paid_fen": found.paid_fen,
        "frequent_fault": found.frequent_fault,
        "frequent_count": found.frequent_count,
        "repeats": [
            {
                "device_id": one.device_id,
                "device": one.device,
                "fault": one.fault,
                "earlier": one.earlier,
                "later": one.later,
                "days": one.days,
            }
            for one in found.repeats
        ],
        "scores": found.scores,
        "score_hundredths": found.score_hundredths,
    }


@router.get("/figures", response=answers(FiguresOut), summary="统计")
def figures(request: ApiRequest, chosen: Query[FiguresFilter]) -> Any:
    """Orders by flow, channel and source, and how first and moved promises were kept."""
    found = insight.figures(request.actor, chosen.since, chosen.until, at=request.now, site_id=chosen.site_id)
    promises = found.promises
    return {
        "since": found.since,
        "until": found.until,
        "orders": found.orders,
        "flows": _shares(found.flows),
        "channels": _shares(found.channels),
        "sources": _shares(found.sources),
        "first_promises": {"due": promises.first_due, "kept": promises.first_kept},
        "moved_promises": {"due": promises.moved_due, "kept": promises.moved_kept},
    }


def _contact(row: ContactRow, request: ApiRequest) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "kind": row.kind,
        "phone": row.phone,
        "remark": row.remark,
        "is_virtual": row.is_virtual,
        "expires_at": row.expires_at,
        "is_expired": row.is_expired(request.now),
    }


def _shares(found: tuple[Share, ...]) -> list[dict[str, Any]]:
    return [{"key": one.key, "count": one.count, "permille": one.permille} for one in found]
