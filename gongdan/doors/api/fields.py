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


Short = Annotated[str, StringConstraints(max_length=40, strip_whitespace=True), AfterValidator(_no_nul)]
Line = Annotated[str, StringConstraints(max_length=100, strip_whitespace=True), AfterValidator(_no_nul)]
Long = Annotated[str, StringConstraints(max_length=200, strip_whitespace=True), AfterValidator(_no_nul)]
Paragraph = Annotated[str, StringConstraints(max_length=1000, strip_whitespace=True), AfterValidator(_no_nul)]
Story = Annotated[str, StringConstraints(max_length=4000, strip_whitespace=True), AfterValidator(_no_nul)]
Phone = Annotated[str, StringConstraints(max_length=120, strip_whitespace=True), AfterValidator(_no_nul)]
Words = Annotated[str, StringConstraints(max_length=100, strip_whitespace=True), AfterValidator(_no_nul)]
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
