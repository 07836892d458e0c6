"""Who takes part and what was asked, judged and solved around an order: script, first judgement, telephone, complaint and its rules."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import BigIntegerField, DateTimeField, F, Max, Min, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat

from gongdan.catalog.rules import name_key
from gongdan.fields.prepared import Prepared
from gongdan.kernel.text import Text, _
from gongdan.orders import rules
from gongdan.orders.models import (
    Chase,
    CompensationRule,
    Hold,
    Order,
    Participant,
    PhoneFix,
    Preliminary,
    Relation,
    ScriptAnswer,
)
from gongdan.people.queries import settings_for


@dataclass(frozen=True, slots=True)
class ParticipantFacts:
    """Who takes, or took, part."""

    user_id: int
    name: str
    part: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class HoldFacts:
    """What stands, or stood, against a later step."""

    id: int
    kind: str
    code: str
    reason: Text
    placed_at: datetime
    placed_by: str
    released_at: datetime | None
    released_by: str


@dataclass(frozen=True, slots=True)
class PreliminaryFacts:
    """The first judgement before a visit (R-065)."""

    background: str
    rough_scope: str
    rough_plan: str
    is_confirmed: bool
    confirmed_with: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class ComplaintFacts:
    """Whom a complaint is about, who is liable, what was done and what the customer gets (R-050)."""

    subject: str
    person_id: int | None
    person: str
    liability: str
    finding: str
    judged_at: datetime | None
    judged_by: str
    handling: str
    outcome: str
    handled_at: datetime | None
    handled_by: str
    rule_id: int | None
    rule: str
    compensation: str
    fen: int
    compensation_reason: str
    decided_at: datetime | None
    decided_by: str

    @property
    def missing(self) -> list[Text]:
        """What is still to be filled in before it is handled."""
        return rules.missing_of_complaint(
            subject=self.subject,
            liability=self.liability,
            handling=self.handling,
            outcome=self.outcome,
            compensation=self.compensation,
        )


@dataclass(frozen=True, slots=True)
class ScriptFacts:
    """One answered question of the script."""

    question_id: int
    question: str
    answer: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class FixFacts:
    """One solution by telephone, with the steps that were read out."""

    id: int
    reason: str
    code: str
    steps: tuple[str, ...]
    note: str
    solved_at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class ChaseFacts:
    """One more call of the customer while his order was open (O-048)."""

    count: int
    at: datetime
    by: str
    content: str
    answer: str


@dataclass(frozen=True, slots=True)
class RuleFacts:
    """A rule of compensation, and what it gives for one complaint: None where the bill is not known yet."""

    id: int
    name: str
    subject: str
    kind: str
    fen: int
    percent: int
    cap_fen: int
    position: int
    is_active: bool
    version: int
    award: rules.Award | None = None


def preliminary_gap(order: Order) -> Text | None:
    """What dispatch should know is missing (R-065): a sentence, or None where nothing is or the category asks for none.

    It never stands against dispatching. At most three queries.
    """
    kind = order.category
    if kind is None:
        return None
    row = Preliminary.objects.filter(order=order.pk).first() or Preliminary()
    return gap(
        needs_preliminary((kind.code, kind.name, *kind.aliases), order.site_id),
        rules.preliminary_gap(row.background, row.rough_scope, row.rough_plan, is_confirmed=row.is_confirmed),
    )


def compensation_rules(
    *, subject: str = "", due_fen: int | None = None, with_inactive: bool = False
) -> list[RuleFacts]:
    """The rules in order; with a `subject` those that hold for it, each with what it gives on a bill of `due_fen`."""
    rows = CompensationRule.objects.all() if with_inactive else CompensationRule.objects.filter(is_active=True)
    if subject:
        rows = rows.filter(subject__in=["", subject])
    names = (
        "id", "name", "subject", "kind", "fen", "percent", "cap_fen", "position", "is_active", "version",
    )  # fmt: skip
    found = []
    for row in rows.order_by("position", "pk").values(*names):
        award = rules.award(
            row["kind"], fen=row["fen"], percent=row["percent"], cap_fen=row["cap_fen"], due_fen=due_fen
        )
        found.append(RuleFacts(**row, award=award))
    return found


def complained_of(order_id: int) -> dict[str, Any] | None:
    """The order that this complaint is about: id, number, due_fen, money_state, technicians. One query.

    `doer_id` is the technician where only one ever worked on it.
    """
    about = Order.objects.filter(later_relations__order=order_id, later_relations__kind=Relation.Kind.COMPLAINT_ABOUT)
    his = Q(participants__part=Participant.Part.TECHNICIAN)
    about = about.annotate(first=Min("participants__user", filter=his), last=Max("participants__user", filter=his))
    columns = ("id", "number", "status", "due_fen", "money_state", "technician_names", "first", "last")
    found = about.values(*columns).first()
    if found is None:
        return None
    told = dict(found)
    first, last = told.pop("first"), told.pop("last")
    return told | {"doer_id": first if first == last else None}


PRELIMINARY = tuple(
    f"preliminary__{name}"
    for name in ("background", "rough_scope", "rough_plan", "is_confirmed", "confirmed_with", "at", "by__name")
)
COMPLAINT = tuple(
    f"complaint__{name}"
    for name in (
        "subject", "person_id", "person__name", "liability", "finding", "judged_at", "judged_by__name", "handling",
        "outcome", "handled_at", "handled_by__name", "rule_id", "rule__name", "compensation", "fen",
        "compensation_reason", "decided_at", "decided_by__name",
    )
)  # fmt: skip


def preliminary_facts(told: tuple[Any, ...]) -> PreliminaryFacts | None:
    background, scope, plan, is_confirmed, confirmed_with, at, by = told
    if at is None:
        return None
    return PreliminaryFacts(background, scope, plan, is_confirmed, confirmed_with, at, by or "")


def complaint_facts(told: tuple[Any, ...]) -> ComplaintFacts | None:
    if told[0] is None:
        return None
    row = dict(zip((name.removeprefix("complaint__").replace("__name", "") for name in COMPLAINT), told, strict=True))
    return ComplaintFacts(
        **row | {name: row[name] or "" for name in ("person", "judged_by", "handled_by", "rule", "decided_by")}
    )


def needs_preliminary(names: Iterable[str], site_id: int) -> bool:
    """Whether the category that goes by these names wants a first judgement before dispatch. One query."""
    wanted = {name_key(line) for line in settings_for(site_id).of(rules.NEEDS_PRELIMINARY)}
    return not wanted.isdisjoint(name_key(name) for name in names)


def gap(is_needed: bool, missing: list[Text]) -> Text | None:  # noqa: FBT001 - the one question it answers
    if not is_needed or not missing:
        return None
    listed = "、".join(str(label) for label in missing)
    return _("初步诊断还缺：{missing}；请先在工单页补填，急修仍可派工", missing=listed)


@dataclass(frozen=True)
class Notes:
    """Who takes part, what stands against it, what was asked, solved by telephone and chased."""

    participants: tuple[ParticipantFacts, ...]
    holds: tuple[HoldFacts, ...]
    script: tuple[ScriptFacts, ...]
    fixes: tuple[FixFacts, ...]
    chases: tuple[ChaseFacts, ...]


def notes(order_id: int) -> Notes:
    """Five short tables in one shape and one query."""
    found: dict[str, list[Any]] = {"part": [], "hold": [], "answer": [], "fix": [], "chase": []}
    for kind, pk, number, one, two, three, at, until, by in sorted(
        _NOTES.rows(*[order_id] * 5), key=lambda row: row[1]
    ):
        row: Any
        if kind == "part":
            row = ParticipantFacts(number, by or "", one, at, until)
        elif kind == "hold":
            placed_by, _split, released_by = two.partition("\n")
            reason = Text.from_json(json.loads(three))
            hold_kind, _split, code = one.partition("\n")
            row = HoldFacts(pk, hold_kind, code, reason, at, placed_by, until, released_by)
        elif kind == "answer":
            row = ScriptFacts(number, one, two, at, by or "")
        elif kind == "fix":
            code, _split, note = two.partition("\n")
            row = FixFacts(pk, one, code, tuple(json.loads(three)), note, at, by or "")
        else:
            row = ChaseFacts(number, at, by or "", one, two)
        found[kind].append(row)
    found["part"].sort(key=lambda row: row.since)
    found["answer"].sort(key=lambda row: row.at)
    found["chase"].reverse()
    return Notes(*(tuple(rows) for rows in found.values()))


def _note(rows: QuerySet[Any], kind: str, *, at: str, by: str = "by__name", **shown: Any) -> QuerySet[Any, Any]:
    """The rows of a table in the shape of all: kind, id, a number, three texts, from when, until when, who."""
    nothing = {"number": Value(0), "one": Value(""), "two": Value(""), "three": Value(""), "until": Value(None)}
    given = nothing | shown
    shaped: QuerySet[Any, Any] = rows.annotate(
        note_kind=Value(kind, output_field=TextField()),
        number=Cast(given["number"], BigIntegerField()),
        **{name: Cast(given[name], TextField()) for name in ("one", "two", "three")},
        begun=F(at),
        ended=Cast(given["until"], DateTimeField(null=True)),
        named=F(by) if by else Value("", output_field=TextField()),
    )
    told: QuerySet[Any, Any] = shaped.values_list(
        "note_kind", "pk", "number", "one", "two", "three", "begun", "ended", "named"
    )
    return told


def _pair(first: str, second: str) -> Concat:
    return Concat(first, Value("\n"), second, output_field=TextField())


_NOTES = Prepared(
    lambda part, hold, asked, solved, chased: _note(
        Participant.objects.filter(order=part),
        "part",
        number="user_id",
        one="part",
        at="since",
        until="until",
        by="user__name",
    ).union(
        _note(
            Hold.objects.filter(order=hold),
            "hold",
            one=_pair("kind", "code"),
            two=_pair("placed_by_name", "released_by_name"),
            three="reason",
            at="placed_at",
            until="released_at",
            by="",
        ),
        _note(
            ScriptAnswer.objects.filter(order=asked),
            "answer",
            number="question_id",
            one="question",
            two="answer",
            at="at",
        ),
        _note(
            PhoneFix.objects.filter(order=solved),
            "fix",
            one="reason",
            two=_pair("code", "note"),
            three="steps",
            at="solved_at",
        ),
        _note(Chase.objects.filter(order=chased), "chase", number="count", one="content", two="answer", at="at"),
        all=True,
    ),
    *[int] * 5,
)
