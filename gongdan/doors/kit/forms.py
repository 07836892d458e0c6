"""Plain forms: fields that parse what people type or paste, and say in a sentence what is wrong with it.

A field carries how it wants to be drawn (`kind`, `hint`, `unit`, `wide` ...); the macro `ui.field` draws it.
Labels are given with gettext_lazy, because classes are made before anybody's language is known.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gongdan.doors.kit.spoken import sentence
from gongdan.kernel.errors import Invalid, Refused
from gongdan.kernel.money import parse_yuan, yuan

Words = str | Promise
Pairs = Iterable[tuple[Any, Any]]

MAX_ID = 2**63 - 1
FIRST_YEAR, LAST_YEAR = 1980, 2100
REQUIRED = _("请填写%(label)s")
REQUIRED_CHOICE = _("请选择%(label)s")
CONTROL_CHARACTER = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_WIDE_DIGITS = str.maketrans("０１２３４５６７８９：－／．", "0123456789:-/.")


class Look:
    """How a field wants to be drawn."""

    kind = "text"

    def __init__(
        self,
        label: Words,
        *,
        hint: Words = "",
        unit: Words = "",
        placeholder: Words = "",
        wide: bool = False,
        autofocus: bool = False,
        **kwargs: Any,
    ) -> None:
        self.hint, self.unit, self.placeholder = hint, unit, placeholder
        self.wide, self.autofocus = wide, autofocus
        super().__init__(label=label, **kwargs)  # type: ignore[call-arg]  # the field beside it in the bases

    def say_required(self, words: Words) -> None:
        """Name the field in the sentence about its absence."""
        self.error_messages["required"] = str(words) % {"label": self.label}  # type: ignore[attr-defined]  # set by Field


class Line(Look, forms.CharField):
    """One line of text, trimmed; line breaks that were pasted become spaces."""

    def __init__(self, label: Words, *, max_length: int = 100, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.limit = max_length

    def to_python(self, value: Any) -> str:
        text = super().to_python(value) or ""
        return _clean_text(" ".join(text.split()) if "\n" in text or "\r" in text else text, self.limit)


class Paragraph(Look, forms.CharField):
    """Several lines of text, trimmed, with plain line breaks."""

    kind = "paragraph"

    def __init__(self, label: Words, *, max_length: int = 2000, rows: int = 3, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.limit, self.rows = max_length, rows

    def to_python(self, value: Any) -> str:
        text = super().to_python(value) or ""
        return _clean_text(text.replace("\r\n", "\n").replace("\r", "\n"), self.limit)


class Password(Line):
    """A password: never shown again."""

    kind = "password"


class PhoneField(Line):
    """A telephone number as typed; the verb that stores it normalises it."""

    kind = "phone"

    def __init__(self, label: Words, *, max_length: int = 40, **kwargs: Any) -> None:
        super().__init__(label, max_length=max_length, **kwargs)


class Hidden(Line):
    """A value that the page carries along."""

    kind = "hidden"

    def __init__(self, label: Words = "", *, max_length: int = 100, **kwargs: Any) -> None:
        super().__init__(label, max_length=max_length, **kwargs)


class Number(Look, forms.IntegerField):
    """A whole number between its bounds."""

    kind = "number"

    def __init__(self, label: Words, *, min_value: int = 0, max_value: int = 10**6, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.least, self.most = min_value, max_value
        self.error_messages["invalid"] = _("请填写整数，如 3")

    def to_python(self, value: Any) -> int | None:
        typed = str(value or "").strip() if not isinstance(value, int) else str(value)
        if len(typed) > 20:
            raise ValidationError(self.error_messages["invalid"])
        number = super().to_python(typed.translate(_WIDE_DIGITS) or None)
        if number is not None and not self.least <= number <= self.most:
            raise ValidationError(_("请填写 %(least)s 到 %(most)s 之间的数") % {"least": self.least, "most": self.most})
        return number


class YuanField(Look, forms.Field):
    """Money as typed or pasted ("150元", "¥1,234.50"), in fen."""

    kind = "yuan"

    def __init__(self, label: Words, *, allow_negative: bool = False, **kwargs: Any) -> None:
        kwargs.setdefault("unit", _("元"))
        super().__init__(label, **kwargs)
        self.allow_negative = allow_negative

    def to_python(self, value: Any) -> int | None:
        typed = str(value or "").strip()
        if not typed:
            return None
        try:
            fen = parse_yuan(typed)
        except Refused as refused:
            raise ValidationError(sentence(refused.text)) from refused
        if fen < 0 and not self.allow_negative:
            raise ValidationError(_("金额不能是负数"))
        return fen

    def prepare_value(self, value: Any) -> Any:
        return yuan(value).replace(",", "") if isinstance(value, int) else value


class Tick(Look, forms.BooleanField):
    """Yes or no."""

    kind = "tick"

    def __init__(self, label: Words, *, required: bool = False, **kwargs: Any) -> None:
        super().__init__(label, required=required, **kwargs)


class DateField(Look, forms.Field):
    """A day."""

    kind = "date"

    def to_python(self, value: Any) -> date | None:
        if isinstance(value, date):
            return value
        typed = str(value or "").strip().translate(_WIDE_DIGITS).replace("/", "-").replace(".", "-")
        if not typed:
            return None
        day = _day(typed)
        if day is None:
            raise ValidationError(_("请填写日期，如 2026-03-08"))
        return day

    def prepare_value(self, value: Any) -> Any:
        return value.isoformat() if isinstance(value, date) else value


class LocalDateTimeField(Look, forms.Field):
    """A moment in the shop's time, aware."""

    kind = "datetime"

    def to_python(self, value: Any) -> datetime | None:
        if isinstance(value, datetime):
            return value
        typed = str(value or "").strip().translate(_WIDE_DIGITS).replace("/", "-")
        if not typed:
            return None
        on, _space, at = typed.replace("T", " ").partition(" ")
        day, clock = _day(on), _clock(at.strip())
        if day is None or clock is None:
            raise ValidationError(_("请填写日期和时间，如 2026-03-08 14:30"))
        return timezone.make_aware(datetime.combine(day, clock))

    def prepare_value(self, value: Any) -> Any:
        return f"{timezone.localtime(value):%Y-%m-%dT%H:%M}" if isinstance(value, datetime) else value


