"""维修状态: the shop's labels, each with a fixed effect on the order."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from gongdan.audit.actions import record
from gongdan.audit.queries import stale
from gongdan.followup import rules
from gongdan.followup.events import Verb
from gongdan.followup.models import RepairLabel
from gongdan.kernel import edits
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Invalid, Missing
from gongdan.kernel.text import _
from gongdan.people.access import SETTINGS

SEED_LABELS: tuple[tuple[str, str, str], ...] = (
    ("to_dispatch", "待派工", "none"),
    ("in_repair", "维修中", "none"),
    ("waiting_part", "待件", "none"),
    ("repaired", "已修复", "close"),
    ("closed_well", "正常关闭", "close"),
    ("not_repaired", "未修复", "reopen"),
    ("rework", "返修", "reopen"),
    ("returned", "退修", "close"),
    ("complaint", "转投诉", "complaint"),
    ("settled", "已结算", "none"),
    ("called", "已回访", "close"),
)


@transaction.atomic
def seed_labels(rows: Iterable[tuple[str, str, str]] = SEED_LABELS) -> None:
    """Make the repair labels that are missing (R-185). Safe to run twice."""
    for position, (code, name, effect) in enumerate(rows):
        RepairLabel.objects.get_or_create(code=code, defaults={"name": name, "effect": effect, "position": position})


@transaction.atomic
def add_label(name: str, effect: str, *, by: Actor, at: datetime) -> RepairLabel:
    """One more 维修状态, at the end of the list. Refused: no name, a name twice, an effect that is none."""
    by.require(SETTINGS)
    name = _label_name(name, effect)
    last = RepairLabel.objects.aggregate(pk=Max("pk"), position=Max("position"))
    row = RepairLabel.objects.create(
        code=f"l{(last['pk'] or 0) + 1}", name=name, effect=effect, position=(last["position"] or 0) + 1
    )
    record(Verb.LABEL_ADDED, row, by=by, at=at, name=name, effect=rules.EFFECTS[effect])
    return row


@transaction.atomic
def edit_label(
    label_id: int, *, name: str, effect: str, position: int, is_active: bool, seen: int, by: Actor, at: datetime
) -> RepairLabel:
    """Rename, move or retire a label; calls keep the one that was chosen. Refused: no label would close an order."""
    by.require(SETTINGS)
    row = RepairLabel.objects.select_for_update().filter(pk=label_id).first()
    if row is None:
        raise Missing
    if row.version != seen:
        raise stale(row, seen)
    new = {"name": _label_name(name, effect, but_not=row.pk), "effect": effect, "position": position}
    new["is_active"] = is_active
    closing = RepairLabel.objects.filter(is_active=True, effect=RepairLabel.Effect.CLOSE)
    if not (is_active and effect == RepairLabel.Effect.CLOSE) and not closing.exclude(pk=row.pk).exists():
        raise Invalid({"effect": _("至少保留一个启用的、作用为“结单”的维修状态，否则工单无法结单")})
    changes = edits.changed(row, new, new)
    if not changes:
        return row
    row.version += 1
    row.save(update_fields=[*changes, "version"])
    record(Verb.LABEL_EDITED, row, by=by, at=at, name=row.name, changes=changes)
    return row


def _label_name(typed: str, effect: str, *, but_not: int = 0) -> str:
    name = typed.strip()
    errors = {}
    if not name:
        errors["name"] = _("请填写维修状态的名称")
    elif len(name) > 30:
        errors["name"] = _("最多 {limit} 个字，请缩短", limit=30)
    elif RepairLabel.objects.filter(name=name).exclude(pk=but_not).exists():
        errors["name"] = _("已经有“{name}”这个维修状态，请换一个名称", name=name)
    if effect not in RepairLabel.Effect.values:
        errors["effect"] = _("请选择这个状态的作用")
    if errors:
        raise Invalid(errors)
    return name
