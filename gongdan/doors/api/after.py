"""After the work: call-backs, the messages before them, surveys, feedback, improvements and 服务跟踪."""

from __future__ import annotations

from typing import Annotated, Any

from ninja import Query, Router
from ninja import Status as Answer
from pydantic import Field

from gongdan.doors.api import fields, outputs
from gongdan.doors.api.auth import ApiRequest
from gongdan.doors.api.fields import Input
from gongdan.doors.api.intake import Id, Key, Number, answers, done, find
from gongdan.doors.api.once import once
from gongdan.followup import access, actions, queries
from gongdan.followup.actions import FeedbackDraft, ImprovementDraft, ResultDraft
from gongdan.kernel.errors import Missing
from gongdan.kernel.text import Text

router = Router(tags=["回访 follow-up"])
Code = Annotated[str, Field(max_length=20, pattern="^[a-z0-9_]+$")]
Score = Annotated[int, Field(ge=1, le=5)]
Scores = Annotated[dict[Annotated[str, Field(max_length=100)], Score], Field(max_length=60)]
Essay = Annotated[str, Field(max_length=2000)]


class CallIn(Input):
    """What the customer said; `label` is the 维修状态 that drives the order, `survey` the scores of its items."""

    content: fields.Paragraph
    is_fixed: bool
    label: Code
    is_on_time: bool | None = None
    price_matched: bool | None = None
    score: Score | None = None
    suggestion: fields.Paragraph = ""
    next_at: fields.Moment | None = None
    survey: Scores = {}
    survey_remark: fields.Paragraph = ""
    call_id: fields.Id | None = None
    seen: fields.Version | None = None


class CallAnswerIn(Input):
    """好了 (`fixed`), 没好 (`broken`) or 没接 (`missed`): everything else follows from it."""

    answer: Annotated[str, Field(pattern="^(fixed|broken|missed)$")]
    content: fields.Paragraph = ""
    score: Score | None = None
    survey: Scores = {}
    survey_remark: fields.Paragraph = ""
    call_id: fields.Id | None = None
    seen: fields.Version | None = None


class UnreachedIn(Input):
    """A try without reaching the customer, and when the next one is due."""

    result: Annotated[str, Field(pattern="^(no_answer|rejected|dead_number|switched_off)$")]
    next_at: fields.Moment | None = None
    note: fields.Paragraph = ""
    call_id: fields.Id | None = None


class GiveUpIn(Input):
    """Which call of the order, where it has several."""

    call_id: fields.Id | None = None


class MessageIn(fields.Seen):
    """Other words of a message."""

    text: fields.Paragraph


class ReplyIn(Input):
    """What the customer answered to the message, and in which words."""

    is_good: bool
    words: Annotated[str, Field(max_length=500)] = ""


class SurveyIn(Input):
    """Scores by item."""

    scores: Scores
    remark: fields.Paragraph = ""


class TrackIn(Input):
    """彻底解决 or not."""

    is_resolved: bool
    evaluation: Essay
    lesson: Essay = ""
    is_publishable: bool = False


class FeedbackIn(Input):
    """What a customer thinks; without an owner it is the caller's."""

    content: fields.Paragraph
    channel: fields.Line
    kind: Code = "suggestion"
    order_number: fields.Short = ""
    contact: fields.Short = ""
    owner_id: fields.Id | None = None
    due_on: fields.Day | None = None


class FeedbackStep(fields.Seen):
    """How far a feedback is, and whose it is."""

    state: Code
    owner_id: fields.Id | None = None
    due_on: fields.Day | None = None
    outcome: fields.Paragraph = ""


class ImprovementIn(Input):
    """Finding, measure, owner and day; perhaps out of the survey of an order, or a feedback."""

    finding: fields.Paragraph
    measure: fields.Paragraph
    owner_id: fields.Id
    due_on: fields.Day
    survey_of: fields.Short = ""
    feedback_id: fields.Id | None = None


class ImprovementEdit(ImprovementIn):
    """The same, over the version seen."""

    seen: fields.Version


class OutcomeIn(fields.Seen):
    """What came of it."""

    outcome: fields.Paragraph


class LabelIn(Input):
    """A 维修状态, and what it does to the order."""

    name: fields.Short
    effect: Code


class LabelEdit(LabelIn):
    """All of a label, over the version seen."""

    position: Annotated[int, Field(ge=0, le=10_000)]
    is_active: bool
    seen: fields.Version


class PeriodicIn(Input):
    """The days of calls of a kind of work, of one category or of all others."""

    kind: Code
    category_id: fields.Id | None = None
    days: Annotated[list[Annotated[int, Field(ge=0, le=10000)]], Field(max_length=60)]
    for_households: bool = False
    is_active: bool = True
    seen: fields.Version | None = None


