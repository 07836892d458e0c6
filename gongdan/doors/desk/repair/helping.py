"""求助 as it is shown: what was asked at which level, what was answered, and the form of whoever may answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from gongdan.doors.desk.repair.forms import AnswerForm
from gongdan.doors.kit.forms import KitForm
from gongdan.doors.kit.tables import Badge
from gongdan.kernel.actor import Actor
from gongdan.kernel.text import _ as text
from gongdan.repair import access, rules

HELP_BADGES: Mapping[str, Badge] = {
    "open": Badge(text("等答复"), "waiting"),
    "answered": Badge(text("已答复"), "done"),
    "withdrawn": Badge(text("已撤回"), "quiet"),
}


def questions(asked: Sequence[Any], actor: Actor, typed: Mapping[str, KitForm]) -> list[dict[str, Any]]:
    """The questions of an order, first to last; a sent answer that was refused keeps its words. At most one query."""
    waiting = [row for row in asked if row.state == "open" and row.asked_by_id != actor.id]
    his = access.answerable(actor, waiting)
    return [
        {
            "row": row,
            "level": rules.LEVELS[row.level],
            "whom": row.asked_to.name if row.asked_to else row.team.name if row.team else _("技术部"),
            "badge": HELP_BADGES[row.state],
            "is_open": row.state == "open",
            "form": (typed.get(answer_name(row.pk)) or AnswerForm(auto_id=f"{answer_name(row.pk)}-%s"))
            if row.pk in his
            else None,
        }
        for row in asked
    ]


def answer_name(pk: int) -> str:
    """What the form of an answer is called."""
    return f"answer{pk}"
