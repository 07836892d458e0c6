"""What was asked, judged and solved around an order: script, first judgement, telephone, complaint and its rules."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import BigIntegerField, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat

from gongdan.catalog import queries as catalog
from gongdan.catalog.rules import name_key
from gongdan.fields.prepared import Prepared
from gongdan.kernel.text import Text, _
from gongdan.orders import rules
from gongdan.orders.models import Chase, CompensationRule, Order, PhoneFix, Preliminary, Relation, ScriptAnswer
from gongdan.people.queries import settings_for


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
    if order.category_id is None:
        return None
    row = Preliminary.objects.filter(order=order.pk).first() or Preliminary()
    return gap(
        needs_preliminary(order.category_id, order.site_id),
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
    """The order that this complaint is about: id, number, due_fen, money_state, technicians. One query."""
    about = Order.objects.filter(later_relations__order=order_id, later_relations__kind=Relation.Kind.COMPLAINT_ABOUT)
    return about.values("id", "number", "status", "due_fen", "money_state", "technician_names").first()


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
    *words, at, by = told
    return None if at is None else PreliminaryFacts(*words, at, by or "")


def complaint_facts(told: tuple[Any, ...]) -> ComplaintFacts | None:
    if told[0] is None:
        return None
    row = dict(zip((name.removeprefix("complaint__").replace("__name", "") for name in COMPLAINT), told, strict=True))
    return ComplaintFacts(
        **row | {name: row[name] or "" for name in ("person", "judged_by", "handled_by", "rule", "decided_by")}
    )


def needs_preliminary(category_id: int, site_id: int) -> bool:
    wanted = {name_key(line) for line in settings_for(site_id).of(rules.NEEDS_PRELIMINARY)}
    row = catalog.category(category_id)
    return not wanted.isdisjoint(name_key(name) for name in (row.code, row.name, *row.aliases))


def gap(is_needed: bool, missing: list[Text]) -> Text | None:  # noqa: FBT001 - the one question it answers
    if not is_needed or not missing:
        return None
    listed = "、".join(str(label) for label in missing)
    return _("初步诊断还缺：{missing}；请先在工单页补填，急修仍可派工", missing=listed)


def notes(order_id: int) -> tuple[tuple[ScriptFacts, ...], tuple[FixFacts, ...], tuple[ChaseFacts, ...]]:
    """What was asked, solved by telephone and chased, in one query: three short tables in one shape."""
    script, fixes, chases = [], [], []
    for kind, pk, one, two, three, number, at, by in _NOTES.rows(order_id, order_id, order_id):
        if kind == "answer":
            script.append(ScriptFacts(number, one, two, at, by or ""))
        elif kind == "fix":
            code, _split, note = two.partition("\n")
            fixes.append(FixFacts(pk, one, code, tuple(json.loads(three)), note, at, by or ""))
        else:
            chases.append(ChaseFacts(number, at, by or "", one, two))
    script.sort(key=lambda row: row.at)
    return (
        tuple(script),
        tuple(sorted(fixes, key=lambda row: row.id)),
        tuple(sorted(chases, key=lambda row: -row.count)),
    )


def _note(rows: QuerySet[Any], kind: str, *, at: str, **shown: Any) -> QuerySet[Any, Any]:
    shape = {"one": TextField, "two": TextField, "three": TextField, "number": BigIntegerField}
    shaped = rows.annotate(
        note_kind=Value(kind, output_field=TextField()),
        **{name: Cast(shown[name], column()) for name, column in shape.items()},
    )
    return shaped.values_list("note_kind", "pk", *shape, at, "by__name")


_NOTES = Prepared(
    lambda asked, solved, chased: _note(
        ScriptAnswer.objects.filter(order=asked),
        "answer",
        one="question",
        two="answer",
        three=Value(""),
        number="question_id",
        at="at",
    ).union(
        _note(
            PhoneFix.objects.filter(order=solved),
            "fix",
            one="reason",
            two=Concat("code", Value("\n"), "note", output_field=TextField()),
            three="steps",
            number=Value(0),
            at="solved_at",
        ),
        _note(
            Chase.objects.filter(order=chased),
            "chase",
            one="content",
            two="answer",
            three=Value(""),
            number="count",
            at="at",
        ),
        all=True,
    ),
    values=3,
)
