"""What happens to papers themselves, in words."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from gongdan.kernel.text import Text, _


class Verb(StrEnum):
    """Event verbs of papers."""

    PDF_ASKED = "paper.pdf_asked"


SENTENCES: Mapping[str, Text] = {
    Verb.PDF_ASKED: _("{actor} 要求生成 {number} 的 PDF（{size}）"),
}
