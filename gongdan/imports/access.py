"""Permission strings of imports, and which batches an actor may see."""

from __future__ import annotations

from django.db.models import QuerySet

from gongdan.imports.models import Batch
from gongdan.kernel.actor import Actor

RUN = "imports.run"
PERMISSIONS = (RUN,)


def visible_to(actor: Actor) -> QuerySet[Batch]:
    """The imports of the actor's sites."""
    return Batch.objects.all() if actor.sees_all_sites else Batch.objects.filter(site__in=actor.sites)
