"""Queries that every page asks: their SQL is put together once, which costs ten times as much as running it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.db.models.sql.compiler import SQLCompiler

_FIRST_MARK = -(2**62)


class Prepared:
    """A `values_list` query that differs in whole numbers only (ids, limits apart). One query each time.

    `build` gets a mark for each number and makes the query of them.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any]], values: int = 1) -> None:
        self._build = build
        self._marks = [_FIRST_MARK + place for place in range(values)]
        self._made: dict[str, tuple[SQLCompiler, str, tuple[Any, ...], Any]] = {}

    def rows(self, *values: int) -> list[tuple[Any, ...]]:
        """The rows for these numbers, as `values_list` gives them."""
        compiler, sql, params, converters = self._made.get(connection.vendor) or self._prepare()
        given = dict(zip(self._marks, values, strict=True))
        with connection.cursor() as cursor:
            # PostgreSQL's integers come wrapped in a class that says their size.
            cursor.execute(sql, [type(p)(given[p]) if isinstance(p, int) and p in given else p for p in params])
            found = cursor.fetchall()
        return [tuple(row) for row in compiler.apply_converters(found, converters)] if converters else found

    def _prepare(self) -> tuple[SQLCompiler, str, tuple[Any, ...], Any]:
        compiler = self._build(*self._marks).query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        columns = [column for column, _sql, _alias in compiler.select[: compiler.col_count]]
        made = (compiler, sql, tuple(params), compiler.get_converters(columns))
        self._made[connection.vendor] = made
        return made
