"""What an edit sets on a row: the fields that may be set, and what differs, as the events keep it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from gongdan.kernel.errors import Invalid
from gongdan.kernel.text import Text


def only(fields: Mapping[str, Any], allowed: Collection[str]) -> dict[str, Any]:
    """The fields with their texts stripped. A field that is not allowed is the program's own fault."""
    unknown = set(fields) - set(allowed)
    assert not unknown, f"unknown fields {unknown}"
    return {name: value.strip() if isinstance(value, str) else value for name, value in fields.items()}


def changed(row: object, fields: Mapping[str, Any], allowed: Collection[str]) -> dict[str, list[Any]]:
    """Set what differs on the row; old and new values by field."""
    changes: dict[str, list[Any]] = {}
    for name, value in only(fields, allowed).items():
        old = getattr(row, name)
        if old != value:
            setattr(row, name, value)
            changes[name.removesuffix("_id")] = [old, value]
    return changes


def refuse(errors: Mapping[str, Text]) -> None:
    """Invalid with these sentences, unless there are none."""
    if errors:
        raise Invalid(dict(errors))
