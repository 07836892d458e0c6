"""Model fields of the house: what every table uses, so that both databases refuse the same input."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from gongdan.kernel.text import Text, _

_Set = TypeVar("_Set")
_Get = TypeVar("_Get")

if TYPE_CHECKING:
    # Django's fields are generic in the stubs only; left open here, so that mypy knows each column's own type.
    from django.db.models import BigIntegerField as _Whole
    from django.db.models import CharField as _Char
    from django.db.models import TextField as _Lines
else:

    class _Open:
        def __class_getitem__(cls, _types: object) -> type:
            return cls

    class _Char(_Open, models.CharField):
        pass

    class _Lines(_Open, models.TextField):
        pass

    class _Whole(_Open, models.BigIntegerField):
        pass


class ShortText(_Char[_Set, _Get]):
    """One line of text; SQLite checks the length too (it forgives what PostgreSQL refuses)."""

    def __init__(self, max_length: int = 100, **kwargs: Any) -> None:
        super().__init__(max_length=max_length, **kwargs)

    def db_check(self, connection: BaseDatabaseWrapper) -> str | None:
        """The length as a column check where the column type itself does not hold it."""
        if connection.vendor != "sqlite":
            return None
        return f"length({connection.ops.quote_name(str(self.column))}) <= {self.max_length}"


class LongText(_Lines[_Set, _Get]):
    """Several lines of text, blank by default, its length held by the database on both engines."""

    def __init__(self, max_length: int = 2000, **kwargs: Any) -> None:
        kwargs.setdefault("blank", True)
        kwargs.setdefault("default", "")
        super().__init__(max_length=max_length, **kwargs)
        self.validators.append(MaxLengthValidator(max_length))

    def db_check(self, connection: BaseDatabaseWrapper) -> str | None:
        """The length as a column check."""
        return f"length({connection.ops.quote_name(str(self.column))}) <= {self.max_length}"


class FenField(_Whole[_Set, _Get]):
    """Money in whole fen."""


def overlong(row: models.Model) -> dict[str, Text]:
    """A sentence for each of our text fields that holds more than it may: what a verb refuses before it writes."""
    return {
        name: _("最多 {most} 个字，现在有 {length} 个，请缩短", most=most, length=length)
        for name, length, most in _excess(row)
    }


def cut_overlong(row: models.Model) -> None:
    """Cut our text fields to what they may hold: where a copy is kept of what stands whole elsewhere."""
    for name, _length, most in _excess(row):
        setattr(row, name, getattr(row, name)[:most])


def _excess(row: models.Model) -> list[tuple[str, int, int]]:
    texts = [field for field in row._meta.concrete_fields if isinstance(field, ShortText | LongText)]
    sizes = [(field.name, len(getattr(row, field.attname) or ""), field.max_length) for field in texts]
    return [(name, length, most) for name, length, most in sizes if most is not None and length > most]
