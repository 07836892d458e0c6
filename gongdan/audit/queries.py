"""What the log tells: timelines, histories, who was faster, what is new, how the background work stands."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Protocol

from django.conf import settings
from django.db import connection, models
from django.utils.module_loading import import_string

from gongdan.audit.models import Delivery, Event, Progress
from gongdan.fields.prepared import Prepared
from gongdan.kernel.actor import Actor
from gongdan.kernel.calendar import local_day
from gongdan.kernel.errors import Missing, Stale
from gongdan.kernel.text import Text, _


@dataclass(frozen=True, slots=True)
class Entry:
    """One event as it shows on a timeline. `happened_at` is set when it happened offline, before it arrived at `at`."""

    id: int
    verb: str
    subject_kind: str
    subject_id: int
    about_kind: str
    about_id: int
    site_id: int | None
    actor_kind: str
    actor_id: int
    actor_name: str
    at: datetime
    happened_at: datetime | None
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """One field that an event changed. An erased personal value shows as None."""

    event_id: int
    at: datetime
    actor_name: str
    kind: str
    field: str
    label: Text
    old: Any
    new: Any
    is_personal: bool = False
    is_erased: bool = False


@dataclass(frozen=True, slots=True)
class ProgressRow:
    """Long work as its page shows it."""

    id: int
    kind: str
    title: str
    state: str
    done: int
    total: int
    failed: int
    message: Text | None
    cancel_asked: bool
    created_at: datetime
    updated_at: datetime

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come: the page stops asking."""
        return self.state in {Progress.State.DONE, Progress.State.FAILED, Progress.State.CANCELLED}


@dataclass(frozen=True, slots=True)
class Background:
    """How the background work stands: what `/healthz`, the bench and whoever looks after the machine ask."""

    waiting: int
    oldest_due_age: timedelta
    failing: int  # will be tried again
    given_up: int  # waits for `manage.py work --retry`


def event(event_id: int) -> Entry:
    """One event, for the job that follows from it. Missing: there is none of this number."""
    row = Event.objects.filter(pk=event_id).values(*_COLUMNS).first()
    if row is None:
        raise Missing
    return Entry(**row)


def timeline(about_kind: str, about_id: int, *, limit: int, before: int | None = None) -> list[Entry]:
    """The newest events of a document, newest first; `before` is the last id of the page above."""
    rows = Event.objects.about(about_kind, about_id)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return [Entry(**row) for row in rows.order_by("-id").values(*_COLUMNS)[:limit]]


def changes(about_kind: str, about_id: int, *, limit: int, before: int | None = None) -> list[Change]:
    """Every old and new value of a document and its parts, newest first, from at most `limit` events (see `timeline`).

    Personal values are marked: the door masks them for whoever may not see them.
    """
    told = timeline_with_changes(about_kind, about_id, limit=limit, before=before)
    return [change for _entry, changed in told for change in changed]


def timeline_with_changes(
    about_kind: str, about_id: int, *, limit: int, before: int | None = None
) -> list[tuple[Entry, list[Change]]]:
    """The newest events of a document, newest first, each with its old and new values. One query."""
    rows = _told(about_kind, limit).rows(about_id, MAX_ID if before is None else before)
    told: dict[int, tuple[Entry, list[Change]]] = {}
    values: list[tuple[Any, ...]] = []
    for row in rows:
        if row[0] not in told:
            entry = Entry(*row[: len(_COLUMNS)])
            told[entry.id] = (
                entry,
                [_change(entry, name, old, new) for name, (old, new) in _changed(entry.facts).items()],
            )
        if row[len(_COLUMNS)] is not None:
            values.append((row[0], *row[len(_COLUMNS) :]))
    for event_id, _id, name, old, new, erased_at in sorted(values, key=lambda value: value[1]):
        gone = erased_at is not None
        entry, changed = told[event_id]
        changed.append(
            _change(entry, name, None if gone else old, None if gone else new, is_personal=True, is_erased=gone)
        )
    return [told[event_id] for event_id in sorted(told, reverse=True)]


@cache
def _told(about_kind: str, limit: int) -> Prepared:
    """Events with the personal values that they changed, a row for each; asked for by document and the id above them."""

    def build(about_id: int, before: int) -> models.QuerySet[Event, Any]:
        newest = Event.objects.about(about_kind, about_id).filter(pk__lt=before).order_by("-id")
        columns = (*_COLUMNS, *(f"personal_values__{name}" for name in _VALUE_COLUMNS))
        return Event.objects.filter(pk__in=newest.values("pk")[:limit]).values_list(*columns)

    return Prepared(build, int, int)


