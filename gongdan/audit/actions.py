"""Recording what happened. Everything that must follow a change goes through `record`, in the same transaction."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models, transaction
from django.utils.module_loading import import_string

from gongdan.audit.events import Verb
from gongdan.audit.models import Delivery, Event, OnceKey, PersonalValue, Progress
from gongdan.audit.rules import KEPT, fingerprint
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Forbidden, Missing, Refused
from gongdan.kernel.text import Text, _

_ERASED_AT_ONCE = 200  # things; a few values each stay far below the parameters that SQLite takes


def kind_of(thing: models.Model) -> str:
    """The plain name of a thing's kind in the event log, e.g. "orders.order"."""
    return thing._meta.label_lower


def record(
    verb: str,
    subject: models.Model,
    *,
    by: Actor,
    at: datetime,
    about: models.Model | None = None,
    happened_at: datetime | None = None,
    personal: Mapping[str, tuple[str, str]] | None = None,
    is_historic: bool = False,
    **facts: Any,
) -> Event:
    """Write the event, and one delivery per job that the table of reactions names for its verb.

    `about` is the document on whose timeline it shows (default: the subject). `personal` holds old and new values of
    personal fields: only their names go into the facts. `is_historic` (import, seeding) makes no deliveries.
    The version that subject and document have now goes into the facts, so that `queries.stale` can tell who was faster.
    """
    anchor = about or subject
    kept = {key: _plain(value) for key, value in facts.items()}
    if personal:
        kept["personal_fields"] = sorted(personal)
    for name, thing in {"version": subject, "about_version": about}.items():
        if isinstance(version := getattr(thing, "version", None), int):
            kept.setdefault(name, version)
    event = Event(
        verb=verb,
        subject_kind=kind_of(subject),
        subject_id=subject.pk,
        about_kind=kind_of(anchor),
        about_id=anchor.pk,
        site_id=getattr(anchor, "site_id", None) or getattr(subject, "site_id", None),
        actor_kind=by.kind,
        actor_id=by.id,
        actor_name=by.name[:60],
        at=at,
        happened_at=happened_at,
        facts=kept,
    )
    _insert(event)
    if personal:
        PersonalValue.objects.bulk_create(
            PersonalValue(event=event, field=name, old=old[:2000], new=new[:2000])
            for name, (old, new) in personal.items()
        )
    jobs = () if is_historic else _reactions().get(verb, ())
    if jobs:
        Delivery.objects.bulk_create(Delivery(event=event, job=job, due=at) for job in jobs)
    return event


# Written out, as the key's own statement below: every saved form asks it.
_KEEP_RESULT = "UPDATE audit_oncekey SET result = %s WHERE actor_kind = %s AND actor_id = %s AND verb = %s AND key = %s"


def once(by: Actor, verb: str, key: str, payload: Any, run: Callable[[], Any], *, at: datetime) -> Any:
    """What `run` answers (a JSON value), at most once per actor, verb and client-made key.

    The key is written first: a second call waits for the first one's transaction and answers its result without
    running. A refusal rolls the key back, so that the corrected call may use it again.
    Refused: the key is not 1 to 80 characters, or was used with another payload (code "once_key_reused").
    """
    if not 1 <= len(key) <= 80 or "\x00" in key:
        raise Refused(_("防重复提交的标识必须是 1 到 80 个字符，请更换标识后重试"), code="once_key_bad")
    mark = fingerprint(payload)
    with transaction.atomic():
        if not _claim_key(by, verb, key, mark, at):
            first = OnceKey.objects.get(actor_kind=by.kind, actor_id=by.id, verb=verb, key=key)
            if first.fingerprint != mark:
                raise Refused(
                    _("这个防重复标识已经用于另一份内容，请为新的内容换一个标识后再提交"), code="once_key_reused"
                )
            return first.result
        result = _as_json(run())
        with connection.cursor() as cursor:
            cursor.execute(_KEEP_RESULT, [json.dumps(result), by.kind, by.id, verb, key])
        return result


