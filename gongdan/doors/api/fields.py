"""What may be sent: every text has a length, every number a bound, every time a zone, and unknown fields are refused."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from ninja import Schema
from pydantic import AfterValidator, AwareDatetime, ConfigDict, Field, StringConstraints

_FIRST, _LAST = 1970, 2100


def _no_nul(text: str) -> str:
    if "\x00" in text:
        raise ValueError("nul")
    return text


def _in_range(value: Any) -> Any:
    if not _FIRST <= value.year <= _LAST:
        raise ValueError("year")
    return value


def _line(length: int) -> Any:
    return Annotated[str, StringConstraints(max_length=length, strip_whitespace=True), AfterValidator(_no_nul)]


Short = _line(40)
Line = _line(100)
Long = _line(200)
Paragraph = _line(1000)
Story = _line(4000)
Phone = _line(120)
Words = _line(100)
Id = Annotated[int, Field(ge=1, le=2**53 - 1)]
Version = Annotated[int, Field(ge=0, le=2**31 - 1)]
Quantity = Annotated[int, Field(ge=1, le=999)]
Fen = Annotated[int, Field(ge=1, le=10**12)]
Moment = Annotated[datetime, AwareDatetime, AfterValidator(_in_range)]
Day = Annotated[date, AfterValidator(_in_range)]


class Input(Schema):
    """A body. Unknown fields are refused: an amount due, a price or a share can be sent nowhere (R-175)."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Seen(Input):
    """The version that the caller saw; a newer one is answered with 409."""

    seen: Version


class Reason(Seen):
    """Version and reason."""

    reason: Long
