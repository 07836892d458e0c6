"""The colours can be read, in light and in dark."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gongdan.doors import kit

CSS = (Path(kit.__file__).parent / "static/kit/theme.css").read_text(encoding="utf-8")
LIGHT = dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6});", CSS.split(":root[data-theme")[0]))
DARK = dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6});", CSS.split(':root[data-theme="dark"]')[1].split("}")[0]))
SYSTEM = dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6});", CSS.split("prefers-color-scheme: dark")[1].split("}")[0]))
TONES = ["waiting", "running", "done", "danger", "quiet"]
PAIRS = [
    *((ink, ground) for ink in ("ink", "ink-2", "ink-3", "accent") for ground in ("bg", "panel")),
    *((tone, f"{tone}-soft") for tone in TONES),
    *((tone, "panel") for tone in TONES),
    ("ink", "accent-soft"),
    ("accent", "accent-soft"),
    ("accent-ink", "accent"),
    ("panel", "danger"),
]


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_words_stand_out_from_their_ground(theme: dict[str, str]) -> None:
    weak = {
        f"{ink} on {ground}": round(value, 2)
        for ink, ground in PAIRS
        if (value := contrast(theme[ink], theme[ground])) < 4.5
    }

    assert weak == {}


def test_the_dark_of_the_system_is_the_dark_of_the_button() -> None:
    assert SYSTEM == DARK
    assert DARK.keys() == LIGHT.keys()
