"""Lists that cost the same with a thousand rows and with ten million: one GET form, keyset paging, capped counts."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import Field, Model, Q, QuerySet
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from gongdan.doors.kit.forms import KitForm
from gongdan.doors.kit.spoken import sentence
from gongdan.doors.kit.typed import whole_number

Chosen = SimpleNamespace
OWN = ("sort", "scope", "after")
MAX_INT = 2**63 - 1


class Sort:
    """An order of rows: columns as for `order_by`, never NULL, the last one unique."""

    def __init__(self, label: str | Promise, *columns: str) -> None:
        assert columns, "a sort needs columns"
        self.label, self.columns = label, columns

    @property
    def keys(self) -> tuple[str, ...]:
        """The column names without their direction."""
        return tuple(column.lstrip("-") for column in self.columns)


Scope = str | Promise


@dataclass(frozen=True, slots=True)
class Count:
    """A number of rows, counted only so far: prints 37 or 1000+."""

    number: int
    is_capped: bool = False

    def __str__(self) -> str:
        return f"{self.number}+" if self.is_capped else str(self.number)


@dataclass(slots=True)
class Page:
    """Some rows of a list and the way on."""

    rows: list[Any]
    listing: Listing | None = None
    count: Count | None = None
    next_url: str = ""
    first_url: str = ""
    extra: dict[str, Any] = field(default_factory=dict)


class Listing(KitForm):
    """The GET form of a list: its fields filter, `sorts` and `scopes` are named, the rest is refused in words."""

    sorts: ClassVar[Mapping[str, Sort]] = {}
    scopes: ClassVar[Mapping[str, Scope]] = {}

    def __init__(self, query: QueryDict | Mapping[str, str] | None = None, **kwargs: Any) -> None:
        super().__init__(query if query is not None else {}, **kwargs)
        self.notices: list[str] = []
        for name in self.fields:
            self.fields[name].required = False
        self.is_valid()
        self.scope = self._named("scope", self.scopes)
        self.sort = self._named("sort", self.sorts)
        self._refuse_unknown()
        self.chosen = self._chosen()

    @property
    def status(self) -> int:
        """200, or 400 when the address asked for what does not exist."""
        return 400 if self.notices else 200

    def narrow(self, rows: QuerySet[Any, Any], chosen: Chosen) -> QuerySet[Any, Any]:
        """The rows that the filled-in filters leave. The listing of a door says how."""
        return rows

    def page(self, rows: QuerySet[Any, Any], *, size: int = 50, count_to: int = 0) -> Page:
        """One page of `rows` (querysets with or without `.values()`), in one query; counting costs another, capped."""
        rows = self.narrow(rows, self.chosen)
        count = _capped(rows, count_to) if count_to else None
        sort = self.sorts[self.sort]
        after = self._cursor(rows, sort)
        if after:
            rows = rows.filter(_beyond(sort.columns, after))
        found = list(rows.order_by(*sort.columns)[: size + 1])
        shown = found[:size]
        next_url = self.url(after=_encoded(self.sort, _values(shown[-1], sort))) if len(found) > size else ""
        return Page(shown, self, count, next_url, self.url() if self.data.get("after") else "")

    def url(self, **changed: str) -> str:
        """The address of this list with some parameters changed; the page starts anew unless `after` is given."""
        kept = {
            name: self.data.getlist(name) if hasattr(self.data, "getlist") else [self.data.get(name)]
            for name in self.data
        }
        known = {
            name: [str(value) for value in values if value not in ("", None)]
            for name, values in kept.items()
            if name in self.fields or name.endswith("_shown") or name in ("sort", "scope")
        }
        known |= {name: [value] if value else [] for name, value in changed.items()}
        return "?" + urlencode(known, doseq=True)

    def after_number(self) -> int | None:
        """What a list that pages by ids begins after; what is none is told, and the list begins at its first page."""
        asked = str(self.data.get("after") or "")
        number = whole_number(asked)
        if asked and number is None:
            self.notices.append(_("翻页位置已失效，已回到第一页"))
        return number

    @property
    def is_narrowed(self) -> bool:
        """Whether a filter is filled in: an empty list then says so."""
        return any(value not in ("", None, [], False) for value in vars(self.chosen).values())

    @property
    def scope_links(self) -> list[tuple[str, str, bool]]:
        """Label, address and whether it is the present one."""
        return [(sentence(label), self.url(scope=name), name == self.scope) for name, label in self.scopes.items()]

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """Scope and sort as the form has to carry them along."""
        return [(name, str(self.data[name])) for name in ("scope", "sort") if self.data.get(name)]

    def _named(self, name: str, known: Mapping[str, Any]) -> str:
        first = next(iter(known), "")
        asked = str(self.data.get(name) or first)
        if asked not in known and known:
            self.notices.append(_("没有“%(value)s”这种排法或范围，已按默认显示") % {"value": asked[:40]})
            return first
        return asked if known else ""

    def _refuse_unknown(self) -> None:
        expected = {*self.fields, *OWN, *(f"{name}_shown" for name in self.fields)}
        expected |= {f"{n}_{part}" for n, f in self.fields.items() for part in getattr(f.widget, "parts", ())}
        for name in self.data:
            if name not in expected:
                self.notices.append(_("网址里的条件“%(name)s”不认识，没有起作用") % {"name": name[:40]})
        for name, errors in self.errors.items():
            label = self.fields[name].label if name in self.fields else name
            self.notices.append(f"{label}：{errors[0]}")

    def _chosen(self) -> Chosen:
        absent = {name: getattr(f, "empty_value", None) for name, f in self.fields.items()}
        return Chosen(**{name: self.cleaned_data.get(name, absent[name]) for name in self.fields})

    def _cursor(self, rows: QuerySet[Any, Any], sort: Sort) -> list[Any]:
        asked = self.data.get("after")
        if not asked:
            return []
        try:
            return _decoded(str(asked), self.sort, sort, rows.model)
        except (ValueError, TypeError, RecursionError, binascii.Error, ValidationError):
            self.notices.append(_("翻页位置已失效，已回到第一页"))
            return []


def _capped(rows: QuerySet[Any, Any], most: int) -> Count:
    number = rows.order_by()[: most + 1].count()
    return Count(min(number, most), number > most)


def _values(row: Any, sort: Sort) -> list[Any]:
    read = row.__getitem__ if isinstance(row, Mapping) else lambda key: _attribute(row, key)
    return [read(key) for key in sort.keys]


def _attribute(row: Any, key: str) -> Any:
    for name in key.split("__"):
        row = getattr(row, name)
    return row


def _encoded(sort: str, values: list[Any]) -> str:
    plain = [value.isoformat() if isinstance(value, datetime | date) else value for value in values]
    packed = json.dumps([sort, *plain], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")


def _decoded(cursor: str, name: str, sort: Sort, model: type[Model]) -> list[Any]:
    """The values that `_encoded` packed; ValueError and its like when it is not one of ours for this sort."""
    named, *values = json.loads(base64.urlsafe_b64decode(cursor[:500].encode() + b"=="))
    if named != name or len(values) != len(sort.keys):
        raise ValueError(cursor)
    return [_typed(model, key, value) for key, value in zip(sort.keys, values, strict=True)]


def _beyond(columns: tuple[str, ...], values: list[Any]) -> Q:
    """Rows after the given one. The first column alone comes first, so that an index range serves it."""
    result = Q()
    for depth, column in enumerate(columns):
        equal = {key.lstrip("-"): value for key, value in zip(columns[:depth], values, strict=False)}
        step = "lt" if column.startswith("-") else "gt"
        result |= Q(**equal, **{f"{column.lstrip('-')}__{step}": values[depth]})
    if len(columns) == 1:
        return result
    step = "lte" if columns[0].startswith("-") else "gte"
    return Q(**{f"{columns[0].lstrip('-')}__{step}": values[0]}) & result


def _typed(model: type[Model], key: str, value: Any) -> Any:
    """The cursor's plain value as the column's own type; ValidationError or ValueError when it is not one."""
    if value is None or isinstance(value, list | dict):
        raise ValueError(key)
    if isinstance(value, int) and abs(value) > MAX_INT:
        raise ValueError(key)
    column = _column(model, key)
    if column is None:
        return value
    typed = column.to_python(value)
    if isinstance(typed, int) and abs(typed) > MAX_INT:
        raise ValueError(key)
    return typed


def _column(model: type[Model], key: str) -> Field[Any, Any] | None:
    """The model field behind a lookup path; none for annotations."""
    found: Any = None
    for name in key.split("__"):
        if name == "pk":
            found = model._meta.pk
            continue
        try:
            found = model._meta.get_field(name)
        except FieldDoesNotExist:
            return None
        model = found.related_model or model
    return found if isinstance(found, Field) else None