def prune_once_keys(now: datetime) -> int:
    """Forget once-only keys older than 90 days; how many they were. In small transactions: nobody waits for it."""
    return _prune(OnceKey.objects.all(), "at", now - KEPT)


def prune_deliveries(now: datetime) -> int:
    """Forget finished deliveries older than 90 days; the events stay, and so does what was given up."""
    return _prune(Delivery.objects.filter(is_done=True, error=""), "due", now - KEPT)


@transaction.atomic
def retry_given_up(now: datetime) -> int:
    """Open the deliveries that were given up after their last try; how many they were."""
    return Delivery.objects.filter(is_done=True).exclude(error="").update(is_done=False, tries=0, due=now, lease=None)


@transaction.atomic
def erase_personal(
    thing: models.Model, *, reason: str, by: Actor, at: datetime, fields: Collection[str] | None = None
) -> int:
    """Erase the old and new personal values that events keep of this thing and its parts (all, or only `fields`).

    The events stay with the names of the fields, and one more says who erased, how many and why. Refused: no reason.
    The caller has checked that `by` may do this, and erases the thing's own columns.
    """
    return erase_personal_of([thing], reason=reason, by=by, at=at, fields=fields)


@transaction.atomic
def erase_personal_of(
    things: Sequence[models.Model], *, reason: str, by: Actor, at: datetime, fields: Collection[str] | None = None
) -> int:
    """`erase_personal` for many things of one kind: two statements for all of them, and an event for each."""
    if not reason.strip():
        raise Refused(_("请填写抹去个人信息的原因"), field="reason")
    erased = 0
    for start in range(0, len(things), _ERASED_AT_ONCE):
        erased += _erase(things[start : start + _ERASED_AT_ONCE], reason.strip(), by=by, at=at, fields=fields)
    return erased


def _erase(
    things: Sequence[models.Model], reason: str, *, by: Actor, at: datetime, fields: Collection[str] | None
) -> int:
    kind, ids = kind_of(things[0]), [thing.pk for thing in things]
    values = PersonalValue.objects.filter(
        models.Q(event__about_kind=kind, event__about_id__in=ids)
        | models.Q(event__subject_kind=kind, event__subject_id__in=ids),
        erased_at__isnull=True,
    )
    if fields is not None:
        values = values.filter(field__in=fields)
    found: dict[int, list[str]] = {pk: [] for pk in ids}
    keys = []
    for key, field, about_kind, about_id, subject_id in values.values_list(
        "pk", "field", "event__about_kind", "event__about_id", "event__subject_id"
    ):
        keys.append(key)
        found[about_id if about_kind == kind and about_id in found else subject_id].append(field)
    PersonalValue.objects.filter(pk__in=keys).update(old="", new="", erased_at=at)
    for thing in things:
        named = found[thing.pk]
        record(
            Verb.PERSONAL_ERASED,
            thing,
            by=by,
            at=at,
            reason=reason,
            count=len(named),
            fields=sorted(set(named)),
        )
    return len(keys)


def start_progress(
    kind: str, title: str, *, by: Actor, at: datetime, total: int = 0, site_id: int | None = None
) -> int:
    """The id of a new row that a page can show; it waits until the job's first `advance`."""
    row = Progress.objects.create(
        kind=kind,
        title=title[:200],
        site_id=site_id,
        actor_kind=by.kind,
        actor_id=by.id,
        total=total,
        created_at=at,
        updated_at=at,
    )
    return row.pk


def advance(progress_id: int, *, done: int, at: datetime, failed: int = 0, total: int | None = None) -> bool:
    """Tell how far the work is; whether it should stop, because somebody asked to cancel it or it is over already.

    Call it between the chunks, outside their transactions: the page must see it while the work goes on.
    """
    new: dict[str, Any] = {"done": done, "failed": failed, "updated_at": at, "state": Progress.State.RUNNING}
    if total is not None:
        new["total"] = total
    is_open = _open(progress_id).update(**new) == 1
    return not is_open or Progress.objects.filter(pk=progress_id, cancel_asked=True).exists()


