"""Queries that every page asks: their SQL is put together once, which costs ten times as much as running it."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, cast

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from django.db.models.sql import Query
from django.db.models.sql.compiler import SQLCompiler

from gongdan.kernel.actor import Actor

_FIRST_NUMBER, _FIRST_MOMENT = -(2**62), datetime(1, 1, 2, tzinfo=UTC)
_KINDS_OF_ACTORS = 200  # as many are kept of one query; a shop has a dozen


class Prepared:
    """A query that differs in values only, not in shape or limits. One statement each time.

    `build` gets a mark for each value and makes the query of them; `kinds` are the types of the values: int (an id, for
    a small column has no room for a mark), str or datetime. A mark may stand where it is compared, not inside a
    pattern or a sum.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any]], *kinds: type) -> None:
        self._build = build
        self._kinds = kinds
        self._made: dict[str, _Made | None] = {}

    def rows(self, *values: Any) -> list[Any]:
        """What the query gives for these values: models, dicts or tuples."""
        made = self._ready()
        return made.rows(values) if made is not None else []

    def _ready(self) -> _Made | None:
        vendor = connection.vendor
        if vendor not in self._made:
            self._made[vendor] = self._prepare()
        return self._made[vendor]

    def statement(self, *values: Any) -> tuple[str, list[Any]] | None:
        """SQL and parameters for these values, to be put into another statement; None if it can hold nothing."""
        made = self._ready()
        return None if made is None else (made.sql, made.bound(values))

    def _prepare(self) -> _Made | None:
        """The query ready to be asked; None for one that can hold nothing."""
        marks = [_mark(kind, place) for place, kind in enumerate(self._kinds)]
        asked = self._build(*marks)
        compiler = _Compiled(asked.query, connection, None)
        try:
            sql, params = compiler.as_sql()
        except EmptyResultSet:
            return None
        asked.query.__class__ = _Ready  # a new query in its place would make dicts of whatever was asked for
        places = {_adapted(mark): place for place, mark in enumerate(marks)}
        slots = [
            (at, places[value], type(value))
            for at, value in enumerate(params)
            if isinstance(value, int | str | datetime) and value in places
        ]
        return _Made(asked, compiler, sql, list(params), slots)


class PreparedFor:
    """A query of what an actor may see, prepared once for all with the same permissions and as many sites.

    `build` gets an actor whose id, sites and order are marks, and a mark for each other value.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any]], *kinds: type) -> None:
        self._build = build
        self._kinds = kinds
        self._of = lru_cache(maxsize=_KINDS_OF_ACTORS)(self._make)

    def rows(self, actor: Actor, *values: Any) -> list[Any]:
        """What the query gives this actor for these values."""
        numbers = [actor.id, *actor.sites, *(() if actor.order is None else (actor.order,))]
        made = self._of(actor.kind, actor.permissions, len(actor.sites), actor.order is not None)
        return made.rows(*numbers, *values)

    def _make(self, kind: str, permissions: frozenset[str], sites: int, has_order: bool) -> Prepared:  # noqa: FBT001 - what the cache goes by
        def build(pk: int, *marks: Any) -> QuerySet[Any, Any]:
            order = marks[sites] if has_order else None
            actor = Actor(kind, pk, "", permissions, frozenset(marks[:sites]), order)
            return self._build(actor, *marks[sites + has_order :])

        return Prepared(build, *[int] * (1 + sites + has_order), *self._kinds)


@dataclass(frozen=True, slots=True)
class _Made:
    """A query with its SQL; `slots` says which parameter is which value, in which type of the driver."""

    asked: QuerySet[Any, Any]
    compiler: _Compiled
    sql: str
    params: list[Any]
    slots: list[tuple[int, int, type]]

    def bound(self, values: tuple[Any, ...]) -> list[Any]:
        params = self.params.copy()
        for at, place, wrap in self.slots:
            value = values[place]
            # PostgreSQL's integers come wrapped in a class that says their size.
            params[at] = _adapted(value) if isinstance(value, datetime) else wrap(value)
        return params

    def rows(self, values: tuple[Any, ...]) -> list[Any]:
        compiler = copy(self.compiler)
        compiler.connection, compiler.told = connection, (self.sql, tuple(self.bound(values)))
        asked = self.asked.all()
        cast("_Ready", asked.query).ready = compiler
        return list(asked)


class _Compiled(SQLCompiler):
    """A compiler that puts its SQL together once, and once what makes values of the columns. Its copies share both."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.told: tuple[str, tuple[Any, ...]] | None = None
        self._converters: list[Any] = []

    def as_sql(self, *args: Any, **kwargs: Any) -> Any:
        if self.told is None:
            self.told = super().as_sql(*args, **kwargs)
        return self.told

    def get_converters(self, expressions: Any) -> Any:
        if not self._converters:
            self._converters.append(super().get_converters(expressions))
        return self._converters[0]


class _Ready(Query):
    """A query that has its compiler."""

    ready: SQLCompiler

    def get_compiler(self, *_args: Any, **_kwargs: Any) -> SQLCompiler:
        return self.ready


def _mark(kind: type, place: int) -> Any:
    """What stands for a value while the SQL is put together; no value ever looks like it."""
    if kind is str:
        return f"\x00{place}"
    return _FIRST_MOMENT + timedelta(microseconds=place) if kind is datetime else _FIRST_NUMBER + place


def _adapted(value: Any) -> Any:
    """A value as the database's driver gets it."""
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value
