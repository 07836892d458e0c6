"""What a shop adds to the catalogue and changes in it: categories, brands, models, faults, scripts and days."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction

from gongdan.audit.actions import record
from gongdan.catalog import access, rules, states
from gongdan.catalog.actions.writing import Kind, dangling, others, unknown_word
from gongdan.catalog.events import Verb
from gongdan.catalog.models import Brand, CalendarDay, Category, ErrorCode, Fault, Phrase, ProductModel, Question
from gongdan.fields import overlong
from gongdan.kernel.actor import Actor
from gongdan.kernel.edits import refuse
from gongdan.kernel.errors import Invalid
from gongdan.kernel.pinyin import initials
from gongdan.kernel.text import _

MOST_MINUTES = 60 * 24 * 7  # of long handling


@transaction.atomic
def add_category(*, code: str, name: str, by: Actor, at: datetime, **fields: Any) -> Category:
    """A new category. Refused: the code or name is missing or taken."""
    return _CATEGORY.add(fields | {"name": name}, code=code.strip(), by=by, at=at)


@transaction.atomic
def edit_category(category_id: int, *, seen: int, by: Actor, at: datetime, **fields: Any) -> Category:
    """Change a category. Refused: the name is taken, or somebody saved meanwhile."""
    return _CATEGORY.edit(category_id, fields, seen=seen, by=by, at=at)


@transaction.atomic
def add_brand(*, name: str, by: Actor, at: datetime, **fields: Any) -> Brand:
    """A new brand. Refused: the name is missing, or a brand already goes by one of its names."""
    return _BRAND.add(fields | {"name": name}, by=by, at=at)


@transaction.atomic
def edit_brand(brand_id: int, *, seen: int, by: Actor, at: datetime, **fields: Any) -> Brand:
    """Change a brand. Refused: another brand goes by one of its names, or somebody saved meanwhile."""
    return _BRAND.edit(brand_id, fields, seen=seen, by=by, at=at)


@transaction.atomic
def add_model(*, category_id: int, brand_id: int, name: str, by: Actor, at: datetime, **fields: Any) -> ProductModel:
    """A new model. Refused: the name is missing, or the brand has it already in this category."""
    return _MODEL.add(fields | {"name": name}, category_id=category_id, brand_id=brand_id, by=by, at=at)


@transaction.atomic
def edit_model(model_id: int, *, seen: int, by: Actor, at: datetime, **fields: Any) -> ProductModel:
    """Change a model. Refused: the name is taken, or somebody saved meanwhile."""
    return _MODEL.edit(model_id, fields, seen=seen, by=by, at=at)


@transaction.atomic
def add_fault(*, category_id: int, symptom: str, by: Actor, at: datetime, **fields: Any) -> Fault:
    """A new known fault; its code is the next free one. Refused: the symptom is missing."""
    by.require(access.EDIT)
    typed = fields | {"symptom": symptom}
    row = _FAULT.add(typed, category_id=category_id, code=_next_fault_code(), by=by, at=at)
    write_error_codes([row])
    return row


@transaction.atomic
def edit_fault(fault_id: int, *, seen: int, by: Actor, at: datetime, **fields: Any) -> Fault:
    """Change a known fault, and what its error codes are found by. Refused: somebody saved meanwhile."""
    row = _FAULT.edit(fault_id, fields, seen=seen, by=by, at=at)
    if row.version != seen:
        row.error_codes.all().delete()
        write_error_codes([row])
    return row


@transaction.atomic
def keep_fault_counts(counts: Mapping[int, int]) -> int:
    """Deposited by the orders: how often each fault was had lately, none for the others; how many that changes.

    No edit of the row: no version, no event.
    """
    rows = []
    for row in Fault.objects.select_for_update().order_by("pk").only("pk", "times"):
        if row.times != counts.get(row.pk, 0):
            row.times = counts.get(row.pk, 0)
            rows.append(row)
    return Fault.objects.bulk_update(rows, ["times"], batch_size=500)


@transaction.atomic
def add_question(*, category_id: int | None, text: str, by: Actor, at: datetime, **fields: Any) -> Question:
    """A new question of a category's script, or of every script. Refused: a choice without choices."""
    return _QUESTION.add(fields | {"text": text}, category_id=category_id, by=by, at=at)


@transaction.atomic
def edit_question(question_id: int, *, seen: int, by: Actor, at: datetime, **fields: Any) -> Question:
    """Change a question. Refused: a choice without choices, or somebody saved meanwhile."""
    return _QUESTION.edit(question_id, fields, seen=seen, by=by, at=at)


@transaction.atomic
def add_phrase(*, step: str, text: str, by: Actor, at: datetime, **fields: Any) -> Phrase:
    """A new polite sentence for a step."""
    return _PHRASE.add(fields | {"step": step, "text": text}, by=by, at=at)


@transaction.atomic
def edit_phrase(phrase_id: int, *, seen: int, by: Actor, at: datetime, **fields: Any) -> Phrase:
    """Change a polite sentence. Refused: somebody saved meanwhile."""
    return _PHRASE.edit(phrase_id, fields, seen=seen, by=by, at=at)


@transaction.atomic
def set_day(day: date, kind: str, *, name: str = "", by: Actor, at: datetime) -> CalendarDay:
    """Say what a day of the working calendar is; `ordinary` lets it follow the week again."""
    by.require(access.EDIT)
    if kind not in list(states.DayKind):
        raise Invalid({"kind": unknown_word(kind)})
    name = name.strip()[:30]
    row, _is_new = CalendarDay.objects.update_or_create(
        day=day, defaults={"kind": kind, "name": name, "checksum": rules.checksum(day, kind)}
    )
    record(Verb.DAY_SET, row, by=by, at=at, day=day, kind=states.DAY_KIND_LABELS[states.DayKind(kind)])
    return row