def finish(progress_id: int, *, message: Text, at: datetime) -> None:
    """The work is done."""
    _end(progress_id, Progress.State.DONE, message, at)


def fail(progress_id: int, *, message: Text, at: datetime) -> None:
    """The work cannot be done; the message says why and what to do."""
    _end(progress_id, Progress.State.FAILED, message, at)


def cancelled(progress_id: int, *, message: Text, at: datetime) -> None:
    """The job has seen that it should stop, and has taken back what it had done."""
    _end(progress_id, Progress.State.CANCELLED, message, at)


@transaction.atomic
def ask_cancel(progress_id: int, *, by: Actor, at: datetime) -> None:
    """Ask the job to stop at its next chunk. Refused: not one's own work, or it is over."""
    row = Progress.objects.select_for_update().filter(pk=progress_id).first()
    if row is None:
        raise Missing
    if (row.actor_kind, row.actor_id) != (by.kind, by.id) and not by.sees_all_sites:
        raise Forbidden
    if not _open(progress_id).update(cancel_asked=True, updated_at=at):
        raise Refused(_("“{title}”已经结束，不能再取消", title=row.title), code="progress_over")


def _insert(event: Event) -> None:
    """Write the event. The statement is put together once: each change of anything writes one."""
    values = [field.get_db_prep_save(getattr(event, field.attname), connection) for field in _EVENT_FIELDS]
    with connection.cursor() as cursor:
        cursor.execute(_INSERT_EVENT, values)
        (event.pk,) = cursor.fetchone()
    event._state.adding, event._state.db = False, connection.alias


_EVENT_FIELDS = [field for field in Event._meta.concrete_fields if not field.primary_key]
_INSERT_EVENT = (
    f"INSERT INTO {Event._meta.db_table} ({', '.join(str(field.column) for field in _EVENT_FIELDS)})"  # noqa: S608 - our own columns
    f" VALUES ({', '.join(['%s'] * len(_EVENT_FIELDS))}) RETURNING id"
)


def _reactions() -> Mapping[str, tuple[str, ...]]:
    """The table of reactions stands ten floors up, so its place is a setting and not an import."""
    table: Mapping[str, tuple[str, ...]] = import_string(settings.REACTIONS)
    return table


def _plain(value: Any) -> Any:
    if isinstance(value, Text):
        return value.as_json()
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, str):
        return value
    if isinstance(value, Iterable):
        return [_plain(item) for item in value]
    return value


def _claim_key(by: Actor, verb: str, key: str, mark: str, at: datetime) -> bool:
    """Whether this call is the first with this key. One statement: it waits for another that is still open."""
    field = OnceKey._meta.get_field("at")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_oncekey (actor_kind, actor_id, verb, key, fingerprint, at)"
            " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            [by.kind, by.id, verb, key, mark, field.get_db_prep_value(at, connection)],
        )
        return bool(cursor.rowcount == 1)


def _as_json(value: Any) -> Any:
    """The value as a second call will read it: the first answers the same."""
    return json.loads(json.dumps(value, cls=DjangoJSONEncoder))


def _prune(rows: models.QuerySet[Any], moment: str, before: datetime) -> int:
    """Delete the rows from before, 500 a transaction: nobody waits longer than a blink for the write lock.

    Ids grow with time, so the walk from the oldest ends where the rows are young: no index on the moment is needed.
    """
    count, last = 0, 0
    while chunk := list(rows.filter(pk__gt=last).order_by("pk").values_list("pk", moment)[:500]):
        old = [pk for pk, at in chunk if at < before]
        if not old:
            break
        count += rows.filter(pk__in=old).delete()[0]
        last = chunk[-1][0]
    return count


def _open(progress_id: int) -> models.QuerySet[Progress]:
    return Progress.objects.filter(pk=progress_id, state__in=[Progress.State.WAITING, Progress.State.RUNNING])


def _end(progress_id: int, state: str, message: Text, at: datetime) -> None:
    _open(progress_id).update(state=state, message=message.as_json(), updated_at=at)
