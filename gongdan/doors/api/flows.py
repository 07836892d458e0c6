"""Help by telephone, complaints and their compensation: what becomes of a request beside dispatch and repair."""

from __future__ import annotations

from typing import Annotated, Any

from ninja import Query, Router
from ninja import Status as Answer
from pydantic import Field

from gongdan.catalog import queries as catalog
from gongdan.dispatch import actions as dispatch
from gongdan.doors.api import fields, outputs
from gongdan.doors.api.auth import ApiRequest
from gongdan.doors.api.fields import Input
from gongdan.doors.api.intake import Id, Key, Number, answers, done, find
from gongdan.doors.api.once import once
from gongdan.orders import actions, rules
from gongdan.orders import queries as orders
from gongdan.orders.actions import RuleDraft
from gongdan.orders.states import Compensation, Liability, PhoneReason
from gongdan.people import queries as people
from gongdan.people.access import SETTINGS

router = Router(tags=["流程 flows"])
Fen = Annotated[int, Field(ge=0, le=10**12)]


class ScriptIn(Input):
    """What the customer answered, by the question's id."""

    answers: Annotated[dict[int, Annotated[str, Field(max_length=1000)]], Field(max_length=60)]


class PreliminaryIn(Input):
    """The first judgement before a visit is arranged."""

    background: fields.Paragraph = ""
    rough_scope: fields.Paragraph = ""
    rough_plan: fields.Paragraph = ""
    is_confirmed: bool = False
    confirmed_with: fields.Short = ""


class PhoneFixIn(fields.Seen):
    """Why no visit is needed, and the steps that were read out."""

    reason: PhoneReason
    code: Annotated[str, Field(max_length=30)] = ""
    steps: Annotated[list[Annotated[str, Field(max_length=300)]], Field(max_length=30)] = []
    note: fields.Paragraph = ""
    ended_at: fields.Moment | None = None


class JudgeIn(fields.Seen):
    """What a complaint is about, and who is liable."""

    subject: fields.Short
    liability: Liability | None = None
    finding: fields.Paragraph = ""
    about_number: Annotated[str, Field(max_length=40)] = ""
    person_id: fields.Id | None = None


class HandleIn(fields.Seen):
    """What was done about a complaint, and what came of it."""

    handling: fields.Paragraph
    outcome: fields.Paragraph = ""


class CompensateIn(fields.Seen):
    """A rule, or nothing. A typed amount holds below the shop's limit only, with a reason."""

    rule_id: fields.Id | None = None
    fen: Fen | None = None
    reason: fields.Line = ""


class ComplainIn(Input):
    """What the customer complains of."""

    content: fields.Paragraph


class RuleIn(Input):
    """A rule of compensation: a fixed amount, or a share of the complained order's bill with a cap."""

    name: fields.Short
    subject: Annotated[str, Field(max_length=20)] = ""
    kind: Compensation = Compensation.MONEY
    fen: Fen = 0
    percent: Annotated[int, Field(ge=0, le=100)] = 0
    cap_fen: Fen = 0
    position: Annotated[int, Field(ge=0, le=999)] = 0
    is_active: bool = True
    seen: Annotated[int, Field(ge=0, le=2**31)] = 0


@router.get("/orders/{number}/guidance", response=answers(dict[str, Any]), summary="电话诊断")
def get_help(request: ApiRequest, number: Number, code: Annotated[str, Query(max_length=60)] = "") -> Any:
    """The script with its answers, the first judgement and what it lacks, and what a code or the fault calls for."""
    page = orders.page(find(request.actor, number).pk, request.actor)
    words = code.replace("\x00", "").strip() or page.error_code or page.symptom
    advice = catalog.advice_for(page.category_id, words)
    known = {row.question_id: row.answer for row in page.script}
    first = page.preliminary
    return {
        "proposal": "" if advice is None else "phone" if advice.is_by_phone else "visit",
        "advice": None
        if advice is None
        else {"words": advice.words, "meaning": advice.meaning, "questions": advice.questions, "steps": advice.steps},
        "script": [
            {"id": q.pk, "question": q.text, "kind": q.kind, "choices": q.choices, "answer": known.get(q.pk, "")}
            for q in catalog.questions(page.category_id)
        ],
        "preliminary": None
        if first is None
        else {
            "background": first.background,
            "rough_scope": first.rough_scope,
            "rough_plan": first.rough_plan,
            "is_confirmed": first.is_confirmed,
            "confirmed_with": first.confirmed_with,
        },
        "preliminary_gap": str(page.preliminary_gap or ""),
        "solved": [
            {"reason": f.reason, "code": f.code, "steps": list(f.steps), "note": f.note, "at": f.solved_at, "by": f.by}
            for f in page.phone_fixes
        ],
    }


@router.put("/orders/{number}/script", response=answers(dict[str, int]), summary="询问结果")
def answer_questions(request: ApiRequest, number: Number, body: ScriptIn) -> Any:
    """Keep what the customer answered; an empty answer takes one back (R-064)."""
    order = find(request.actor, number)
    typed = {pk: text.replace("\x00", "") for pk, text in body.answers.items()}
    return {"changed": len(actions.answer_questions(order.pk, typed, by=request.actor, at=request.now))}


@router.put("/orders/{number}/preliminary", response=answers(outputs.Done), summary="初步诊断")
def note_preliminary(request: ApiRequest, number: Number, body: PreliminaryIn) -> Any:
    """The first judgement, and whether the customer agreed to it (R-065)."""
    order = find(request.actor, number)
    row = actions.note_preliminary(order.pk, **body.model_dump(), by=request.actor, at=request.now)
    return {"id": row.pk, "number": order.number}


