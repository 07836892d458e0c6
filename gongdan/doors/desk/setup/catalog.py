"""启用准备 › 品类与故障: categories, brands, models, faults, scripts and words, each a list and a sheet."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods, require_safe

from gongdan.catalog import access, actions, queries
from gongdan.catalog.states import (
    APOLOGY_KIND_LABELS,
    BASIS_LABELS,
    MODE_LABELS,
    QUESTION_KIND_LABELS,
    SIDE_LABELS,
    STEP_LABELS,
    USUAL_MODE_LABELS,
    ApologyKind,
    Basis,
    Mode,
    QuestionKind,
    Side,
    Step,
    UsualMode,
)
from gongdan.doors.desk.history import history
from gongdan.doors.desk.setup.catalog_forms import (
    AdviceForm,
    ApologyForm,
    BrandForm,
    CategoryForm,
    FaultForm,
    ForbiddenForm,
    ModelForm,
    PhraseForm,
    QuestionForm,
    category_choices,
)
from gongdan.doors.desk.setup.pages import Group, Sheet, listed, saved, words_of
from gongdan.doors.desk.setup.sites import in_use
from gongdan.doors.kit import forms
from gongdan.doors.kit.lists import Listing
from gongdan.doors.kit.middleware import StaffRequest
from gongdan.doors.kit.render import seen_version
from gongdan.doors.kit.spoken import sentence
from gongdan.doors.kit.tables import Column
from gongdan.kernel.errors import Missing

MOST = 300
WORDS: dict[str, Mapping[Any, object]] = {
    "default_mode": MODE_LABELS,
    "side": SIDE_LABELS,
}
STATE = Column("state", lazy("状态"), kind="badge")


class PartListing(Listing):
    """Search in one part of the catalogue."""

    q = forms.Line(lazy("查找"), max_length=40, placeholder=lazy("名称、首字母、代码"))
    category = forms.Choice(
        lazy("品类"),
        choices=category_choices,
        coerce=int,
        empty_value=None,
        required=False,
        empty_label=lazy("全部品类"),
    )


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the catalogue: how it is listed, read and written. `fixed` are set once and never changed."""

    title: Any
    one: Any
    kind: str
    columns: Sequence[Column]
    rows: Callable[[PartListing], list[dict[str, Any]]]
    load: Callable[[int], Any]
    form: type[forms.KitForm]
    start: dict[str, Any]
    add: Callable[..., Any]
    edit: Callable[..., Any]
    fixed: Sequence[str] = ()
    lists: Sequence[str] = ()  # typed as words with 、 between
    lines: Sequence[str] = ()  # typed one a line
    is_searched: bool = True


def _category_rows(listing: PartListing) -> list[dict[str, Any]]:
    return [
        {
            "id": row.pk,
            "name": row.name,
            "aliases": "、".join(row.aliases),
            "mode": MODE_LABELS[Mode(row.default_mode)],
            "flags": "、".join(
                str(label)
                for has, label in (
                    (row.needs_installation, _("需安装调试")),
                    (row.has_journal, _("有流水")),
                    (row.has_cash_box, _("有钱箱")),
                )
                if has
            ),
            "state": in_use(is_active=row.is_active),
        }
        for row in queries.categories(with_inactive=True)
    ]


def _brand_rows(listing: PartListing) -> list[dict[str, Any]]:
    return [
        {"id": row.pk, "name": row.name, "aliases": "、".join(row.aliases), "state": in_use(is_active=row.is_active)}
        for row in queries.brands(listing.chosen.q, limit=MOST, with_inactive=True)
    ]


def _model_rows(listing: PartListing) -> list[dict[str, Any]]:
    chosen = listing.chosen
    return [
        {
            "id": row.pk,
            "name": row.name,
            "brand": row.brand.name,
            "category": row.category.name,
            "spec": row.spec,
            "state": in_use(is_active=row.is_active),
        }
        for row in queries.product_models(chosen.q, category_id=chosen.category, limit=MOST, with_inactive=True)
    ]


def _fault_rows(listing: PartListing) -> list[dict[str, Any]]:
    chosen = listing.chosen
    return [
        {
            "id": row.id,
            "code": row.code,
            "category": row.category,
            "symptom": row.symptom,
            "error_code": row.error_code,
            "part": row.part,
            "mode": USUAL_MODE_LABELS[UsualMode(row.usual_mode)],
            "basis": BASIS_LABELS[Basis(row.basis)],
            "state": in_use(is_active=row.is_active),
        }
        for row in queries.faults(chosen.category, chosen.q, MOST, with_inactive=True)
    ]