def _check_category(row: Category) -> None:
    errors = overlong(row)
    if not row.code:
        errors["code"] = _("请填写品类编号，如 fan")
    elif others(row).filter(code=row.code).exists():
        errors["code"] = _("品类编号 {code} 已被使用，请换一个", code=row.code)
    if not row.name:
        errors["name"] = _("请填写品类名称")
    elif others(row).filter(name=row.name).exists():
        errors["name"] = _("品类 {name} 已经有了，请直接使用或换一个名称", name=row.name)
    if row.default_mode not in list(states.Mode):
        errors["default_mode"] = unknown_word(row.default_mode)
    if not 1 <= row.long_minutes <= MOST_MINUTES:
        errors["long_minutes"] = _("请填 {low} 到 {high} 之间的整数", low=1, high=MOST_MINUTES)
    refuse(errors)
    row.initials = initials(row.name)[:30]


def _check_brand(row: Brand) -> None:
    errors = overlong(row)
    row.name_keys = rules.name_keys(row.name, row.aliases)
    if not row.name:
        errors["name"] = _("请填写品牌名称")
    for key in row.name_keys.strip("|").split("|"):
        other = others(row).filter(name_keys__contains=f"|{key}|").first() if key else None
        if other is not None:
            errors["name"] = _("品牌 {name} 已经使用这个名称，请直接使用或换一个名称", name=other.name)
    if "name_keys" in errors | overlong(row):
        errors["aliases"] = _("别名太多，请删去几个")
    if row.buffer_rule not in rules.BUFFER_RULES:
        errors["buffer_rule"] = unknown_word(row.buffer_rule)
    refuse(errors)
    row.initials = initials(row.name)[:40]


def _check_model(row: ProductModel) -> None:
    errors = overlong(row) | dangling(row.category_id, row.brand_id)
    row.name_key = rules.name_key(row.name)[:80]
    if not row.name_key:
        errors["name"] = _("请填写型号")
    elif others(row).filter(category=row.category_id, brand=row.brand_id, name_key=row.name_key).exists():
        errors["name"] = _("型号 {name} 已经有了，请直接使用", name=row.name)
    refuse(errors)


def _check_fault(row: Fault) -> None:
    errors = overlong(row) | dangling(row.category_id, row.brand_id)
    if not row.symptom:
        errors["symptom"] = _("请填写故障现象")
    if row.usual_mode not in list(states.UsualMode):
        errors["usual_mode"] = unknown_word(row.usual_mode)
    refuse(errors)
    row.initials = initials(row.symptom)[:200]


def _check_question(row: Question) -> None:
    errors = overlong(row) | dangling(row.category_id, None)
    if not row.text:
        errors["text"] = _("请填写要问的话")
    if row.kind not in list(states.QuestionKind):
        errors["kind"] = unknown_word(row.kind)
    elif row.kind == states.QuestionKind.CHOICE and not row.choices:
        errors["choices"] = _("选择题请至少填写一个选项")
    refuse(errors)


def _check_phrase(row: Phrase) -> None:
    errors = overlong(row)
    if not row.text:
        errors["text"] = _("请填写用语")
    if row.step not in list(states.Step):
        errors["step"] = unknown_word(row.step)
    refuse(errors)


def _next_fault_code() -> str:
    """F194 after F193; one at a time, which the first category's lock sees to."""
    Category.objects.select_for_update().order_by("pk").first()
    codes = Fault.objects.filter(code__regex=r"^F[0-9]{3,6}$").values_list("code", flat=True)
    return f"F{max((int(code[1:]) for code in codes), default=0) + 1:03d}"


def write_error_codes(faults: list[Fault]) -> None:
    ErrorCode.objects.bulk_create(
        ErrorCode(fault=fault, category_id=fault.category_id, brand_id=fault.brand_id, code_key=key[:30])
        for fault in faults
        for key in rules.code_keys(fault.error_code)
    )


_CATEGORY = Kind(
    Category,
    (
        "name", "aliases", "default_mode", "needs_installation", "part_wait_days", "has_journal", "has_cash_box",
        "position", "is_active", "long_minutes", "needs_preliminary",
    ),
    "name", _check_category, Verb.CATEGORY_ADDED, Verb.CATEGORY_EDITED,
)  # fmt: skip
_BRAND = Kind(
    Brand, ("name", "aliases", "buffer_months", "buffer_rule", "is_active"),
    "name", _check_brand, Verb.BRAND_ADDED, Verb.BRAND_EDITED,
)  # fmt: skip
_MODEL = Kind(
    ProductModel, ("name", "spec", "is_active"),
    "name", _check_model, Verb.MODEL_ADDED, Verb.MODEL_EDITED,
)  # fmt: skip
_FAULT = Kind(
    Fault, ("symptom", "error_code", "brand_id", "cause", "remedy", "part", "usual_mode", "is_active"),
    "code", _check_fault, Verb.FAULT_ADDED, Verb.FAULT_EDITED,
)  # fmt: skip
_QUESTION = Kind(
    Question, ("position", "text", "kind", "choices", "is_active"),
    "text", _check_question, Verb.QUESTION_ADDED, Verb.QUESTION_EDITED,
)  # fmt: skip
_PHRASE = Kind(
    Phrase, ("step", "position", "text", "is_active"),
    "text", _check_phrase, Verb.PHRASE_ADDED, Verb.PHRASE_EDITED,
)  # fmt: skip