@dataclass(frozen=True, slots=True)
class Window:
    """A promised window, both ends aware."""

    start: datetime
    end: datetime


class _Parts(forms.Widget):
    """Reads one value from several inputs: `name_day`, `name_from` ..."""

    def __init__(self, parts: Sequence[str]) -> None:
        super().__init__()
        self.parts = parts

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> dict[str, str]:
        return {part: str(data.get(f"{name}_{part}") or "").strip() for part in self.parts}

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        return all(f"{name}_{part}" not in data for part in self.parts)


class WindowField(Look, forms.Field):
    """A day and two times; the end lies after the start."""

    kind = "window"

    def __init__(self, label: Words, **kwargs: Any) -> None:
        super().__init__(label, widget=_Parts(("day", "from", "to")), **kwargs)

    def to_python(self, value: Any) -> Window | None:
        if isinstance(value, Window):
            return value
        parts: dict[str, str] = value or {}
        if not any(parts.get(part) for part in ("from", "to")):
            return None
        day = DateField("").to_python(parts.get("day"))
        start, end = _clock(parts.get("from", "")), _clock(parts.get("to", ""))
        if day is None or start is None or end is None:
            raise ValidationError(_("请填写日期和起止时间，如 14:00 到 16:00"))
        if end <= start:
            raise ValidationError(_("结束时间要晚于开始时间"))
        return Window(
            timezone.make_aware(datetime.combine(day, start)), timezone.make_aware(datetime.combine(day, end))
        )

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, Window):
            return value or {}
        start, end = timezone.localtime(value.start), timezone.localtime(value.end)
        return {"day": f"{start:%Y-%m-%d}", "from": f"{start:%H:%M}", "to": f"{end:%H:%M}"}


