"""The event log (timeline, audit trail, outbox, source of statistics) and what hangs on it."""

from __future__ import annotations

from django.db import models

from gongdan.fields import LongText, ShortText


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

    class Meta:
        indexes = [
            models.Index(fields=["about_kind", "about_id", "id"], name="event_about"),
            models.Index(fields=["site_id", "id"], name="event_site"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.subject_kind}:{self.subject_id}"


class PersonalValue(models.Model):
    """Old and new value of a personal field that an event names; may be erased, with an event saying so."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="personal_values")
    field = ShortText(40)
    old = LongText()
    new = LongText()
    erased_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.field} of event {self.event_id}"


class Delivery(models.Model):
    """One job that an event caused: inserted with the event, handed to the job library by the relay."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="deliveries")
    job = ShortText(120)  # dotted path below `gongdan`, e.g. followup.jobs.schedule_call
    due = models.DateTimeField()
    lease = models.DateTimeField(null=True)
    is_done = models.BooleanField(default=False)
    tries = models.PositiveSmallIntegerField(default=0)
    error = LongText()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event", "job"], name="delivery_once")]
        indexes = [
            models.Index(fields=["due", "id"], name="delivery_open", condition=models.Q(is_done=False)),
        ]

    def __str__(self) -> str:
        return f"{self.job} for event {self.event_id}"


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
        indexes = [models.Index(fields=["at"], name="once_key_at")]

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
