"""Every app's event sentences and field names: the log below them reads this place from a setting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec

from gongdan.config.settings import OUR_APPS
from gongdan.kernel.text import Text


@dataclass(frozen=True, slots=True)
class Words:
    """Sentences by verb; names of fields by app, then by field."""

    sentences: Mapping[str, Text]
    fields: Mapping[str, Mapping[str, Text]]


def gathered() -> Words:
    """`SENTENCES` and `FIELDS` of the `events` room of every app that has one."""
    rooms = {app: import_module(f"gongdan.{app}.events") for app in OUR_APPS if find_spec(f"gongdan.{app}.events")}
    sentences: dict[str, Text] = {}
    for app, room in rooms.items():
        added = getattr(room, "SENTENCES", {})
        twice = sorted(sentences.keys() & added.keys())
        assert not twice, f"{app}: these verbs stand in another app too: {twice}"
        sentences |= {str(verb): text for verb, text in added.items()}
    return Words(sentences, {app: getattr(room, "FIELDS", {}) for app, room in rooms.items()})


ALL = gathered()
