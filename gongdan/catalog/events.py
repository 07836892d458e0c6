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
    ADVICE_ADDED = "catalog.advice_added"
    ADVICE_EDITED = "catalog.advice_edited"
    FORBIDDEN_ADDED = "catalog.forbidden_added"
    FORBIDDEN_EDITED = "catalog.forbidden_edited"
    APOLOGY_ADDED = "catalog.apology_added"
    APOLOGY_EDITED = "catalog.apology_edited"
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
    Verb.ADVICE_ADDED: _("{actor} 新增处理建议 {name}"),
    Verb.ADVICE_EDITED: _("{actor} 修改了处理建议 {name}"),
    Verb.FORBIDDEN_ADDED: _("{actor} 新增禁用语 {name}"),
    Verb.FORBIDDEN_EDITED: _("{actor} 修改了禁用语 {name}"),
    Verb.APOLOGY_ADDED: _("{actor} 新增道歉用语 {name}"),
    Verb.APOLOGY_EDITED: _("{actor} 修改了道歉用语 {name}"),
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
    "long_minutes": _("处理时间较长"),
    "needs_preliminary": _("上门前要初步诊断"),
    "words": _("代码或现象"),
    "meaning": _("含义"),
    "origin": _("原因所在"),
    "side": _("处理方式"),
    "questions": _("先问什么"),
    "steps": _("电话指导步骤"),
    "word": _("禁用语"),
}