def sentence(entry: Entry, sentences: Mapping[str, Text] | None = None) -> Text:
    """The event in words, from its app's `events.SENTENCES` (all apps' when none are given)."""
    template = (words().sentences if sentences is None else sentences).get(entry.verb)
    facts = {"actor": entry.actor_name, "at": entry.at, **{key: _read(value) for key, value in entry.facts.items()}}
    if template is None:
        return _("{actor}：{verb}", **(facts | {"verb": entry.verb}))
    return Text(template.template, {**template.facts, **facts})


def stale(thing: models.Model, seen: int, *, at: datetime | None = None) -> Stale:
    """The refusal for whoever saves over version `seen`: who saved meanwhile, when, and what.

    With `at`, a save of another day is told with its date.
    """
    newer = _since(thing, seen)
    if not newer:
        return Stale(_("这条记录刚被他人修改，请刷新后核对再保存"))
    told = [_who_and_what(entry, at) for entry in newer[:3]]
    return Stale(_("{news}；请核对后再保存", news=_joined(told, "；")))


def label(kind: str, field: str) -> Text | None:
    """The field's name on the screen: the app's `events.FIELDS` under "order.phone", else under "phone"."""
    app, _dot, model = kind.partition(".")
    fields = words().fields.get(app, {})
    return fields.get(f"{model}.{field}") or fields.get(field)


def newest_event_id(site_ids: Collection[int] | None) -> int:
    """The newest event of these sites (None: of all), 0 when there is none. One query."""
    return max((row.id for row in newest_events(site_ids, limit=1)), default=0)


def last_of_parts(kind: str, ids: Collection[int], verb: str) -> dict[int, Entry]:
    """The newest event of this verb of each of these things that show on another's timeline. One query, none without ids."""
    rows = Event.objects.filter(subject_kind=kind, subject_id__in=ids, verb=verb).exclude(
        subject_kind=models.F("about_kind")
    )
    return {row["subject_id"]: Entry(**row) for row in rows.order_by("id").values(*_COLUMNS)} if ids else {}


@dataclass(frozen=True, slots=True)
class Flash:
    """A new event as live updates see it."""

    id: int
    verb: str
    about_kind: str
    actor_kind: str
    actor_id: int


def newest_events(site_ids: Collection[int] | None, *, limit: int) -> list[Flash]:
    """The newest events of these sites (None: of all), newest first. One query, one index range per site.

    On PostgreSQL an id may become visible a few milliseconds after a higher one: compare sets, not only the newest id.
    """
    if site_ids is None:
        sql, params = _NEWEST, [limit]
    elif not site_ids:
        return []
    else:
        # One index range per site: "site_id IN (...)" with ORDER BY id would walk past every other site's events.
        sql = " UNION ALL ".join([_NEWEST_OF_SITE] * len(site_ids))
        params = [value for site in sorted(site_ids) for value in (site, limit)]
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        rows = cursor.fetchall()
    return sorted((Flash(*row) for row in rows), key=lambda flash: -flash.id)[:limit]


def oldest_due_age(now: datetime) -> timedelta:
    """How long the oldest due delivery has been waiting; nothing waits: zero."""
    oldest = Delivery.objects.filter(is_done=False, due__lte=now).order_by("due").values_list("due", flat=True).first()
    return now - oldest if oldest is not None else timedelta(0)


def background(now: datetime) -> Background:
    """How the background work stands."""
    open_ = Delivery.objects.filter(is_done=False)
    wrong = Delivery.objects.exclude(error="")
    return Background(
        waiting=open_.count(),
        oldest_due_age=oldest_due_age(now),
        failing=wrong.filter(is_done=False).count(),
        given_up=wrong.filter(is_done=True).count(),
    )


def progress(progress_id: int) -> ProgressRow:
    """How far long work has come. Missing: there is none of this number."""
    row = Progress.objects.filter(pk=progress_id).values(*_PROGRESS_COLUMNS).first()
    if row is None:
        raise Missing
    return _progress_row(row)


def own_progress(by: Actor, *, limit: int = 20) -> list[ProgressRow]:
    """The actor's long work, newest first: it can be left and found again."""
    rows = Progress.objects.filter(actor_kind=by.kind, actor_id=by.id).order_by("-id").values(*_PROGRESS_COLUMNS)
    return [_progress_row(row) for row in rows[:limit]]


