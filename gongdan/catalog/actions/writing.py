"""How every row of the catalogue is written: added or changed under lock, checked, and told by an event."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from gongdan.audit.actions import record
from gongdan.audit.queries import stale
from gongdan.catalog import access
from gongdan.catalog.events import Verb
from gongdan.catalog.models import (
    Apology,
    Brand,
    Category,
    CodeAdvice,
    Fault,
    ForbiddenWord,
    Phrase,
    ProductModel,
    Question,
)
from gongdan.kernel.actor import Actor
from gongdan.kernel.edits import changed, only
from gongdan.kernel.errors import Missing
from gongdan.kernel.text import Text, _

Row = TypeVar("Row", Category, Brand, ProductModel, Fault, Question, Phrase, CodeAdvice, ForbiddenWord, Apology)


@dataclass(frozen=True, slots=True)
class Kind(Generic[Row]):
    """One kind of row: what may be set on it, the field that names it in the log, and what `check` refuses."""

    model: type[Row]
    fields: tuple[str, ...]
    named_by: str
    check: Callable[[Row], None]
    added: Verb
    edited: Verb

    def add(self, typed: Mapping[str, Any], *, by: Actor, at: datetime, **fixed: Any) -> Row:
        """A new row. `fixed`: what is set once and never edited. Refused: no permission, or as `check` says."""
        by.require(access.EDIT)
        row = self.model(**fixed, **only(typed, self.fields))
        self.check(row)
        row.save()
        record(self.added, row, by=by, at=at, name=getattr(row, self.named_by))
        return row

    def edit(self, pk: int, typed: Mapping[str, Any], *, seen: int, by: Actor, at: datetime) -> Row:
        """Change the row; where nothing differs nothing is written, and the version stays as it was seen.

        Refused: no permission, no such row, somebody saved meanwhile, or as `check` says.
        """
        by.require(access.EDIT)
        row = self.model._default_manager.select_for_update().filter(pk=pk).first()
        if row is None:
            raise Missing
        if row.version != seen:
            raise stale(row, seen, at=at)
        changes = changed(row, typed, self.fields)
        self.check(row)
        if changes:
            row.version += 1
            row.save()
            record(self.edited, row, by=by, at=at, name=getattr(row, self.named_by), changes=changes)
        return row


def dangling(category_id: int | None, brand_id: int | None) -> dict[str, Text]:
    """What is wrong with these references, by field."""
    errors: dict[str, Text] = {}
    if category_id is not None and not Category.objects.filter(pk=category_id).exists():
        errors["category_id"] = _("没有这个品类，请从列表中选择")
    if brand_id is not None and not Brand.objects.filter(pk=brand_id).exists():
        errors["brand_id"] = _("没有这个品牌，请从列表中选择")
    return errors


def others(row: Row) -> Any:
    """The other rows of its kind."""
    return type(row)._default_manager.exclude(pk=row.pk)


def unknown_word(word: str) -> Text:
    """The refusal of a word that is none of the choices."""
    return _("没有“{word}”这一项，请从列表中选择", word=word[:20])
