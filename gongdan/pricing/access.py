"""Permission strings of prices. Everybody reads a published book; drafts are for those who may edit."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from gongdan.kernel.actor import Actor
from gongdan.pricing.models import PriceBook
from gongdan.pricing.states import BookStatus

EDIT = "pricing.edit"
PUBLISH = "pricing.publish"
PERMISSIONS = (EDIT, PUBLISH)


def can_edit(actor: Actor, book: PriceBook) -> bool:
    """Whether the actor may change this edition: only drafts ever change."""
    return book.status == BookStatus.DRAFT and actor.may(EDIT)


def visible_to(actor: Actor) -> QuerySet[PriceBook]:
    """The editions that the actor may see: those of his sites and of all; drafts only with the right to edit."""
    books = PriceBook.objects.all() if actor.may(EDIT) else PriceBook.objects.exclude(status=BookStatus.DRAFT)
    return books if actor.sees_all_sites else books.filter(Q(site__isnull=True) | Q(site__in=actor.sites))
