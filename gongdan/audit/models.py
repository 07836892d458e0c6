"""The event log (timeline, audit trail, outbox, source of statistics) and what hangs on it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NoReturn, Self

from django.db import models

from gongdan.fields import LongText, ShortText


class EventQuerySet(models.QuerySet["Event"]):
    """Events by what they tell of. Nothing here changes or deletes one; triggers in the database hold that too."""

    def about(self, kind: str, thing_id: int) -> Self:
        """On the timeline of this document."""
        return self.filter(about_kind=kind, about_id=thing_id)

    def of_part(self, kind: str, thing_id: int) -> Self:
        """Of a thing that shows on another document's timeline (a visit on its order); by an index of its own."""
        return self.filter(subject_kind=kind, subject_id=thing_id).exclude(subject_kind=models.F("about_kind"))

    def update(self, **_fields: Any) -> NoReturn:
        raise TypeError(NEVER_CHANGED)

    def delete(self) -> NoReturn:
        raise TypeError(NEVER_CHANGED)

    def bulk_update(self, *_args: Any, **_fields: Any) -> NoReturn:
        raise TypeError(NEVER_CHANGED)


NEVER_CHANGED = "events are only ever inserted: record another event that corrects this one"


class Event(models.Model):
    """One thing that happened. Rows are only ever inserted."""

    verb = ShortText(60)
    subject_kind = ShortText(40)
    subject_id = models.BigIntegerField()
    about_kind = ShortText(40)  # the document on whose timeline it shows
    about_id = models.BigIntegerField()
    site_id = models.BigIntegerField(null=True)
    actor_kind = ShortText(20)
    actor_id = models.BigIntegerField()
    actor_name = ShortText(60, blank=True)
    at = models.DateTimeField()
    happened_at = models.DateTimeField(null=True)  # set when it happened offline, before `at`
    facts = models.JSONField(default=dict)

    objects = EventQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["about_kind", "about_id", "id"], name="event_about"),
            models.Index(fields=["site_id", "id"], name="event_site"),
            models.Index(  # parts only: most events are about their own subject, and the table is the largest of all
                fields=["subject_kind", "subject_id", "id"],
                name="event_part",
                condition=~models.Q(subject_kind=models.F("about_kind")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.subject_kind}:{self.subject_id}"


class PersonalValue(models.Model):
    """Old and new value of a personal field that an event names; may be erased, with an event saying so."""

    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="personal_values")
    field = ShortText(40)
    old = LongText()
    new = LongText()
    erased_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.field} of event {self.event_id}"


class TaskQuerySet(models.QuerySet[Any]):
    """Background work by whether it can be handed over."""

    def ready(self, *, at: datetime) -> Self:
        """Due, and in nobody's hands: never handed over, or the lease of a process that died has run out."""
        free = models.Q(lease__isnull=True) | models.Q(lease__lt=at)
        return self.filter(free, is_done=False, due__lte=at).order_by("due", "id")


class Task(models.Model):
    """One job to run: when, in whose hands until when, and how it went."""

    job = ShortText(120)  # dotted path below `gongdan`, e.g. followup.jobs.schedule_call
    due = models.DateTimeField()
    lease = models.DateTimeField(null=True)  # in a worker's hands until then; also tells one hand-over from the next
    is_done = models.BooleanField(default=False)
    tries = models.PositiveSmallIntegerField(default=0)
    error = LongText()  # of the last try, for whoever looks after the machine

    objects = TaskQuerySet.as_manager()

    class Meta:
        abstract = True

    @property
    def is_given_up(self) -> bool:
        """Ended because the last try failed too; `actions.retry_given_up` opens it again."""
        return self.is_done and bool(self.error)


class Delivery(Task):
    """One job that an event caused: inserted with the event, handed to the job library by the relay."""

    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="deliveries", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event", "job"], name="delivery_once")]
        indexes = [
            models.Index(fields=["due", "id"], name="delivery_open", condition=models.Q(is_done=False)),
            models.Index(  # the few that need somebody's attention
                fields=["id"], name="delivery_failing", condition=~models.Q(error="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.job} for event {self.event_id}"


class Routine(Task):
    """One job of `reactions.table.PERIODIC` with its next time: a machine that slept at that hour catches up."""

    ended_at = models.DateTimeField(null=True)  # of the last run that went well

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job"], name="routine_once")]

    def __str__(self) -> str:
        return f"{self.job}"


class OnceKey(models.Model):
    """A client-made key: the same verb with the same key runs once, and answers its first result again."""

    actor_kind = ShortText(20)
    actor_id = models.BigIntegerField()
    verb = ShortText(60)
    key = ShortText(80)
    fingerprint = ShortText(64)
    result = models.JSONField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["actor_kind", "actor_id", "verb", "key"], name="once_key"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.key}"


class Progress(models.Model):
    """Long work that a user asked for: shown on its page, can be left and found again, can be cancelled."""

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    kind = ShortText(40)
    title = ShortText(200)
    site_id = models.BigIntegerField(null=True)
    actor_kind = ShortText(20)
    actor_id = models.BigIntegerField()
    state = ShortText(12, choices=State.choices, default=State.WAITING)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    message = models.JSONField(null=True)  # a kernel Text as JSON
    cancel_asked = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.kind} {self.done}/{self.total}"