class Words(Protocol):
    """All apps' event sentences by verb, and field names by app and field."""

    sentences: Mapping[str, Text]
    fields: Mapping[str, Mapping[str, Text]]


def words() -> Words:
    """The words of all apps. They stand above this floor, so their place is a setting and not an import."""
    found: Words = import_string(settings.EVENT_WORDS)
    return found


_COLUMNS = (
    "id", "verb", "subject_kind", "subject_id", "about_kind", "about_id", "site_id", "actor_kind", "actor_id",
    "actor_name", "at", "happened_at", "facts",
)  # fmt: skip
MAX_ID = 2**63 - 1
_VALUE_COLUMNS = ("id", "field", "old", "new", "erased_at")
_NEWEST = "SELECT id, verb, about_kind, actor_kind, actor_id FROM audit_event ORDER BY id DESC LIMIT %s"
_NEWEST_OF_SITE = (
    "SELECT * FROM (SELECT id, verb, about_kind, actor_kind, actor_id FROM audit_event"
    " WHERE site_id = %s ORDER BY id DESC LIMIT %s) s"
)
_PROGRESS_COLUMNS = (
    "id", "kind", "title", "state", "done", "total", "failed", "message", "cancel_asked", "created_at", "updated_at",
)  # fmt: skip


def _progress_row(row: dict[str, Any]) -> ProgressRow:
    return ProgressRow(**(row | {"message": Text.from_json(row["message"]) if row["message"] else None}))


def _change(
    entry: Entry, name: str, old: Any, new: Any, *, is_personal: bool = False, is_erased: bool = False
) -> Change:
    return Change(
        event_id=entry.id,
        at=entry.happened_at or entry.at,
        actor_name=entry.actor_name,
        kind=entry.subject_kind,
        field=name,
        label=label(entry.subject_kind, name) or Text(name, {}),
        old=_read(old),
        new=_read(new),
        is_personal=is_personal,
        is_erased=is_erased,
    )


def _changed(facts: Mapping[str, Any]) -> Mapping[str, tuple[Any, Any]]:
    pairs: Mapping[str, tuple[Any, Any]] = facts.get("changes") or {}
    return pairs


def _since(thing: models.Model, seen: int) -> list[Entry]:
    """The events that raised the thing's version above `seen`, newest first: on its own timeline, or as a part."""
    kind = thing._meta.label_lower
    rows = list(Event.objects.about(kind, thing.pk).order_by("-id").values(*_COLUMNS)[:50])
    newer = {
        _version_of(row, kind, thing.pk): row for row in rows
    }  # of several at one version the first, which raised it
    if not any(version > seen for version in newer):
        parts = Event.objects.of_part(kind, thing.pk).order_by("-id").values(*_COLUMNS)[:50]
        newer = {_version_of(row, kind, thing.pk): row for row in parts}
    return [Entry(**newer[version]) for version in sorted(newer, reverse=True) if version > seen]


def _version_of(row: Mapping[str, Any], kind: str, thing_id: int) -> int:
    is_subject = (row["subject_kind"], row["subject_id"]) == (kind, thing_id)
    version: int = row["facts"].get("version" if is_subject else "about_version", 0)
    return version


def _who_and_what(entry: Entry, now: datetime | None) -> Text:
    happened = entry.happened_at or entry.at
    is_today = now is None or local_day(happened) == local_day(now)
    when = _("{at:time}", at=happened) if is_today else _("{at:datetime}", at=happened)
    names = [*_changed(entry.facts), *entry.facts.get("personal_fields", ())]
    known = [text for name in names if (text := label(entry.subject_kind, name)) is not None]
    if known and len(known) == len(names):
        return _("{who} {when} 改了：{fields}", who=entry.actor_name, when=when, fields=_joined(known, "、"))
    return _("{when} {what}", when=when, what=sentence(entry))


def _joined(texts: Iterable[Text], between: str) -> Text:
    """Several sentences as one: each is still translated by itself."""
    named = {f"part{place}": text for place, text in enumerate(texts)}
    return Text(between.join("{" + name + "}" for name in named), named)


def _read(value: Any) -> Any:
    return Text.from_json(value) if isinstance(value, dict) and value.keys() == {"template", "facts"} else value
