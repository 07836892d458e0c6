"""Everything about one order, ready for its page: read once, finished words, what may be done next."""

from __future__ import annotations

from gongdan.doors.desk.orders.facts.deeds import Deeds
from gongdan.doors.desk.orders.facts.done import Done
from gongdan.doors.desk.orders.facts.head import Head
from gongdan.doors.desk.orders.facts.timeline import EVENTS, Timeline
from gongdan.doors.desk.orders.facts.told import Told

__all__ = ["EVENTS", "Document", "Timeline"]


class Document(Head, Deeds, Told, Done):
    """The page of an order. Forms that were sent and refused come in by name, with what was typed."""
