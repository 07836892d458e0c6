"""Reads of follow-up."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gongdan.followup.models import CallBack, RepairLabel


def labels() -> list[dict[str, Any]]:
    """The active repair labels in their order: code, name, effect. One query."""
    rows = RepairLabel.objects.filter(is_active=True).order_by("position").values("code", "name", "effect")
    return [dict(row) for row in rows]


def calls_of(order_id: int) -> list[CallBack]:
    """All call-backs of an order, oldest first. One query."""
    return list(CallBack.objects.filter(order=order_id).select_related("label", "done_by").order_by("pk"))


def due_of(order_ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """The open call-back per order: due_at, attempts, version. One query; an order without a row is simply absent."""
    rows = CallBack.objects.filter(order__in=list(order_ids), state=CallBack.State.DUE).values(
        "order_id", "due_at", "attempts", "version"
    )
    return {row["order_id"]: dict(row) for row in rows}
