"""Reading the catalogue: what to choose from, what is known about a fault or a code, what to ask and say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from django.db import connection
from django.db.models import Model, Q, QuerySet

from gongdan.catalog import states
from gongdan.catalog.models import (
    Apology,
    Brand,
    CalendarDay,
    Category,
    CodeAdvice,
    ErrorCode,
    Fault,
    ForbiddenWord,
    Phrase,
    ProductModel,
    Question,
)
from gongdan.catalog.rules import code_keys, foul, name_key, says
from gongdan.kernel.calendar import WorkingCalendar
from gongdan.kernel.errors import Invalid, Missing
from gongdan.kernel.text import _


@dataclass(frozen=True, slots=True)
class FaultRow:
    """A known fault as lists and look-ups show it. `brand` empty: holds for any brand."""

    id: int
    code: str
    category_id: int
    category: str
    symptom: str
    error_code: str
    brand: str
    cause: str
    remedy: str
    part: str
    usual_mode: str
    basis: str
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class Advice:
    """What a code or a symptom calls for. `is_by_phone`: 电话解决 is proposed, else a visit."""

    id: int
    words: str
    meaning: str
    origin: str
    side: str
    questions: tuple[str, ...]
    steps: tuple[str, ...]

    @property
    def is_by_phone(self) -> bool:
        return self.side == states.Side.PHONE


def categories(*, with_inactive: bool = False) -> list[Category]:
    """The categories in the order of the catalogue. One query."""
    rows = Category.objects.order_by("position", "pk")
    return list(rows if with_inactive else rows.filter(is_active=True))


def category(category_id: int) -> Category:
    """The category of this number. Refused: there is none."""
    return _one(Category.objects.filter(pk=category_id))


def category_named(text: str) -> Category | None:
    """The active category that goes by this name, code or other word, or None."""
    key = name_key(text)
    return next((row for row in categories() if key and key in _category_keys(row)), None)


def category_ids() -> dict[str, int]:
    """Every name that a category goes by, as `rules.name_key` writes it, with its id: for many rows at once."""
    return {key: row.pk for row in reversed(categories()) for key in _category_keys(row)}


def brands(words: str = "", *, limit: int = 20, with_inactive: bool = False) -> list[Brand]:
    """Active brands whose names or initials contain these letters, by name."""
    rows = Brand.objects.all() if with_inactive else Brand.objects.filter(is_active=True)
    if key := name_key(words):
        rows = rows.filter(Q(name_keys__contains=key) | Q(initials__istartswith=key))
    return list(rows.order_by("name")[:limit])


def brand(brand_id: int) -> Brand:
    """The brand of this number. Refused: there is none."""
    return _one(Brand.objects.filter(pk=brand_id))


def brand_named(text: str) -> Brand | None:
    """The brand that goes by this name, in whatever script or case, or None."""
    key = name_key(text)
    return Brand.objects.filter(name_keys__contains=f"|{key}|").order_by("pk").first() if key else None


def brand_ids() -> dict[str, int]:
    """Every name that a brand goes by, as `rules.name_key` writes it, with its id: for many rows at once."""
    rows = Brand.objects.order_by("-pk").values_list("name_keys", "pk")
    return {key: pk for keys, pk in rows for key in keys.strip("|").split("|") if key}


def product_models(
    words: str = "",
    *,
    category_id: int | None = None,
    brand_id: int | None = None,
    limit: int = 20,
    with_inactive: bool = False,
) -> list[ProductModel]:
    """Active models whose names contain these letters, by name, with their brand."""
    rows = ProductModel.objects.select_related("brand", "category")
    if not with_inactive:
        rows = rows.filter(is_active=True)
    if category_id is not None:
        rows = rows.filter(category=category_id)
    if brand_id is not None:
        rows = rows.filter(brand=brand_id)
    if key := name_key(words):
        rows = rows.filter(name_key__contains=key)
    return list(rows.order_by("name", "pk")[:limit])


def product_model(model_id: int) -> ProductModel:
    """The model of this number. Refused: there is none."""
    return _one(ProductModel.objects.filter(pk=model_id))


def faults(
    category_id: int | None = None,
    words: str = "",
    limit: int = 20,
    *,
    with_inactive: bool = False,
    is_commonest_first: bool = False,
) -> list[FaultRow]:
    """Active faults in which every typed word stands: in symptom, code, error code, part or initials. One query.

    By their code; or `is_commonest_first`: those first that orders had most often lately (`actions.keep_fault_counts`).
    """
    rows = Fault.objects.all() if with_inactive else Fault.objects.filter(is_active=True)
    if category_id is not None:
        rows = rows.filter(category=category_id)
    for word in words.split():
        rows = rows.filter(
            Q(symptom__icontains=word)
            | Q(initials__icontains=word)
            | Q(code__istartswith=word)
            | Q(error_code__icontains=word)
            | Q(part__icontains=word)
        )
    return _fault_rows(rows.order_by(*["-times"] * is_commonest_first, "code")[:limit])


def fault(fault_id: int) -> Fault:
    """The fault of this number. Refused: there is none."""
    return _one(Fault.objects.select_related("category", "brand").filter(pk=fault_id))


def by_error_code(category_id: int, brand_id: int | None, code: str) -> list[FaultRow]:
    """What this error code means on this brand: its own rows, else those that hold for any brand.

    Without a brand, and with no row for any brand, the rows of all brands, each named. Two queries.
    """
    found = ErrorCode.objects.filter(
        category=category_id, code_key__in=code_keys(code), fault__is_active=True
    ).values_list("fault_id", "brand_id")
    by_brand: dict[int | None, list[int]] = {}
    for fault_id, owner in found:
        by_brand.setdefault(owner, []).append(fault_id)
    ids = (by_brand.get(brand_id) if brand_id is not None else None) or by_brand.get(None)
    if ids is None:
        ids = [fault_id for rows in by_brand.values() for fault_id in rows] if brand_id is None else []
    return _fault_rows(Fault.objects.filter(pk__in=ids).order_by("code")) if ids else []


def questions(category_id: int | None) -> list[Question]:
    """The script of a category: the questions for every category first, then its own. One query."""
    rows = Question.objects.filter(Q(category__isnull=True) | Q(category=category_id), is_active=True)
    return sorted(rows, key=lambda row: (row.category_id is not None, row.position, row.pk))


def all_questions() -> list[Question]:
    """Every question, also those not asked any more: by category, those for every category first. One query."""
    rows = Question.objects.select_related("category")
    return sorted(rows, key=lambda row: (row.category.position if row.category else -1, row.position, row.pk))


def question(question_id: int) -> Question:
    """The question of this number. Refused: there is none."""
    return _one(Question.objects.filter(pk=question_id))


def phrase(phrase_id: int) -> Phrase:
    """The sentence of this number. Refused: there is none."""
    return _one(Phrase.objects.filter(pk=phrase_id))


def counts() -> dict[str, int]:
    """How much of everything is in use, by the words of the setup's pages."""
    kinds = {
        "categories": Category,
        "brands": Brand,
        "models": ProductModel,
        "faults": Fault,
        "questions": Question,
        "phrases": Phrase,
        "apologies": Apology,
        "advice": CodeAdvice,
        "forbidden": ForbiddenWord,
    }
    return {name: kind._default_manager.filter(is_active=True).count() for name, kind in kinds.items()}


