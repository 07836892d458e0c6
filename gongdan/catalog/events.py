"""What happens to the catalogue, in words."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from gongdan.kernel.text import Text, _


class Verb(StrEnum):
    """Event verbs of the catalogue."""

    SEEDED = "catalog.seeded"
    CATEGORY_ADDED = "catalog.category_added"
    CATEGORY_EDITED = "catalog.category_edited"
    BRAND_ADDED = "catalog.brand_added"
    BRAND_EDITED = "catalog.brand_edited"
    MODEL_ADDED = "catalog.model_added"
    MODEL_EDITED = "catalog.model_edited"
    FAULT_ADDED = "catalog.fault_added"
    FAULT_EDITED = "catalog.fault_edited"
    QUESTION_ADDED = "catalog.question_added"
    QUESTION_EDITED = "catalog.question_edited"
    PHRASE_ADDED = "catalog.phrase_added"
    PHRASE_EDITED = "catalog.phrase_edited"
    DAY_SET = "catalog.day_set"


SENTENCES: Mapping[str, Text] = {
    Verb.SEEDED: _("{actor} 载入了初始目录，新增 {count} 行"),
    Verb.CATEGORY_ADDED: _("{actor} 新增品类 {name}"),
    Verb.CATEGORY_EDITED: _("{actor} 修改了品类 {name}"),
    Verb.BRAND_ADDED: _("{actor} 新增品牌 {name}"),
    Verb.BRAND_EDITED: _("{actor} 修改了品牌 {name}"),
    Verb.MODEL_ADDED: _("{actor} 新增型号 {name}"),
    Verb.MODEL_EDITED: _("{actor} 修改了型号 {name}"),
    Verb.FAULT_ADDED: _("{actor} 新增故障 {name}"),
    Verb.FAULT_EDITED: _("{actor} 修改了故障 {name}"),
    Verb.QUESTION_ADDED: _("{actor} 新增询问 {name}"),
    Verb.QUESTION_EDITED: _("{actor} 修改了询问 {name}"),
    Verb.PHRASE_ADDED: _("{actor} 新增用语 {name}"),
    Verb.PHRASE_EDITED: _("{actor} 修改了用语 {name}"),
    Verb.DAY_SET: _("{actor} 把 {day:date} 设为{kind}"),
}

FIELDS: Mapping[str, Text] = {
    "name": _("名称"),
    "aliases": _("别名"),
    "default_mode": _("默认服务方式"),
    "needs_installation": _("需安装调试"),
    "part_wait_days": _("待件换货天数"),
    "has_journal": _("有流水"),
    "has_cash_box": _("有钱箱"),
    "position": _("次序"),
    "is_active": _("在用"),
    "buffer_months": _("出厂缓冲月数"),
    "buffer_rule": _("出厂起算规则"),
    "spec": _("规格"),
    "symptom": _("故障现象"),
    "error_code": _("故障代码"),
    "brand": _("品牌"),
    "cause": _("原因"),
    "remedy": _("处理方法"),
    "part": _("配件"),
    "usual_mode": _("通常方式"),
    "text": _("内容"),
    "kind": _("类型"),
    "choices": _("选项"),
    "step": _("步骤"),
}
