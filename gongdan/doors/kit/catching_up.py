"""Two people at one form: what each touched is known, so the later save keeps what the earlier one brought.

A page that edits carries in its hidden input `was` what every input held when it was drawn. Only what differs from it was
touched; where a colleague saved meanwhile, the rest of the form follows him. `draft.js` keeps `seen` and `was` of such a
form with the typed text, so that a draft of an older page is merged like that page.

The inputs of a form go by their names without its prefix; `prefixed` gives them one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from django.http import HttpRequest
from django.utils.translation import gettext as _

from gongdan.doors.kit.forms import Choice, KitForm, LocalDateTimeField, Pick, Tick, WindowField
from gongdan.doors.kit.spoken import sentence

MAX_WAS = 100_000  # characters; a longer memory is none


def told_of(forms: Iterable[KitForm]) -> str:
    """The value of the hidden input `was`: what every input of these unbound forms holds."""
    return json.dumps(was_of(forms), ensure_ascii=False)


def was_of(forms: Iterable[KitForm]) -> dict[str, str]:
    """What every input of these unbound forms holds, as the browser would send it back."""
    return {
        form.add_prefix(name): value for form in forms for field in form.fields for name, value in _held(form, field)
    }


def remembered(request: HttpRequest) -> dict[str, str]:
    """What the inputs held when the form was drawn; all count as touched where it cannot be read."""
    try:
        was = json.loads(request.POST.get("was", "")[:MAX_WAS])
    except ValueError:
        return {}
    if not isinstance(was, dict):
        return {}
    return {str(name): str(value) for name, value in was.items()}


def is_touched(form: KitForm, field: str, was: Mapping[str, str]) -> bool:
    """Whether the field of a bound form differs from what it held when it was drawn."""
    return any(
        _plain(form.data.get(name, "")) != _plain(was.get(name, "\x00"))
        for name in map(form.add_prefix, _names(form, field))
    )


def merged(form: KitForm, fresh: KitForm, was: Mapping[str, str]) -> dict[str, str]:
    """The inputs of the form over the thing as it stands now: what was touched as typed, the rest of `fresh`."""
    values: dict[str, str] = {}
    for field in form.fields:
        values |= _inputs(form if is_touched(form, field, was) else fresh, field)
    return values


def inputs(form: KitForm) -> dict[str, str]:
    """All inputs of a form: as they were sent, or as an unbound one holds them."""
    return {name: value for field in form.fields for name, value in _inputs(form, field).items()}


def prefixed(values: Mapping[str, str], prefix: str) -> dict[str, str]:
    """The inputs as a form with this prefix names them."""
    return {f"{prefix}-{name}": value for name, value in values.items()}


def overtaken(form: KitForm, fresh: KitForm, was: Mapping[str, str]) -> dict[str, str]:
    """Where both touched one field: what stands there by now, in words."""
    said: dict[str, str] = {}
    for field in form.fields:
        typed, now = _inputs(form, field), _inputs(fresh, field)
        differs = any(_plain(typed[name]) != _plain(now[name]) for name in typed)
        is_new = any(
            _plain(value) != _plain(was.get(form.add_prefix(name), "\x00")) for name, value in _held(fresh, field)
        )
        if differs and is_new and is_touched(form, field, was):
            said[field] = _("现在是：%(value)s") % {"value": _in_words(fresh, field) or _("（空）")}
    return said


def _inputs(form: KitForm, field: str) -> dict[str, str]:
    """The inputs of one field; of a picked row its words too."""
    if form.is_bound:
        values = {name: str(form.data.get(form.add_prefix(name), "")) for name in _names(form, field)}
    else:
        values = dict(_held(form, field))
    if isinstance(form.fields[field], Pick):
        values[f"{field}_shown"] = form.shown(field)
    return values


def _held(form: KitForm, field: str) -> Iterable[tuple[str, str]]:
    """What an unbound form holds of a field, as the browser would send it back."""
    kind = form.fields[field]
    prepared = kind.prepare_value(form.get_initial_for_field(kind, field))
    if isinstance(kind, WindowField):
        parts = prepared or {}
        return [(name, str(parts.get(name.removeprefix(f"{field}_")) or "")) for name in _names(form, field)]
    if isinstance(kind, Tick):
        return [(field, "on" if prepared else "")]
    return [(field, "" if prepared is None else str(prepared))]


def _names(form: KitForm, field: str) -> list[str]:
    is_window = isinstance(form.fields[field], WindowField)
    return [f"{field}_{part}" for part in ("day", "from", "to")] if is_window else [field]


def _in_words(form: KitForm, field: str) -> str:
    kind = form.fields[field]
    value = " ".join(one for _name, one in _held(form, field) if one)
    if isinstance(kind, Tick):
        return _("是") if value else _("否")
    if isinstance(kind, Choice):
        return next((sentence(label) for known, label in kind.choices if known == value), value)
    if isinstance(kind, Pick):
        return form.shown(field) or value
    return value.replace("T", " ") if isinstance(kind, LocalDateTimeField) else value


def _plain(typed: str) -> str:
    """Browsers send line breaks as they like."""
    return typed.replace("\r\n", "\n").strip()