def phrases(step: states.Step | None = None, *, with_inactive: bool = False) -> list[Phrase]:
    """The polite sentences of a step, or of all steps in the order of the service."""
    rows = Phrase.objects.all() if with_inactive else Phrase.objects.filter(is_active=True)
    if step is not None:
        rows = rows.filter(step=step)
    order = list(states.Step)
    return sorted(rows, key=lambda row: (order.index(states.Step(row.step)), row.position, row.pk))


def advice_for(category_id: int | None, code_or_text: str) -> Advice | None:
    """What the first code or symptom that this text says calls for in the category, or None. At most one query.

    A code is read however it is typed (错误691, ６９１, 646 in 645/646) and goes before a symptom (掉线).
    """
    if category_id is None or not code_or_text.strip():
        return None
    rows = list(CodeAdvice.objects.filter(category=category_id, is_active=True).order_by("position", "pk"))
    for is_code in (True, False):
        for row in rows:
            keys = [key for key in row.word_keys.strip("|").split("|") if key and key.isascii() == is_code]
            if any(says(code_or_text, key) for key in keys):
                return _advice(row)
    return None


def code_told(category_id: int | None, text: str) -> str:
    """The first code of the category that stands in a customer's words, or nothing. At most two queries.

    A number alone counts only where it is one of those with advice (691): 60 in "60 秒" is no code.
    """
    if category_id is None or not any(char.isdigit() for char in text):
        return ""
    advised = CodeAdvice.objects.filter(category=category_id, is_active=True).order_by("position", "pk")
    keys = [key for row in advised.values_list("word_keys", flat=True) for key in row.strip("|").split("|")]
    codes = ErrorCode.objects.filter(category=category_id).order_by("pk").values_list("code_key", flat=True)
    known = [key for key in keys if len(key) > 2] + [key for key in codes if len(key) > 1 and not key.isdigit()]
    found = (key for key in dict.fromkeys(known) if key.isascii() and any(map(str.isdigit, key)) and says(text, key))
    return next(found, "").upper()


def all_advice(words: str = "", category_id: int | None = None) -> list[CodeAdvice]:
    """Every row of advice, also those not in use, by category and position. One query."""
    rows = CodeAdvice.objects.select_related("category")
    if category_id is not None:
        rows = rows.filter(category=category_id)
    for word in words.split():
        rows = rows.filter(Q(words__icontains=word) | Q(meaning__icontains=word))
    return list(rows.order_by("category__position", "position", "pk"))