@router.get("/repair-labels", response=answers(list[dict[str, Any]]), summary="维修状态")
def list_labels(request: ApiRequest) -> Any:
    """The labels of a call-back with what each does to the order, those that are retired last (R-185)."""
    request.actor.require(access.VIEW)
    return [_label(row) for row in queries.all_labels()]


@router.post("/repair-labels", response=answers(dict[str, Any], 201), summary="新增维修状态")
def add_label(request: ApiRequest, body: LabelIn, key: Key = "") -> Any:
    """One more label, at the end of the list."""

    def run() -> dict[str, Any]:
        return _label(actions.add_label(body.name, body.effect, by=request.actor, at=request.now))

    return Answer(201, once(request, "followup.add_label", body, run))


@router.put("/repair-labels/{pk}", response=answers(dict[str, Any]), summary="修改维修状态")
def edit_label(request: ApiRequest, pk: Id, body: LabelEdit) -> Any:
    """Rename, move or retire a label."""
    return _label(actions.edit_label(pk, **body.model_dump(), by=request.actor, at=request.now))


@router.get("/calls", response=answers(dict[str, Any]), summary="待回访列表")
def list_due(
    request: ApiRequest,
    scope: Annotated[str, Query(pattern="^(today|all|answers|later)$")] = "today",
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> Any:
    """The calls to make, by risk and then by time, with the reasons."""
    request.actor.require(access.CALL)
    rows = queries.station(request.actor, now=request.now, scope=scope, limit=limit).rows
    return {"rows": [_call_row(row) for row in rows], "unposted": queries.unposted(request.actor)}


@router.get("/orders/{number}/call-backs", response=answers(list[dict[str, Any]]), summary="回访记录")
def list_calls(request: ApiRequest, number: Number) -> Any:
    """All call-backs of an order."""
    request.actor.require(access.VIEW)
    order = find(request.actor, number)
    return [
        {
            "id": c.pk,
            "kind": c.kind,
            "step": c.step,
            "state": c.state,
            "due_at": c.due_at.isoformat(),
            "risk": c.risk,
            "reasons": [str(Text.from_json(reason)) for reason in c.risk_reasons],
            "message": c.message_state,
            "attempts": c.attempts,
            "is_fixed": c.is_fixed,
            "score": c.score,
            "content": c.content,
            "label": c.label.name if c.label else "",
            "version": c.version,
        }
        for c in queries.calls_of(order.pk)
    ]


@router.post("/orders/{number}/call-result", response=answers(outputs.Done), summary="回访结果")
def record_call(request: ApiRequest, number: Number, body: CallIn, key: Key = "") -> Any:
    """What the customer said; the chosen 维修状态 drives the order (R-184)."""
    order = find(request.actor, number)
    draft = ResultDraft(**body.model_dump(exclude={"seen", "call_id"}))

    def run() -> dict[str, Any]:
        actions.record_result(order.pk, draft, call_id=body.call_id, seen=body.seen, by=request.actor, at=request.now)
        return done(find(request.actor, number))

    return once(request, "followup.result", body, run)


@router.post("/orders/{number}/call-answer", response=answers(dict[str, Any]), summary="一键回访：好了、没好、没接")
def record_answer(request: ApiRequest, number: Number, body: CallAnswerIn, key: Key = "") -> Any:
    """One word for a call; `opened` names the order that a 没好 opened, `due_at` when the next try is, `counted` whether this one does."""
    order = find(request.actor, number)
    typed = ResultDraft(
        body.content, None, "", score=body.score, survey=body.survey, survey_remark=body.survey_remark
    )  # fmt: skip

    def run() -> dict[str, Any]:
        outcome = actions.record_answer(
            order.pk,
            body.answer,
            typed=typed,
            call_id=body.call_id,
            seen=body.seen,
            by=request.actor,
            at=request.now,
        )
        call = outcome.call
        due = call.due_at.isoformat() if call.state == "due" else ""
        said = {"opened": outcome.opened, "call": call.state, "due_at": due, "counted": outcome.is_counted}
        return done(find(request.actor, number)) | said

    return once(request, "followup.answer", body, run)


@router.post("/orders/{number}/call-unreached", response=answers(outputs.Done, 201), summary="回访未接通")
def log_unreached(request: ApiRequest, number: Number, body: UnreachedIn, key: Key = "") -> Any:
    """One more try without reaching the customer (R-063). Before the agreed time it does not count (O-056)."""
    order = find(request.actor, number)

    def run() -> dict[str, Any]:
        outcome = actions.log_unreached(
            order.pk,
            result=body.result,
            next_at=body.next_at,
            note=body.note,
            call_id=body.call_id,
            by=request.actor,
            at=request.now,
        )
        return {"id": outcome.call.pk, "number": order.number, "version": outcome.call.version}

    return Answer(201, once(request, "followup.unreached", body, run))


@router.post("/orders/{number}/give-up-call", response=answers(outputs.Done), summary="未接通结案")
def give_up(request: ApiRequest, number: Number, body: GiveUpIn | None = None) -> Any:
    """Close after enough tries without reaching the customer (O-056)."""
    order = find(request.actor, number)
    actions.give_up(order.pk, call_id=body.call_id if body else None, by=request.actor, at=request.now)
    return done(find(request.actor, number))


@router.get("/follow-up-messages", response=answers(list[dict[str, Any]]), summary="回访短信")
def list_messages(request: ApiRequest, scope: Annotated[str, Query(pattern="^(to_send|sent)$")] = "to_send") -> Any:
    """What is to be sent by now, or what waits for an answer."""
    request.actor.require(access.CALL)
    names = ("id", "number", "phone", "text", "state", "version")
    rows = queries.messages(request.actor, now=request.now, scope=scope, limit=100).rows
    return [{name: row[name] for name in names} | {"due_at": row["due_at"].isoformat()} for row in rows]


@router.post("/follow-up-messages/{pk}/text", response=answers(outputs.Done), summary="修改回访短信")
def edit_message(request: ApiRequest, pk: Id, body: MessageIn) -> Any:
    """Other words, before it is sent."""
    row = actions.edit_message(pk, body.text, seen=body.seen, by=request.actor, at=request.now)
    return {"id": row.pk, "status": row.state, "version": row.version}


@router.post("/follow-up-messages/{pk}/sent", response=answers(outputs.Done), summary="短信已发")
def mark_sent(request: ApiRequest, pk: Id, key: Key = "") -> Any:
    """It went out; now the call waits for the answer (O-056)."""

    def run() -> dict[str, Any]:
        row = actions.mark_sent(pk, by=request.actor, at=request.now)
        return {"id": row.pk, "status": row.state, "version": row.version}

    return once(request, "followup.sent", {"id": pk}, run)


@router.post("/follow-up-messages/{pk}/reply", response=answers(dict[str, Any]), summary="客户回复短信")
def answer_message(request: ApiRequest, pk: Id, body: ReplyIn, key: Key = "") -> Any:
    """好 closes, 不好 is called at once (O-056)."""

    def run() -> dict[str, Any]:
        call = actions.answer_message(pk, is_good=body.is_good, words=body.words, by=request.actor, at=request.now)
        return {"call": call.pk, "state": call.state, "risk": call.risk, "due_at": call.due_at.isoformat()}

    return once(request, "followup.reply", body, run)


@router.get("/orders/{number}/survey", response=answers(dict[str, Any]), summary="满意度调查结果")
def get_survey(request: ApiRequest, number: Number) -> Any:
    """The scores that the customer gave. 404: it was not asked yet."""
    request.actor.require(access.VIEW)
    row = queries.survey_of(find(request.actor, number).pk)
    if row is None:
        raise Missing
    return {"id": row.pk, "scores": row.scores, "remark": row.remark, "channel": row.channel, "at": row.at.isoformat()}


@router.post("/orders/{number}/survey", response=answers(dict[str, Any], 201), summary="记录满意度调查")
def record_survey(request: ApiRequest, number: Number, body: SurveyIn, key: Key = "") -> Any:
    """Once per order (R-189)."""
    order = find(request.actor, number)

    def run() -> dict[str, Any]:
        row = actions.record_survey(order.pk, body.scores, remark=body.remark, by=request.actor, at=request.now)
        return {"id": row.pk, "scores": row.scores}

    return Answer(201, once(request, "followup.survey", body, run))


@router.post("/orders/{number}/tracking", response=answers(dict[str, Any], 201), summary="服务跟踪：彻底解决")
def track(request: ApiRequest, number: Number, body: TrackIn, key: Key = "") -> Any:
    """No sends the order back to dispatch (R-193)."""
    order = find(request.actor, number)

    def run() -> dict[str, Any]:
        row = actions.track(order.pk, **body.model_dump(), by=request.actor, at=request.now)
        return {"tracking": row.pk} | done(find(request.actor, number))

    return Answer(201, once(request, "followup.track", body, run))


@router.get("/lessons", response=answers(list[dict[str, Any]]), summary="可公开的经验")
def list_lessons(request: ApiRequest) -> Any:
    """The lessons of 服务跟踪 that others may read."""
    request.actor.require(access.VIEW)
    return [row | {"at": row["at"].isoformat()} for row in queries.lessons(request.actor)]


@router.get("/feedback", response=answers(list[dict[str, Any]]), summary="用户反馈")
def list_feedback(request: ApiRequest, scope: Annotated[str, Query(pattern="^(open|mine|all)$")] = "open") -> Any:
    """Opinions and suggestions with owner and state (R-190)."""
    if not request.actor.may(access.CALL):
        request.actor.require(access.VIEW)
    return [_dated(row) for row in queries.feedback_rows(request.actor, now=request.now, scope=scope)]


@router.post("/feedback", response=answers(outputs.Done, 201), summary="登记用户反馈")
def add_feedback(request: ApiRequest, body: FeedbackIn, key: Key = "") -> Any:
    """Write one down."""

    def run() -> dict[str, Any]:
        row = actions.add_feedback(FeedbackDraft(**body.model_dump()), by=request.actor, at=request.now)
        return {"id": row.pk, "status": row.state, "version": row.version}

    return Answer(201, once(request, "followup.feedback", body, run))


@router.post("/feedback/{pk}", response=answers(outputs.Done), summary="处理用户反馈")
def move_feedback(request: ApiRequest, pk: Id, body: FeedbackStep) -> Any:
    """Hand it on, begin it, finish or decline it."""
    row = actions.move_feedback(pk, **body.model_dump(), by=request.actor, at=request.now)
    return {"id": row.pk, "status": row.state, "version": row.version}


@router.get("/improvements", response=answers(dict[str, Any]), summary="改进事项")
def list_improvements(request: ApiRequest, scope: Annotated[str, Query(pattern="^(open|done|all)$")] = "open") -> Any:
    """The list, and the report of what is open (R-191)."""
    if not request.actor.may(access.IMPROVE):
        request.actor.require(access.VIEW)
    rows = queries.improvement_rows(request.actor, now=request.now, scope=scope)
    return {"rows": [_dated(row) for row in rows], "report": queries.open_improvements(request.actor, now=request.now)}


@router.post("/improvements", response=answers(outputs.Done, 201), summary="登记改进事项")
def add_improvement(request: ApiRequest, body: ImprovementIn, key: Key = "") -> Any:
    """A finding and its measure."""

    def run() -> dict[str, Any]:
        row = actions.add_improvement(ImprovementDraft(**body.model_dump()), by=request.actor, at=request.now)
        return {"id": row.pk, "version": row.version}

    return Answer(201, once(request, "followup.improvement", body, run))


@router.put("/improvements/{pk}", response=answers(outputs.Done), summary="修改改进事项")
def edit_improvement(request: ApiRequest, pk: Id, body: ImprovementEdit) -> Any:
    """Change finding, measure, owner or day."""
    draft = ImprovementDraft(**body.model_dump(exclude={"seen"}))
    row = actions.edit_improvement(pk, draft, seen=body.seen, by=request.actor, at=request.now)
    return {"id": row.pk, "version": row.version}


@router.post("/improvements/{pk}/done", response=answers(outputs.Done), summary="完成改进事项")
def finish_improvement(request: ApiRequest, pk: Id, body: OutcomeIn) -> Any:
    """It is done, and this came of it."""
    row = actions.finish_improvement(pk, body.outcome, seen=body.seen, by=request.actor, at=request.now)
    return {"id": row.pk, "version": row.version}


@router.get("/periodic-calls", response=answers(list[dict[str, Any]]), summary="定期回访的天数")
def list_periodic(request: ApiRequest) -> Any:
    """On which days customers are called after installation and maintenance (R-188)."""
    request.actor.require(access.VIEW)
    return queries.periodic_rules()


@router.put("/periodic-calls", response=answers(outputs.Done), summary="设置定期回访")
def save_periodic(request: ApiRequest, body: PeriodicIn) -> Any:
    """Set the days of a kind, of one category or of all others."""
    row = actions.save_periodic(**body.model_dump(), by=request.actor, at=request.now)
    return {"id": row.pk, "version": row.version}


def _label(row: Any) -> dict[str, Any]:
    names = ("code", "name", "effect", "position", "is_active", "version")
    return {"id": row.pk} | {name: getattr(row, name) for name in names}


def _call_row(row: dict[str, Any]) -> dict[str, Any]:
    names = ("id", "number", "kind", "step", "risk", "attempts", "contact_name", "device_text", "technician_names")
    return {name: row[name] for name in names} | {
        "customer": row["customer__name"],
        "due_at": row["due_at"].isoformat(),
        "message": row["message_state"],
        "asked_first": row["asked_first"],
        "reasons": [str(Text.from_json(reason)) for reason in row["risk_reasons"]],
    }


def _dated(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in row.items()}
