"""Permission strings of imports, and which batches an actor may see."""

from __future__ import annotations

from django.db.models import QuerySet

from gongdan.imports.models import Batch
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Forbidden, Missing
from gongdan.kernel.text import _

RUN = "imports.run"
PERMISSIONS = (RUN,)


def visible_to(actor: Actor) -> QuerySet[Batch]:
    """The imports of the actor's sites; none for whoever may not import."""
    if not actor.may(RUN):
        return Batch.objects.none()
    return Batch.objects.all() if actor.sees_all_sites else Batch.objects.filter(site__in=actor.sites)


def find(actor: Actor, batch_id: int) -> Batch:
    """The import of this number. Forbidden: not allowed to import, or another site's; Missing: there is none."""
    actor.require(RUN)
    row = visible_to(actor).select_related("site").filter(pk=batch_id).first()
    if row is not None:
        return row
    if Batch.objects.filter(pk=batch_id).exists():
        raise Forbidden(_("这次导入属于别的站点，您不能查看"))
    raise Missing(_("没有找到这次导入，请返回列表查找"))