def _question_rows(listing: PartListing) -> list[dict[str, Any]]:
    return [
        {
            "id": row.pk,
            "category": row.category.name if row.category else _("所有品类"),
            "text": row.text,
            "kind": QUESTION_KIND_LABELS[QuestionKind(row.kind)],
            "choices": "、".join(row.choices),
            "state": in_use(is_active=row.is_active),
        }
        for row in queries.all_questions()
    ]


def _advice_rows(listing: PartListing) -> list[dict[str, Any]]:
    return [
        {
            "id": row.pk,
            "category": row.category.name,
            "words": row.words,
            "meaning": row.meaning,
            "side": SIDE_LABELS[Side(row.side)],
            "basis": BASIS_LABELS[Basis(row.basis)],
            "state": in_use(is_active=row.is_active),
        }
        for row in queries.all_advice(listing.chosen.q, listing.chosen.category)
    ]


def _forbidden_rows(listing: PartListing) -> list[dict[str, Any]]:
    return [
        {"id": row.pk, "word": row.word, "state": in_use(is_active=row.is_active)}
        for row in queries.forbidden_words(with_inactive=True)
    ]


def _apology_rows(listing: PartListing) -> list[dict[str, Any]]:
    return [
        {
            "id": row.pk,
            "kind": APOLOGY_KIND_LABELS[ApologyKind(row.kind)],
            "text": row.text,
            "state": in_use(is_active=row.is_active),
        }
        for row in queries.apologies(with_inactive=True)
    ]


def _phrase_rows(listing: PartListing) -> list[dict[str, Any]]:
    return [
        {
            "id": row.pk,
            "step": STEP_LABELS[Step(row.step)],
            "text": row.text,
            "state": in_use(is_active=row.is_active),
        }
        for row in queries.phrases(with_inactive=True)
    ]


PARTS: dict[str, Part] = {
    "categories": Part(
        lazy("品类"), lazy("新增品类"), "catalog.category",
        [
            Column("name", lazy("名称"), lead=True), Column("mode", lazy("默认服务方式")),
            Column("flags", lazy("特点")), Column("aliases", lazy("别名"), grow=True), STATE,
        ],
        _category_rows, queries.category, CategoryForm,
        {
            "default_mode": Mode.ON_SITE, "part_wait_days": 90, "long_minutes": 120, "position": 100, "is_active": True,
        },
        actions.add_category, actions.edit_category, fixed=["code"], lists=["aliases"], is_searched=False,
    ),
    "brands": Part(
        lazy("品牌"), lazy("新增品牌"), "catalog.brand",
        [Column("name", lazy("名称"), lead=True), Column("aliases", lazy("别名"), grow=True), STATE],
        _brand_rows, queries.brand, BrandForm, {"is_active": True}, actions.add_brand, actions.edit_brand,
        lists=["aliases"],
    ),
    "models": Part(
        lazy("型号"), lazy("新增型号"), "catalog.productmodel",
        [
            Column("name", lazy("型号"), kind="code", lead=True), Column("brand", lazy("品牌")),
            Column("category", lazy("品类")), Column("spec", lazy("规格"), grow=True), STATE,
        ],
        _model_rows, queries.product_model, ModelForm, {"is_active": True}, actions.add_model, actions.edit_model,
        fixed=["category_id", "brand_id"],
    ),
    "faults": Part(
        lazy("故障"), lazy("新增故障"), "catalog.fault",
        [
            Column("code", lazy("编号"), kind="code"), Column("category", lazy("品类")),
            Column("symptom", lazy("故障现象"), lead=True, grow=True), Column("error_code", lazy("故障代码"), kind="code"),
            Column("part", lazy("配件")), Column("mode", lazy("通常方式")), Column("basis", lazy("依据"), narrow=True), STATE,
        ],
        _fault_rows, queries.fault, FaultForm, {"usual_mode": UsualMode.ON_SITE, "is_active": True},
        actions.add_fault, actions.edit_fault, fixed=["category_id"],
    ),
    "questions": Part(
        lazy("询问"), lazy("新增询问"), "catalog.question",
        [
            Column("category", lazy("品类")), Column("text", lazy("要问的话"), lead=True, grow=True),
            Column("kind", lazy("答法")), Column("choices", lazy("选项")), STATE,
        ],
        _question_rows, queries.question, QuestionForm,
        {"kind": QuestionKind.TEXT, "position": 100, "is_active": True}, actions.add_question, actions.edit_question,
        fixed=["category_id"], lists=["choices"], is_searched=False,
    ),
    "phrases": Part(
        lazy("用语"), lazy("新增用语"), "catalog.phrase",
        [Column("step", lazy("步骤")), Column("text", lazy("用语"), lead=True, grow=True), STATE],
        _phrase_rows, queries.phrase, PhraseForm, {"step": Step.ANSWER, "position": 100, "is_active": True},
        actions.add_phrase, actions.edit_phrase, is_searched=False,
    ),
    "apologies": Part(
        lazy("道歉用语"), lazy("新增道歉用语"), "catalog.apology",
        [Column("kind", lazy("场合")), Column("text", lazy("用语"), lead=True, grow=True), STATE],
        _apology_rows, queries.apology, ApologyForm, {"kind": ApologyKind.DELAY, "position": 100, "is_active": True},
        actions.add_apology, actions.edit_apology, is_searched=False,
    ),
    "advice": Part(
        lazy("处理建议"), lazy("新增处理建议"), "catalog.codeadvice",
        [
            Column("category", lazy("品类")), Column("words", lazy("代码或现象"), lead=True),
            Column("meaning", lazy("含义"), grow=True), Column("side", lazy("处理方式")),
            Column("basis", lazy("依据"), narrow=True), STATE,
        ],
        _advice_rows, queries.advice, AdviceForm, {"side": Side.PHONE, "position": 100, "is_active": True},
        actions.add_advice, actions.edit_advice, fixed=["category_id"], lines=["questions", "steps"],
    ),
    "forbidden": Part(
        lazy("禁用语"), lazy("新增禁用语"), "catalog.forbiddenword",
        [Column("word", lazy("禁用语"), lead=True, grow=True), STATE],
        _forbidden_rows, queries.forbidden_word, ForbiddenForm, {"is_active": True},
        actions.add_forbidden_word, actions.edit_forbidden_word, is_searched=False,
    ),
}  # fmt: skip


