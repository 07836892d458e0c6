"""What the log says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from gongdan.kernel.text import Text, _


class Verb(StrEnum):
    """Events of the log itself."""

    PERSONAL_ERASED = "audit.personal_erased"


SENTENCES: Mapping[str, Text] = {
    Verb.PERSONAL_ERASED: _("{actor} 抹去了 {count} 处个人信息的旧值，原因：{reason}"),
}
FIELDS: Mapping[str, Text] = {}
