"""The shipped catalogue: what a fresh shop starts with, read from the files in `data`."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Model

from gongdan.audit.actions import record
from gongdan.catalog import access, rules, states
from gongdan.catalog.actions.rows import write_error_codes
from gongdan.catalog.events import Verb
from gongdan.catalog.models import (
    Apology,
    Brand,
    CalendarDay,
    Category,
    CodeAdvice,
    Fault,
    ForbiddenWord,
    Phrase,
    Question,
)
from gongdan.kernel.actor import Actor
from gongdan.kernel.calendar import shipped_rows
from gongdan.kernel.pinyin import initials

_DATA = Path(__file__).parents[1] / "data"


@transaction.atomic
def load_seed(*, by: Actor, at: datetime) -> int:
    """Add what the shipped catalogue has and the shop has not; how many rows that were.

    Rows that are there stay as the shop has them, so it may run again after an update.
    """
    by.require(access.EDIT)
    count = _seed_categories() + _seed_brands()
    category_ids = dict(Category.objects.values_list("name", "pk"))
    count += _seed_faults(category_ids) + _seed_questions(category_ids) + _seed_phrases() + _seed_days()
    count += _seed_advice(category_ids) + _seed_forbidden_words() + _seed_apologies()
    if count:
        first = Category.objects.order_by("pk")[0]
        record(Verb.SEEDED, first, by=by, at=at, is_historic=True, count=count)
    return count


def _seed_categories() -> int:
    known = set(Category.objects.values_list("code", flat=True)) | set(Category.objects.values_list("name", flat=True))
    return _create(
        Category,
        [
            Category(
                code=row["code"],
                name=row["name"],
                initials=initials(row["name"]),
                aliases=_list(row["aliases"]),
                default_mode=row["default_mode"],
                needs_installation=row["needs_installation"] == "1",
                part_wait_days=int(row["part_wait_days"]),
                has_journal=row["has_journal"] == "1",
                has_cash_box=row["has_cash_box"] == "1",
                position=position,
                long_minutes=int(row["long_minutes"]),
                needs_preliminary=row["needs_preliminary"] == "1",
            )
            for position, row in enumerate(_rows("categories.csv"), 1)
            if row["code"] not in known and row["name"] not in known
        ],
    )


def _seed_brands() -> int:
    taken = {key for keys in Brand.objects.values_list("name_keys", flat=True) for key in keys.split("|") if key}
    return _create(
        Brand,
        [
            Brand(
                name=row["name"],
                initials=initials(row["name"]),
                aliases=_list(row["aliases"]),
                name_keys=rules.name_keys(row["name"], _list(row["aliases"])),
                buffer_months=int(row["buffer_months"]) if row["buffer_months"] else None,
                buffer_rule=row["buffer_rule"],
            )
            for row in _rows("brands.csv")
            if rules.name_key(row["name"]) not in taken
        ],
    )


def _seed_faults(category_ids: Mapping[str, int]) -> int:
    known = set(Fault.objects.values_list("code", flat=True))
    brand_ids = dict(Brand.objects.values_list("name", "pk"))
    usual_modes = {str(label): mode for mode, label in states.USUAL_MODE_LABELS.items()}
    faults = []
    for row in _rows("faults.csv"):
        if row["code"] in known or row["category"] not in category_ids:
            continue
        printed = rules.printed_code(row["error_code"])
        faults.append(
            Fault(
                code=row["code"],
                category_id=category_ids[row["category"]],
                symptom=row["symptom"],
                initials=initials(row["symptom"]),
                error_code=printed.shown,
                brand_id=brand_ids[printed.brand] if printed.brand else None,
                cause=row["cause"],
                remedy=row["remedy"],
                part=row["part"],
                usual_mode=usual_modes[row["usual_mode"]],
                basis=row["basis"],
                sources=row["sources"],
            )
        )
    count = _create(Fault, faults)
    write_error_codes(faults)
    return count


def _seed_questions(category_ids: Mapping[str, int]) -> int:
    """The scripts of a fresh catalogue; a shop that has any question of its own keeps its scripts as they are."""
    if Question.objects.exists():
        return 0
    return _create(
        Question,
        [
            Question(
                category_id=category_ids[row["category"]] if row["category"] else None,
                position=int(row["position"]),
                text=row["text"],
                kind=row["kind"],
                choices=_list(row["choices"]),
            )
            for row in _rows("questions.csv")
            if not row["category"] or row["category"] in category_ids
        ],
    )


def _seed_phrases() -> int:
    if Phrase.objects.exists():
        return 0
    return _create(
        Phrase,
        [Phrase(step=r["step"], position=int(r["position"]), text=r["text"]) for r in _rows("phrases.csv")],
    )


def _seed_advice(category_ids: Mapping[str, int]) -> int:
    """The advice of a fresh catalogue; a shop that has any row of its own keeps its table as it is."""
    if CodeAdvice.objects.exists():
        return 0
    return _create(
        CodeAdvice,
        [
            CodeAdvice(
                category_id=category_ids[row["category"]],
                words=row["words"],
                word_keys=rules.word_keys(row["words"]),
                meaning=row["meaning"],
                origin=row["origin"],
                side=row["side"],
                questions=_list(row["questions"]),
                steps=_list(row["steps"]),
                basis=row["basis"],
                position=position,
            )
            for position, row in enumerate(_rows("advice.csv"), 1)
            if row["category"] in category_ids
        ],
    )


def _seed_forbidden_words() -> int:
    known = {rules.plain(key) for key in ForbiddenWord.objects.values_list("word_key", flat=True)}
    words = {rules.plain(row["word"]): row["word"] for row in _rows("forbidden.csv")}
    return _create(
        ForbiddenWord, [ForbiddenWord(word=word, word_key=key) for key, word in words.items() if key not in known]
    )


def _seed_apologies() -> int:
    if Apology.objects.exists():
        return 0
    return _create(
        Apology,
        [Apology(kind=r["kind"], position=int(r["position"]), text=r["text"]) for r in _rows("apologies.csv")],
    )


def _seed_days() -> int:
    known = set(CalendarDay.objects.values_list("day", flat=True))
    return _create(
        CalendarDay,
        [
            CalendarDay(day=row.day, kind=row.kind, name=row.name, checksum=rules.checksum(row.day, row.kind))
            for row in shipped_rows()
            if row.day not in known
        ],
    )


def _create(kind: type[Model], rows: list[Any]) -> int:
    kind._default_manager.bulk_create(rows, batch_size=200)
    return len(rows)


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (_DATA / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _list(cell: str) -> list[str]:
    return [word for word in cell.split(";") if word]
