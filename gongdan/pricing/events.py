"""What happens to price books, in words."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from gongdan.kernel.text import Text, _


class Verb(StrEnum):
    """Event verbs of prices."""

    SEEDED = "pricing.seeded"
    BOOK_ADDED = "pricing.book_added"
    BOOK_EDITED = "pricing.book_edited"
    EDITION_STARTED = "pricing.edition_started"
    POLICY_EDITED = "pricing.policy_edited"
    ITEM_ADDED = "pricing.item_added"
    ITEM_EDITED = "pricing.item_edited"
    PUBLISHED = "pricing.published"
    RETIRED = "pricing.retired"
    PROPOSAL_ADDED = "pricing.proposal_added"
    PROPOSAL_REMOVED = "pricing.proposal_removed"


SENTENCES: Mapping[str, Text] = {
    Verb.SEEDED: _("{actor} 载入了初始价目，新增 {count} 行"),
    Verb.BOOK_ADDED: _("{actor} 新建价目 {name}"),
    Verb.BOOK_EDITED: _("{actor} 修改了价目 {name}"),
    Verb.EDITION_STARTED: _("{actor} 开始编制 {name} 第 {edition} 版"),
    Verb.POLICY_EDITED: _("{actor} 修改了价目 {name} 的计价规则"),
    Verb.ITEM_ADDED: _("{actor} 在价目中新增项目 {name}"),
    Verb.ITEM_EDITED: _("{actor} 修改了价目项目 {name}"),
    Verb.PUBLISHED: _("{actor} 发布了 {name} 第 {edition} 版，{day:date} 起执行"),
    Verb.RETIRED: _("{actor} 停用了 {name} 第 {edition} 版"),
    Verb.PROPOSAL_ADDED: _("{actor} 新增推荐：{category} {words} → {item}"),
    Verb.PROPOSAL_REMOVED: _("{actor} 删除推荐：{category} {words} → {item}"),
}

FIELDS: Mapping[str, Text] = {
    "name": _("名称"),
    "site": _("站点"),
    "brand": _("品牌"),
    "contract": _("合同号"),
    "valid_from": _("执行日期"),
    "valid_to": _("截止日期"),
    "remark": _("备注"),
    "group": _("分组"),
    "unit": _("单位"),
    "kind": _("价格构成"),
    "role": _("用途"),
    "price_fen": _("单价"),
    "low_fen": _("最低价"),
    "high_fen": _("最高价"),
    "labour_fen": _("其中工费"),
    "category_name": _("品类"),
    "mode": _("服务方式"),
    "warranty_rule": _("保内"),
    "from_cm": _("高度从"),
    "to_cm": _("高度到"),
    "variants": _("其他价格"),
    "excludes": _("不同时收"),
    "replaces": _("已包含"),
    "note": _("说明"),
    "position": _("次序"),
    "is_active": _("在用"),
    "travel": _("路费方式"),
    "free_km": _("免费公里"),
    "free_km_by_area": _("各地区免费公里"),
    "distance_bands": _("距离分档"),
    "rank_percents": _("多项工费比例"),
    "declined": _("不修收费"),
    "sets_off_inspection": _("同意维修不收检测费"),
    "night_from": _("夜间开始"),
    "night_to": _("夜间结束"),
    "overtime_from": _("加班开始"),
    "highest_only": _("不叠加的加价"),
    "surcharges_when": _("何时收时段加价"),
    "express_minutes": _("极速分钟数"),
    "height_free_below_cm": _("高空起收高度"),
    "extras_in_warranty": _("保内附加费承担方"),
    "pick_up_in_warranty": _("保内取送承担方"),
    "cash_rounding_fen": _("抹零单位"),
    "keeps_shop_items_in_shop": _("仅限店内的项目上门不收"),
}