@require_safe
def catalog(request: StaffRequest, part: str = "categories") -> HttpResponse:
    """The rows of one part."""
    request.actor.require(access.EDIT)
    shown = _part(part)
    listing = PartListing(request.GET)
    if part == "brands":
        del listing.fields["category"]
    rows = [row | {"url": reverse("desk:setup-catalog-row", args=[part, row["id"]])} for row in shown.rows(listing)]
    counts = queries.counts()
    return listed(
        request,
        str(shown.title),
        shown.columns,
        rows,
        listing=listing if shown.is_searched else None,
        add=reverse("desk:setup-catalog-add", args=[part]),
        add_label=str(shown.one),
        trail=[(_("品类与故障"), "")],
        tabs=[
            (str(one.title), reverse("desk:setup-catalog-part", args=[name]), name == part, counts[name])
            for name, one in PARTS.items()
        ],
        note=_("只显示前 %(most)s 行，请用上面的查找缩小范围") % {"most": MOST} if len(rows) == MOST else "",
    )


@require_http_methods(["GET", "POST"])
def add(request: StaffRequest, part: str) -> HttpResponse:
    """A new row."""
    request.actor.require(access.EDIT)
    shown = _part(part)
    form = shown.form(request.POST if request.method == "POST" else None, initial=shown.start)

    def save(values: dict[str, Any]) -> int:
        row = shown.add(**_read(shown, values), by=request.actor, at=request.now)
        return int(row.pk)

    sheet = _sheet(part, shown, str(shown.one), reverse("desk:setup-catalog-add", args=[part]), form)
    return saved(request, form, sheet, save, verb=f"{shown.kind}.add")


@require_http_methods(["GET", "POST"])
def row(request: StaffRequest, part: str, pk: int) -> HttpResponse:
    """Change a row."""
    request.actor.require(access.EDIT)
    shown = _part(part)
    found = shown.load(pk)
    names = [name for name in shown.form.base_fields if name not in shown.fixed]
    form = shown.form(
        request.POST if request.method == "POST" else None, initial={name: getattr(found, name) for name in names}
    )
    for name in shown.fixed:
        del form.fields[name]

    def save(values: dict[str, Any]) -> None:
        shown.edit(pk, seen=seen_version(request), **_read(shown, values), by=request.actor, at=request.now)

    sheet = _sheet(part, shown, str(found), reverse("desk:setup-catalog-row", args=[part, pk]), form)
    sheet.seen = found.version
    sheet.entries = history(shown.kind, pk, request.actor, words=WORDS)
    return saved(request, form, sheet, save)


def _part(name: str) -> Part:
    if name not in PARTS:
        raise Missing
    return PARTS[name]


def _read(part: Part, values: dict[str, Any]) -> dict[str, Any]:
    lines = {name: [line for row in values[name].split("\n") if (line := row.strip())] for name in part.lines}
    return values | {name: words_of(values[name]) for name in part.lists} | lines


def _sheet(name: str, part: Part, title: str, action: str, form: forms.KitForm) -> Sheet:
    back = reverse("desk:setup-catalog-part", args=[name])
    return Sheet(
        title=title,
        action=action,
        to=back,
        trail=[(_("品类与故障"), reverse("desk:setup-catalog")), (sentence(part.title), back)],
        groups=[Group(list(form.fields), columns=3)],
        draft=action,
    )
