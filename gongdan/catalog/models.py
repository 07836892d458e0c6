"""What can be repaired and what is known about it: categories, brands, models, faults, scripts and working days."""

from __future__ import annotations

from enum import StrEnum

from django.db import models

from gongdan.catalog import states
from gongdan.fields import LongText, ShortText


def _one_of(field: str, words: type[StrEnum], *, name: str) -> models.CheckConstraint:
    return models.CheckConstraint(condition=models.Q(**{f"{field}__in": [word.value for word in words]}), name=name)


class Category(models.Model):
    """A category of devices. Its default mode is only proposed: every category may be served in every mode."""

    code = ShortText(20, unique=True)
    name = ShortText(30, unique=True)
    initials = ShortText(30, blank=True)
    aliases = models.JSONField(default=list, blank=True)  # other words for it in papers and spreadsheets
    default_mode = ShortText(10, default=states.Mode.ON_SITE)
    needs_installation = models.BooleanField(default=False)  # the warranty starts with the end of installation
    part_wait_days = models.PositiveSmallIntegerField(default=90)  # waiting longer for the maker's part: exchange due
    has_journal = models.BooleanField(default=False)  # 流水
    has_cash_box = models.BooleanField(default=False)  # 钱箱
    long_minutes = models.PositiveIntegerField(default=120)  # on site longer than this: long handling
    needs_preliminary = models.BooleanField(default=False)  # a preliminary diagnosis is asked for before a visit
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [_one_of("default_mode", states.Mode, name="category_mode_known")]

    def __str__(self) -> str:
        return self.name


class Brand(models.Model):
    """A maker. `name_keys` holds every name it goes by, normalised, each between bars: |格力|gree|."""

    name = ShortText(40, unique=True)
    initials = ShortText(40, blank=True)
    aliases = models.JSONField(default=list, blank=True)
    name_keys = ShortText(400, blank=True)
    buffer_months = models.PositiveSmallIntegerField(null=True, blank=True)  # None: the house default
    buffer_rule = ShortText(20, blank=True)  # "" or "next_month": from the first day of the month after manufacture
    is_active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return self.name


class ProductModel(models.Model):
    """A model of a brand in a category."""

    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="product_models")
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="product_models")
    name = ShortText(80)
    name_key = ShortText(80)
    spec = ShortText(100, blank=True)
    is_active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["category", "brand", "name_key"], name="product_model_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Fault(models.Model):
    """A known fault: symptom, cause, remedy, the part it takes, and how it is usually solved."""

    code = ShortText(20, unique=True)  # F001 ...
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="faults")
    symptom = ShortText(200)
    initials = ShortText(200, blank=True)
    error_code = ShortText(30, blank=True)  # as printed: E1, P1/P2
    brand = models.ForeignKey(Brand, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    cause = LongText(500)
    remedy = LongText(500)
    part = ShortText(60, blank=True)
    usual_mode = ShortText(16, default=states.UsualMode.ON_SITE)
    basis = ShortText(8, default=states.Basis.OWN)
    sources = LongText(2000)
    times = models.PositiveIntegerField(default=0)  # how often orders had it lately: deposited, and no edit of the row
    is_active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            _one_of("usual_mode", states.UsualMode, name="fault_mode_known"),
            _one_of("basis", states.Basis, name="fault_basis_known"),
        ]
        indexes = [models.Index(fields=["category", "code"], name="fault_category")]

    def __str__(self) -> str:
        return f"{self.code} {self.symptom}"


class ErrorCode(models.Model):
    """One error code of a fault, normalised for look-up. Brand None: holds for every brand without a row of its own."""

    fault = models.ForeignKey(Fault, on_delete=models.CASCADE, related_name="error_codes")
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="+")
    brand = models.ForeignKey(Brand, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    code_key = ShortText(30)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["fault", "code_key"], name="error_code_once")]
        indexes = [models.Index(fields=["category", "code_key"], name="error_code_key")]

    def __str__(self) -> str:
        return self.code_key


class Question(models.Model):
    """One question of a script. Category None: asked for every category, before its own questions."""

    category = models.ForeignKey(Category, null=True, blank=True, on_delete=models.PROTECT, related_name="questions")
    position = models.PositiveSmallIntegerField(default=0)
    text = ShortText(200)
    kind = ShortText(8, default=states.QuestionKind.TEXT)
    choices = models.JSONField(default=list, blank=True)
    is_active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [_one_of("kind", states.QuestionKind, name="question_kind_known")]
        indexes = [models.Index(fields=["category", "position"], name="question_place")]

    def __str__(self) -> str:
        return self.text


class Phrase(models.Model):
    """A polite sentence to say at a step of the service."""

    step = ShortText(8)
    position = models.PositiveSmallIntegerField(default=0)
    text = ShortText(300)
    is_active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [_one_of("step", states.Step, name="phrase_step_known")]
        indexes = [models.Index(fields=["step", "position"], name="phrase_place")]

    def __str__(self) -> str:
        return self.text


class CodeAdvice(models.Model):
    """What an error code or a symptom in a customer's words calls for: the phone or a visit, what to ask and to say.

    `words` is written as the shop says it (645/646, 掉包/丢包); `word_keys` holds each of them between bars.
    """

    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="advice")
    words = ShortText(60)
    word_keys = ShortText(100)
    meaning = ShortText(100, blank=True)
    origin = ShortText(60, blank=True)  # where it usually comes from: 账号, 线路
    side = ShortText(8)
    questions = models.JSONField(default=list, blank=True)  # what to ask first
    steps = models.JSONField(default=list, blank=True)  # what to read out, one after the other
    basis = ShortText(8, default=states.Basis.OWN)
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            _one_of("side", states.Side, name="advice_side_known"),
            _one_of("basis", states.Basis, name="advice_basis_known"),
            models.UniqueConstraint(fields=["category", "words"], name="advice_once"),
        ]

    def __str__(self) -> str:
        return self.words


class ForbiddenWord(models.Model):
    """A word that no text to a customer may contain. `word_key` is how it is compared."""

    word = ShortText(20, unique=True)
    word_key = ShortText(20)
    is_active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return self.word


class Apology(models.Model):
    """An apology to say or write; `{reason}` in its text is where the reason goes."""

    kind = ShortText(14)
    position = models.PositiveSmallIntegerField(default=0)
    text = ShortText(300)
    is_active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [_one_of("kind", states.ApologyKind, name="apology_kind_known")]
        indexes = [models.Index(fields=["kind", "position"], name="apology_place")]

    def __str__(self) -> str:
        return self.text


class CalendarDay(models.Model):
    """A day that does not follow the week. `checksum` is of the row's content: their sum tells whether any changed."""

    day = models.DateField(unique=True)
    kind = ShortText(12)
    name = ShortText(30, blank=True)
    checksum = models.BigIntegerField()

    class Meta:
        constraints = [_one_of("kind", states.DayKind, name="calendar_day_kind_known")]

    def __str__(self) -> str:
        return f"{self.day} {self.kind}"