@router.post("/orders/{number}/solve-by-phone", response=answers(outputs.Done), summary="电话解决")
def solve_by_phone(request: ApiRequest, number: Number, body: PhoneFixIn, key: Key = "") -> Any:
    """No visit is needed; the call two hours later closes the order (R-066, R-068).

    Visits that nobody set out for are called off with it.
    """
    order = find(request.actor, number)

    def run() -> dict[str, Any]:
        typed = body.model_dump(exclude={"code"}) | {"code": body.code.replace("\x00", "")}
        dispatch.solve_by_phone(order.pk, **typed, by=request.actor, at=request.now)
        return done(find(request.actor, number))

    return once(request, "orders.solve_by_phone", body, run)


@router.post("/orders/{number}/complain", response=answers(outputs.Done, 201), summary="登记投诉")
def complain(request: ApiRequest, number: Number, body: ComplainIn, key: Key = "") -> Any:
    """A complaint about this order, as a linked order of its own (R-050)."""
    order = find(request.actor, number)

    def run() -> dict[str, Any]:
        return done(actions.complain(order.pk, body.content, by=request.actor, at=request.now))

    return Answer(201, once(request, "orders.complain", body, run))


@router.get("/orders/{number}/complaint", response=answers(dict[str, Any]), summary="投诉处理")
def get_complaint(request: ApiRequest, number: Number) -> Any:
    """Liability, handling, result and compensation, what is missing, and what each rule gives here.

    Before it was judged `proposed_subject` says what it seems to be about (R-240).
    """
    page = orders.page(find(request.actor, number).pk, request.actor)
    about = orders.complained_of(page.id)
    facts = page.complaint
    offered = orders.compensation_rules(
        subject=facts.subject if facts else "", due_fen=about["due_fen"] if about else None
    )
    subjects = people.settings_for(page.site_id).of(rules.COMPLAINT_SUBJECTS)
    names = (
        "subject", "person", "liability", "finding", "handling", "outcome", "rule", "compensation", "fen",
        "compensation_reason",
    )  # fmt: skip
    return {
        "about": about["number"] if about else "",
        **{name: getattr(facts, name) if facts else "" for name in names},
        "proposed_subject": "" if facts else rules.proposed_subject(subjects, catalog.foul_words_in(page.symptom)),
        "missing": [str(one) for one in facts.missing] if facts else None,
        "rules": [_rule(one) | {"award_fen": one.award.fen if one.award else None} for one in offered],
    }


@router.put("/orders/{number}/complaint/liability", response=answers(outputs.Done), summary="责任认定")
def judge(request: ApiRequest, number: Number, body: JudgeIn) -> Any:
    """Whom and what it is about, and who is liable (R-050)."""
    order = find(request.actor, number)
    typed = body.model_dump() | {"liability": body.liability or ""}
    actions.judge(order.pk, **typed, by=request.actor, at=request.now)
    return done(find(request.actor, number))


@router.put("/orders/{number}/complaint/handling", response=answers(outputs.Done), summary="投诉处理和结果")
def handle(request: ApiRequest, number: Number, body: HandleIn) -> Any:
    """What was done, and what came of it (R-050)."""
    order = find(request.actor, number)
    actions.handle(order.pk, **body.model_dump(), by=request.actor, at=request.now)
    return done(find(request.actor, number))


@router.put("/orders/{number}/complaint/compensation", response=answers(outputs.Done), summary="赔付")
def compensate(request: ApiRequest, number: Number, body: CompensateIn) -> Any:
    """What the customer gets by rule (R-050). Money goes back through settlement."""
    order = find(request.actor, number)
    actions.compensate(order.pk, **body.model_dump(), by=request.actor, at=request.now)
    return done(find(request.actor, number))


@router.post("/orders/{number}/complaint/finish", response=answers(outputs.Done), summary="投诉处理完毕")
def finish_complaint(request: ApiRequest, number: Number, body: fields.Seen) -> Any:
    """Handled; the call-back closes it (R-050)."""
    order = find(request.actor, number)
    return done(actions.close_answered(order.pk, seen=body.seen, by=request.actor, at=request.now))


@router.get("/compensation-rules", response=answers(list[dict[str, Any]]), summary="赔付规则")
def list_rules(request: ApiRequest) -> Any:
    """All rules, also those not in use."""
    request.actor.require(SETTINGS)
    return [_rule(one) for one in orders.compensation_rules(with_inactive=True)]


@router.post("/compensation-rules", response=answers(outputs.Done, 201), summary="新增赔付规则")
def add_rule(request: ApiRequest, body: RuleIn, key: Key = "") -> Any:
    """A rule of the shop's own."""

    def run() -> dict[str, Any]:
        draft = RuleDraft(**body.model_dump(exclude={"seen"}))
        row = actions.save_rule(draft, by=request.actor, at=request.now)
        return {"id": row.pk, "version": row.version}

    return Answer(201, once(request, "orders.save_rule", body, run))


@router.put("/compensation-rules/{pk}", response=answers(outputs.Done), summary="修改赔付规则")
def edit_rule(request: ApiRequest, pk: Id, body: RuleIn) -> Any:
    """Change a rule; what was decided by it stays."""
    draft = RuleDraft(**body.model_dump(exclude={"seen"}))
    row = actions.save_rule(draft, rule_id=pk, seen=body.seen, by=request.actor, at=request.now)
    return {"id": row.pk, "version": row.version}


def _rule(rule: orders.RuleFacts) -> dict[str, Any]:
    names = ("id", "name", "subject", "kind", "fen", "percent", "cap_fen", "position", "is_active", "version")
    return {name: getattr(rule, name) for name in names}
