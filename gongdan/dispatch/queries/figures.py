"""How promises were kept (R-073, O-067): the first one and the moved one are told apart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from gongdan.dispatch.models import Promise
from gongdan.kernel.actor import Actor
from gongdan.orders import access as orders
from gongdan.orders.states import Status


@dataclass(frozen=True, slots=True)
class Kept:
    """How many promises were due and how many were kept."""

    first_due: int
    first_kept: int
    moved_due: int
    moved_kept: int

    @property
    def first_rate(self) -> float | None:
        """Share of first promises that were kept; None while none was due."""
        return self.first_kept / self.first_due if self.first_due else None

    @property
    def moved_rate(self) -> float | None:
        """Share of moved promises that were kept; None while none was due."""
        return self.moved_kept / self.moved_due if self.moved_due else None


def kept(start: datetime, end: datetime, actor: Actor, *, at: datetime) -> Kept:
    """The promises whose window ended in the period, on orders that the actor may see. One query.

    A promise that we moved was not kept, whatever came of the new one; what the customer moved himself counts as the
    first. A window that passed without anybody coming was not kept. Cancelled orders leave the count.
    """
    rows = Promise.objects.filter(end__gte=start, end__lt=end, is_agreed=True, order__in=orders.visible_to(actor))
    rows = rows.exclude(order__status=Status.CANCELLED)
    was_due = Q(kept__isnull=False) | Q(withdrawn_at__isnull=True, end__lt=at)
    first = Q(counts_as_first=True)
    found = rows.aggregate(
        first_due=Count("pk", filter=was_due & first),
        first_kept=Count("pk", filter=Q(kept=True) & first),
        moved_due=Count("pk", filter=was_due & ~first),
        moved_kept=Count("pk", filter=Q(kept=True) & ~first),
    )
    return Kept(**found)
