"""What happens in follow-up, in words."""

from __future__ import annotations

from enum import StrEnum

from gongdan.kernel.text import Text, _


class Verb(StrEnum):
    """Event verbs of follow-up."""

    PLANNED = "followup.planned"
    ATTEMPTED = "followup.attempted"
    DONE = "followup.done"
    GIVEN_UP = "followup.given_up"


SENTENCES: dict[str, Text] = {
    Verb.PLANNED: _("计划在 {due:datetime} 回访"),
    Verb.ATTEMPTED: _("{actor} 第 {count} 次回访未接通：{result}"),
    Verb.DONE: _("{actor} 完成回访，维修状态：{label}"),
    Verb.GIVEN_UP: _("{actor} {count} 次回访未接通，按未接通结案"),
}
