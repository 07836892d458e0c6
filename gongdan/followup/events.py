"""What happens in follow-up, in words."""

from __future__ import annotations

from enum import StrEnum

from gongdan.kernel.text import Text, _


class Verb(StrEnum):
    """Event verbs of follow-up."""

    PLANNED = "followup.planned"
    ATTEMPTED = "followup.attempted"
    NOTED = "followup.noted"
    DONE = "followup.done"
    GIVEN_UP = "followup.given_up"
    LABEL_ADDED = "followup.label_added"
    LABEL_EDITED = "followup.label_edited"


SENTENCES: dict[str, Text] = {
    Verb.PLANNED: _("计划在 {due:datetime} 回访"),
    Verb.ATTEMPTED: _("{actor} 第 {count} 次回访未接通：{result}"),
    Verb.NOTED: _("{actor} 回访，维修状态：{label}；{next_at:datetime} 再回访"),
    Verb.DONE: _("{actor} 完成回访，维修状态：{label}"),
    Verb.GIVEN_UP: _("{actor} {count} 次回访未接通，按未接通结案"),
    Verb.LABEL_ADDED: _("{actor} 新增维修状态 {name}"),
    Verb.LABEL_EDITED: _("{actor} 修改维修状态 {name}"),
}

FIELDS: dict[str, Text] = {
    "name": _("名称"),
    "effect": _("作用"),
    "position": _("次序"),
    "is_active": _("启用"),
}