class Choice(Look, forms.Field):
    """One of the choices: pairs or a callable that gives them; `coerce` makes the value. Absent: `empty_value`."""

    kind = "choice"

    def __init__(
        self,
        label: Words,
        *,
        choices: Pairs | Callable[[], Pairs],
        coerce: Callable[[str], Any] = str,
        empty_value: Any = "",
        shown_as: str = "select",
        empty_label: Words = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(label, **kwargs)
        self.source, self.coerce, self.empty_value = choices, coerce, empty_value
        self.shown_as, self.empty_label = shown_as, empty_label

    @property
    def choices(self) -> list[tuple[str, Any]]:
        """The pairs as they stand now, values as str."""
        source = self.source
        return [(str(value), label) for value, label in (source() if callable(source) else source)]

    def to_python(self, value: Any) -> Any:
        typed = "" if value is None else str(value)
        if not typed:
            return self.empty_value
        if all(typed != known for known, _label in self.choices):
            raise ValidationError(_("“%(typed)s”不在可选范围内，请重新选择") % {"typed": typed[:40]})
        return self.coerce(typed)

    def validate(self, value: Any) -> None:
        if self.required and (value is None or value == self.empty_value):
            raise ValidationError(self.error_messages["required"], code="required")


class Choices(Choice):
    """Any number of the choices, as a list."""

    kind = "choices"
    widget = forms.SelectMultiple

    def to_python(self, value: Any) -> list[Any]:
        known = {pair[0] for pair in self.choices}
        typed = [str(one) for one in value or ()]
        if unknown := [one for one in typed if one not in known]:
            raise ValidationError(_("“%(typed)s”不在可选范围内，请重新选择") % {"typed": unknown[0][:40]})
        return [self.coerce(one) for one in typed]

    def validate(self, value: Any) -> None:
        if self.required and not value:
            raise ValidationError(self.error_messages["required"], code="required")


class Pick(Look, forms.Field):
    """Search as you type: the value is what the chosen row stands for (`coerce`, an id by default), or None.

    `url` names the view that answers `?q=` with `kit.picks.options_fragment`. `with_` lists fields of the same form
    whose values the search needs; they are sent along.
    """

    kind = "pick"

    def __init__(
        self,
        label: Words,
        *,
        url: str,
        coerce: Callable[[str], Any] | None = None,
        with_: Sequence[str] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(label, **kwargs)
        self.url, self.with_ = url, with_
        self.coerce = coerce or _an_id

    def to_python(self, value: Any) -> Any:
        typed = str(value if value is not None else "").strip()
        if not typed:
            return None
        try:
            return self.coerce(typed)
        except ValueError as error:
            raise ValidationError(_("请从列表中选择%(label)s") % {"label": self.label}) from error


class DivisionField(Pick):
    """An administrative division by its code of 6, 9 or 12 digits; picked by name, kept as the code, "" when empty."""

    def __init__(self, label: Words, *, url: str = "", **kwargs: Any) -> None:
        super().__init__(label, url=url, coerce=_a_division, **kwargs)

    def to_python(self, value: Any) -> str:
        return super().to_python(value) or ""


class FileField(Look, forms.FileField):
    """An uploaded file within its size and kinds of name."""

    kind = "file"

    def __init__(
        self, label: Words, *, endings: Sequence[str] = (), max_bytes: int = 20 * 1024 * 1024, **kwargs: Any
    ) -> None:
        super().__init__(label, **kwargs)
        self.endings, self.max_bytes = tuple(endings), max_bytes
        self.error_messages["empty"] = _("这个文件是空的，请重新选择")
        self.error_messages["invalid"] = _("没有收到文件，请重新选择")

    def to_python(self, data: Any) -> UploadedFile[Any] | None:
        file = cast("UploadedFile[Any] | None", super().to_python(data))
        if file is None:
            return None
        if self.endings and not (file.name or "").lower().endswith(self.endings):
            kinds = "、".join(self.endings)
            raise ValidationError(_("只能用这些格式的文件：%(kinds)s") % {"kinds": kinds})
        if (file.size or 0) > self.max_bytes:
            raise ValidationError(_("文件太大，最多 %(limit)s MB") % {"limit": self.max_bytes // 1024 // 1024})
        return file


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature: the strokes as drawn, and their picture made here (never taken from the browser)."""

    strokes: dict[str, Any]
    svg: str


class Signature(Look, forms.Field):
    """A signature drawn on the screen."""

    kind = "signature"
    MAX_BYTES = 200_000
    MAX_SIDE = 4000

    def to_python(self, value: Any) -> Signed | None:
        typed = str(value or "")
        if not typed:
            return None
        again = ValidationError(_("签名没有收完整，请再签一次"))
        if len(typed) > self.MAX_BYTES:
            raise again
        try:
            drawn = json.loads(typed)
            width, height = (min(max(int(drawn[side]), 1), self.MAX_SIDE) for side in ("width", "height"))
            lines = [[(float(point[0]), float(point[1])) for point in line] for line in drawn["lines"] if line]
        except (ValueError, TypeError, KeyError, IndexError, OverflowError, RecursionError) as error:
            raise again from error
        if not lines:
            return None
        paths = "".join(f'<path d="{_path(line)}"/>' for line in lines)
        svg = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" fill="none" stroke="#000" '
            f'stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round">{paths}</svg>'
        )
        kept = {"width": width, "height": height, "lines": [[list(point) for point in line] for line in lines]}
        return Signed(kept, svg)


class KitForm(forms.Form):
    """A form of ours: required fields name themselves, refusals find their field, picked rows keep their text."""

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._shown: dict[str, str] = {}
        for field in self.fields.values():
            if isinstance(field, Look):
                chosen = isinstance(field, Choice | Pick | DateField | LocalDateTimeField | WindowField | FileField)
                field.say_required(REQUIRED_CHOICE if chosen else REQUIRED)

    def refuse(self, refused: Refused) -> bool:
        """Put a refusal at its fields. True when every sentence found a visible one; then no message bar is needed."""
        errors = refused.errors if isinstance(refused, Invalid) else {refused.field: refused.text}
        homeless = [name for name in errors if name not in self.fields]
        for name, text in errors.items():
            if name in self.fields:
                self.add_error(name, sentence(text))
            elif isinstance(refused, Invalid):
                self.add_error(None, sentence(text))
        return not homeless or isinstance(refused, Invalid)

    def changes(self, old: Mapping[str, Any]) -> dict[str, list[Any]]:
        """What differs from `old`, as {field: [old, new]}: the facts of an edit."""
        return {
            name: [old[name], self.cleaned_data[name]]
            for name in self.fields
            if name in old and name in self.cleaned_data and old[name] != self.cleaned_data[name]
        }

    def offer_choices(self, name: str, choices: Pairs | Callable[[], Pairs]) -> None:
        """What a `Choice` or `Choices` of this form offers, where only the form's maker knows it."""
        field = self.fields[name]
        assert isinstance(field, Choice), name
        field.source = choices

    def show(self, name: str, text: object) -> None:
        """The words for the row that a `Pick` holds."""
        self._shown[name] = sentence(text)

    def shown(self, name: str) -> str:
        """The words in the visible part of a `Pick`: as typed, else as given by `show`."""
        if self.is_bound and (typed := self.data.get(f"{self.add_prefix(name)}_shown")):
            return str(typed)[:200]
        return self._shown.get(name, "")


def _clean_text(text: str, limit: int) -> str:
    if CONTROL_CHARACTER.search(text):
        raise ValidationError(_("文字里有无法保存的控制字符，请删去后重新粘贴"))
    if len(text) > limit:
        raise ValidationError(_("最多 %(limit)s 个字，现在有 %(count)s 个") % {"limit": limit, "count": len(text)})
    return text


def _day(typed: str) -> date | None:
    match = re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", typed, re.ASCII)
    try:
        day = date(*map(int, match.groups())) if match else None
    except ValueError:
        return None
    return day if day and FIRST_YEAR <= day.year <= LAST_YEAR else None


def _clock(typed: str) -> time | None:
    match = re.fullmatch(r"(\d{1,2}):(\d{2})(?::\d{2}(?:\.\d+)?)?", typed.translate(_WIDE_DIGITS), re.ASCII)
    try:
        return time(int(match[1]), int(match[2])) if match else None
    except ValueError:
        return None


def _an_id(typed: str) -> int:
    number = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 20 else 0
    if not 0 < number <= MAX_ID:
        raise ValueError(typed)
    return number


def _a_division(typed: str) -> str:
    if not re.fullmatch(r"[1-9]\d{5}(\d{3}(\d{3})?)?", typed, re.ASCII):
        raise ValueError(typed)
    return typed


def _path(line: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{_within(x):.1f} {_within(y):.1f}" for x, y in line)


def _within(value: float) -> float:
    """A coordinate inside the sheet; NaN and infinity become its edge."""
    return min(max(value, 0.0), float(Signature.MAX_SIDE)) if value == value else 0.0  # noqa: PLR0124 - NaN differs from itself
