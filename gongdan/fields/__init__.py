"""Model fields of the house: what every table uses, so that both databases refuse the same input."""

from __future__ import annotations

from typing import Any

from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper


class ShortText(models.CharField):  # type: ignore[type-arg]  # generic only in the stubs
    """One line of text; SQLite checks the length too (it forgives what PostgreSQL refuses)."""

    def __init__(self, max_length: int = 100, **kwargs: Any) -> None:
        super().__init__(max_length=max_length, **kwargs)

    def db_check(self, connection: BaseDatabaseWrapper) -> str | None:
        """The length as a column check where the column type itself does not hold it."""
        if connection.vendor != "sqlite":
            return None
        return f"length({connection.ops.quote_name(self.column)}) <= {self.max_length}"


class LongText(models.TextField):  # type: ignore[type-arg]  # generic only in the stubs
    """Several lines of text, blank by default, its length held by the database on both engines."""

    def __init__(self, max_length: int = 2000, **kwargs: Any) -> None:
        kwargs.setdefault("blank", True)
        kwargs.setdefault("default", "")
        super().__init__(max_length=max_length, **kwargs)
        self.validators.append(MaxLengthValidator(max_length))

    def db_check(self, connection: BaseDatabaseWrapper) -> str | None:
        """The length as a column check."""
        return f"length({connection.ops.quote_name(self.column)}) <= {self.max_length}"


class FenField(models.BigIntegerField):  # type: ignore[type-arg]  # generic only in the stubs
    """Money in whole fen."""
