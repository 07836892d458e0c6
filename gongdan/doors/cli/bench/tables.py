"""Writing many rows fast: what varies is given row by row, every other column has its default.

Tables are found by name and not imported: doors know no models. Only made-up shops are filled like this, past all
verbs, because a million orders through them would take hours.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection
from django.db.models import NOT_PROVIDED

Row = tuple[Any, ...]


class Table:
    """A table with the columns that vary, in the order in which rows give them."""

    def __init__(self, label: str, *varying: str, **fixed: Any) -> None:
        self.model = apps.get_model(label)
        fields = {field.attname: field for field in self.model._meta.concrete_fields}
        names = [field.column for name, field in fields.items() if name in varying]
        assert len(names) == len(varying), f"{label} has not all of {varying}"
        self._fixed: Row = ()
        rest: list[str] = []
        for name, field in fields.items():
            if name in varying or (field.primary_key and name not in fixed):
                continue
            value = fixed.get(name, None if field.null and field.default is NOT_PROVIDED else field.get_default())
            rest.append(field.column)
            self._fixed += (field.get_db_prep_save(value, connection),)
        self._columns = [fields[name].column for name in varying] + rest
        self._table = self.model._meta.db_table

    def write(self, rows: Iterable[Row]) -> None:
        """Write the rows."""
        columns = ", ".join(f'"{name}"' for name in self._columns)
        whole = [row + self._fixed for row in rows]
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                with cursor.copy(f'COPY "{self._table}" ({columns}) FROM STDIN') as copy:
                    for row in whole:
                        copy.write_row(row)
                return
            places = ", ".join(["%s"] * len(self._columns))
            cursor.executemany(f'INSERT INTO "{self._table}" ({columns}) VALUES ({places})', whole)  # noqa: S608 - names of our own tables

    def last_id(self) -> int:
        """The highest id, 0 in an empty table."""
        last = self.model._base_manager.order_by("-pk").values_list("pk", flat=True).first()
        return int(last or 0)


def go_on_after(tables: Sequence[Table]) -> None:
    """Rows that the program adds get ids behind ours."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), [table.model for table in tables]):
            cursor.execute(statement)


def moment(at: datetime) -> Any:
    """The time as the database takes it."""
    return str(at.astimezone(UTC).replace(tzinfo=None)) if connection.vendor == "sqlite" else at
