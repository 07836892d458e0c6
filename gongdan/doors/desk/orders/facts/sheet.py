"""What the parts of the order page share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.urls import reverse

from gongdan.doors.kit.forms import KitForm
from gongdan.doors.kit.middleware import StaffRequest
from gongdan.orders.queries import Page
from gongdan.orders.states import Flow, Status

PLACES: Mapping[Status, int] = {
    Status.REGISTERED: 0,
    Status.ANSWERING: 1,
    Status.TO_DISPATCH: 1,
    Status.IN_REPAIR: 2,
    Status.TO_SETTLE: 3,
    Status.TO_FOLLOW_UP: 4,
    Status.CLOSED: 5,
}


class Sheet:
    """What every part of the page stands on: the order as it was read, who looks at it, and the forms that came back."""

    def __init__(self, request: StaffRequest, order: Page, **typed: KitForm) -> None:
        self._request = request
        self._typed = typed
        self.order = order
        self.actor = request.actor
        self.url = reverse("desk:order", args=[order.number])
        self.verbs = {move.verb: move for move in order.buttons}

    @property
    def has_repair(self) -> bool:
        """Whether the order goes, or went, through the workshop."""
        return self.order.flow == Flow.REPAIR


def filled(*pairs: tuple[str, Any]) -> list[tuple[str, Any]]:
    """What is known: a word without a value says nothing."""
    return [(label, value) for label, value in pairs if value]