def advice(advice_id: int) -> CodeAdvice:
    """The row of advice of this number. Refused: there is none."""
    return _one(CodeAdvice.objects.filter(pk=advice_id))


def forbidden_words(*, with_inactive: bool = False) -> list[ForbiddenWord]:
    """The words that no text to a customer may contain. One query."""
    rows = ForbiddenWord.objects.order_by("pk")
    return list(rows if with_inactive else rows.filter(is_active=True))


def forbidden_word(word_id: int) -> ForbiddenWord:
    """The forbidden word of this number. Refused: there is none."""
    return _one(ForbiddenWord.objects.filter(pk=word_id))


def foul_words_in(text: str) -> list[str]:
    """The forbidden words in a text as the list writes them, however they are spaced out. At most one query."""
    return _foul_words({"": text}).get("", [])


def check_language(field: str, text: str) -> None:
    """Let a text pass that goes to a customer. Refused under this field: a forbidden word stands in it."""
    check_texts({field: text})


def check_texts(texts: Mapping[str, str]) -> None:
    """Let texts pass that go to a customer. Refused under their fields: a forbidden word stands there. At most one query."""
    if found := _foul_words(texts):
        raise Invalid(
            {
                field: _("含有禁用语“{words}”，不能发给客户，请换一种说法", words="、".join(words))
                for field, words in found.items()
            }
        )


def _foul_words(texts: Mapping[str, str]) -> dict[str, list[str]]:
    """The forbidden words in each of these texts that has any."""
    written = {field: text for field, text in texts.items() if text.strip()}
    by_key = {row.word_key: row.word for row in forbidden_words()} if written else {}
    found = {field: [by_key[key] for key in foul(text, by_key)] for field, text in written.items()}
    return {field: words for field, words in found.items() if words}


def apologies(kind: states.ApologyKind | None = None, *, with_inactive: bool = False) -> list[Apology]:
    """The apologies of a kind, or all of them by kind. `{reason}` in the text is where the reason goes."""
    rows = Apology.objects.all() if with_inactive else Apology.objects.filter(is_active=True)
    if kind is not None:
        rows = rows.filter(kind=kind)
    order = list(states.ApologyKind)
    return sorted(rows, key=lambda row: (order.index(states.ApologyKind(row.kind)), row.position, row.pk))


def apology(apology_id: int) -> Apology:
    """The apology of this number. Refused: there is none."""
    return _one(Apology.objects.filter(pk=apology_id))


def calendar_days(year: int) -> list[CalendarDay]:
    """The days of a year that do not follow the week, in order."""
    return list(CalendarDay.objects.filter(day__year=year).order_by("day"))


def working_calendar() -> WorkingCalendar:
    """The shop's working calendar. One small query asks whether it changed; the rest is kept in the process."""
    return calendar_of(stamp_of(CalendarDay))


def calendar_of(stamp: int | None) -> WorkingCalendar:
    """The working calendar as its table is with this stamp."""
    if _calendar.stamp != stamp:
        _calendar.value = WorkingCalendar.of(CalendarDay.objects.values_list("day", "kind"))
        _calendar.stamp = stamp
    return _calendar.value


Row = TypeVar("Row", bound=Model)


def stamp_of(table: type[Model]) -> int | None:
    """The sum of a table's checksums: as long as it is the same, so is the table."""
    return stamps_of(table)[0]


def stamps_of(*tables: type[Model]) -> list[int | None]:
    """The stamps of several tables. One query.

    Written out, because the ORM takes ten times as long to phrase it as the database to answer.
    """
    sums = ", ".join(
        f"(SELECT SUM(checksum) FROM {connection.ops.quote_name(table._meta.db_table)})"  # noqa: S608 - our own tables
        for table in tables
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {sums}")
        return [None if total is None else int(total) for total in cursor.fetchone()]


class _Calendar:
    """The calendar as this process last read it, and the sum of checksums that it had."""

    value = WorkingCalendar()
    stamp: int | None = None


_calendar = _Calendar()


def _one(rows: QuerySet[Row]) -> Row:
    row = rows.first()
    if row is None:
        raise Missing
    return row


def _advice(row: CodeAdvice) -> Advice:
    return Advice(row.pk, row.words, row.meaning, row.origin, row.side, tuple(row.questions), tuple(row.steps))


def _category_keys(row: Category) -> list[str]:
    return [name_key(word) for word in (row.name, row.code, *row.aliases)]


def _fault_rows(rows: QuerySet[Fault]) -> list[FaultRow]:
    columns = (
        "id", "code", "category_id", "category__name", "symptom", "error_code", "brand__name", "cause", "remedy",
        "part", "usual_mode", "basis", "is_active",
    )  # fmt: skip
    found = []
    for pk, code, category_id, name, symptom, error_code, owner, *rest in rows.values_list(*columns):
        found.append(FaultRow(pk, code, category_id, name, symptom, error_code, owner or "", *rest))
    return found
