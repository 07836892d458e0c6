"""合并客户: two records of one customer become one over three floors, and can be taken apart again."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from gongdan.customers import actions as customers
from gongdan.customers.models import Merge
from gongdan.devices import actions as devices
from gongdan.kernel.actor import Actor
from gongdan.orders import actions as orders


@transaction.atomic
def merge(
    keep_id: int,
    gone_id: int,
    *,
    seen: int,
    gone_seen: int,
    take: Collection[str] = (),
    reason: str = "",
    by: Actor,
    at: datetime,
) -> Merge:
    """Merge the second customer into the first, with devices, archive and orders; each app moves its own rows."""
    row = customers.merge(keep_id, gone_id, seen=seen, gone_seen=gone_seen, take=take, reason=reason, by=by, at=at)
    same = {int(old): new for old, new in row.moved["same_addresses"]}
    moved = devices.move_devices(gone_id, keep_id, addresses=same)
    customers.remember_moved(row, moved | {"orders": orders.move_orders(gone_id, keep_id)})
    return row


@transaction.atomic
def unmerge(merge_id: int, *, by: Actor, at: datetime) -> Merge:
    """Take a merge back: exactly what moved goes back, what came since stays with the kept customer."""
    row = customers.unmerge(merge_id, by=by, at=at)
    devices.put_back_devices(row.moved, from_id=row.kept_id, to_id=row.gone_id)
    orders.move_orders(row.kept_id, row.gone_id, only=row.moved.get("orders", ()))
    return row
