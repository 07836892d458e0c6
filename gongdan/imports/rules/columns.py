"""Understanding a table: which row is the header, and which column means what."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from gongdan.imports.rules.cells import Cell, day, money, plain
from gongdan.kernel.phones import Kind as PhoneKind
from gongdan.kernel.phones import parse_phones
from gongdan.kernel.text import Text, _

LOOK_AHEAD = 20  # title rows before the header


class Field(StrEnum):
    """What a column can mean."""

    SKIP = "skip"
    OLD_NUMBER = "old_number"
    RECEIVED = "received"
    CLOSED = "closed"
    NAME = "name"
    KIND = "kind"
    PHONE = "phone"
    PHONE2 = "phone2"
    ADDRESS = "address"
    CATEGORY = "category"
    BRAND = "brand"
    MODEL = "model"
    SERIAL = "serial"
    PURCHASED = "purchased"
    MADE = "made"
    INVOICE = "invoice"
    SYMPTOM = "symptom"
    FAULT = "fault"
    CAUSE = "cause"
    REMEDY = "remedy"
    PARTS = "parts"
    RESULT = "result"
    TECHNICIAN = "technician"
    COST = "cost"
    REMARK = "remark"


LABELS: dict[Field, Text] = {
    Field.SKIP: _("不导入"),
    Field.OLD_NUMBER: _("原单号"),
    Field.RECEIVED: _("报修日期"),
    Field.CLOSED: _("完工日期"),
    Field.NAME: _("客户姓名"),
    Field.KIND: _("客户类型"),
    Field.PHONE: _("联系电话"),
    Field.PHONE2: _("备用电话"),
    Field.ADDRESS: _("地址"),
    Field.CATEGORY: _("品类"),
    Field.BRAND: _("品牌"),
    Field.MODEL: _("型号"),
    Field.SERIAL: _("序列号"),
    Field.PURCHASED: _("购买日期"),
    Field.MADE: _("出厂日期"),
    Field.INVOICE: _("发票号"),
    Field.SYMPTOM: _("故障现象"),
    Field.FAULT: _("故障类型"),
    Field.CAUSE: _("故障原因"),
    Field.REMEDY: _("维修措施"),
    Field.PARTS: _("更换配件"),
    Field.RESULT: _("维修结果"),
    Field.TECHNICIAN: _("维修人"),
    Field.COST: _("收费金额"),
    Field.REMARK: _("备注"),
}

# Words that head such a column, the surest first. Compared without blanks, brackets and case.
_WORDS: dict[Field, str] = {
    Field.OLD_NUMBER: "原单号 工单号 单号 维修单号 编号 服务单号 订单号 流水号 id id_ords orderno number ticket",
    Field.RECEIVED: (
        "报修日期 报修时间 受理时间 受理日期 登记日期 登记时间 接单日期 接单时间 送修日期 日期 时间 "
        "eventdate event_date date createdat"
    ),
    Field.CLOSED: "完工日期 完成日期 完成时间 完工时间 维修日期 结单日期 取机日期 交付日期 closed finished",
    Field.NAME: (
        "客户姓名 客户名称 姓名 客户 用户 用户姓名 顾客 联系人 单位名称 单位 业主 customer name data_provider"
    ),
    Field.KIND: "客户类型 客户类别 customerkind",
    Field.PHONE: "联系电话 电话 手机 手机号 手机号码 电话号码 联系方式 客户电话 phone mobile tel",
    Field.PHONE2: "备用电话 电话2 其他电话 固定电话 座机 phone2",
    Field.ADDRESS: "地址 详细地址 客户地址 上门地址 住址 安装地址 address country",
    Field.CATEGORY: (
        "品类 产品类别 类别 产品 设备类型 设备名称 机型类别 电器 productcategory product_category category"
    ),
    Field.BRAND: "品牌 厂家 牌子 brand make",
    Field.MODEL: "型号 产品型号 机型 规格型号 model",
    Field.SERIAL: "序列号 机身编号 机号 sn s/n imei 串号 条码 serial serialno",
    Field.PURCHASED: "购买日期 购机日期 购买时间 购机时间 purchasedate",
    Field.MADE: "出厂日期 生产日期 出厂年份 yearofmanufacture year_of_manufacture",
    Field.INVOICE: "发票号 发票号码 invoice",
    Field.SYMPTOM: "故障现象 故障描述 报修内容 故障 问题描述 问题 现象 报修故障 描述 problem description symptom",
    Field.FAULT: "故障类型 故障类别 faulttype fault_type",
    Field.CAUSE: "故障原因 原因 检测结果 诊断 cause",
    Field.REMEDY: "维修措施 处理方法 维修内容 处理结果描述 处理过程 措施 维修项目 solution remedy",
    Field.PARTS: "更换配件 配件 更换零件 用料 parts",
    Field.RESULT: "维修结果 结果 状态 处理结果 维修状态 repairstatus repair_status status result",
    Field.TECHNICIAN: "维修人 师傅 维修员 维修师傅 工程师 技术员 处理人 technician engineer",
    Field.COST: "收费金额 金额 收费 费用 维修费 合计 价格 总价 实收 cost price amount",
    Field.REMARK: "备注 说明 其他 remark note comment language",
}
_HEADS: dict[Field, tuple[str, ...]] = {field: tuple(words.split()) for field, words in _WORDS.items()}
_FITS: dict[str, tuple[Field, ...]] = {
    "customers": (Field.OLD_NUMBER, Field.NAME, Field.KIND, Field.PHONE, Field.PHONE2, Field.ADDRESS, Field.REMARK),
    "devices": (
        Field.NAME, Field.PHONE, Field.PHONE2, Field.ADDRESS, Field.CATEGORY, Field.BRAND, Field.MODEL, Field.SERIAL,
        Field.PURCHASED, Field.MADE, Field.INVOICE, Field.REMARK,
    ),
    "past_orders": tuple(f for f in Field if f is not Field.SKIP),
}  # fmt: skip
_NEEDED: dict[str, tuple[tuple[Field, ...], ...]] = {
    "customers": ((Field.NAME, Field.PHONE),),
    "devices": ((Field.CATEGORY, Field.MODEL, Field.BRAND), (Field.NAME, Field.PHONE)),
    "past_orders": ((Field.SYMPTOM, Field.FAULT, Field.REMEDY), (Field.RECEIVED, Field.CLOSED)),
}


@dataclass(frozen=True, slots=True)
class Guess:
    """What the table seems to be: the row of its header (0-based) and the meaning per column."""

    header_row: int
    columns: tuple[str, ...]
    mapping: dict[int, Field]


def fields_for(kind: str) -> tuple[Field, ...]:
    """What a column of this kind of import can mean, in the order of the choice."""
    return (Field.SKIP, *_FITS[kind])


def header_key(columns: Sequence[str]) -> str:
    """The same for files with the same header: under it the mapping is remembered."""
    return hashlib.sha256("|".join(_key(c) for c in columns).encode()).hexdigest()


def find_header(rows: Sequence[Sequence[Cell]]) -> int:
    """The row that looks most like a header among the first ones: many known heads, all text. Title rows lose."""
    best, best_score = 0, -1.0
    for n, row in enumerate(rows[:LOOK_AHEAD]):
        texts = [plain(cell) for cell in row]
        filled = [t for t in texts if t]
        if len(filled) < 2:
            continue
        known = sum(1 for t in filled if _field_named(t) is not None)
        written = sum(1 for cell in row if isinstance(cell, str) and plain(cell))
        score = 3 * known + written / max(len(filled), 1) + min(len(filled), 10) / 20 - n * 0.05
        if score > best_score:
            best, best_score = n, score
    return best


def guess(rows: Sequence[Sequence[Cell]], *, kind: str, header_row: int | None = None) -> Guess:
    """Header and mapping as they seem to be: by the heads first, then by what the cells below look like."""
    row = find_header(rows) if header_row is None else header_row
    columns = tuple(plain(cell) for cell in rows[row]) if rows else ()
    fitting = set(_FITS[kind])
    scored: list[tuple[int, int, Field]] = []
    for n, head in enumerate(columns):
        for field, weight in _candidates(head):
            if field in fitting:
                scored.append((weight, n, field))
    mapping: dict[int, Field] = {}
    for _weight, n, field in sorted(scored, key=lambda s: (-s[0], s[1])):
        if n not in mapping and field not in mapping.values():
            mapping[n] = field
    below = rows[row + 1 : row + 31]
    for n in range(len(columns)):
        if n in mapping:
            continue
        seen = _look(below, n)
        if seen in fitting and seen not in mapping.values():
            mapping[n] = seen
    return Guess(row, columns, {n: mapping.get(n, Field.SKIP) for n in range(len(columns))})


def problems(mapping: dict[int, Field], *, kind: str) -> list[Text]:
    """What stands against importing with this mapping, in words."""
    chosen = [f for f in mapping.values() if f is not Field.SKIP]
    twice = sorted({f for f in chosen if chosen.count(f) > 1})
    found = [_("“{field}”选了两列，请只保留一列", field=LABELS[f]) for f in twice]
    for group in _NEEDED[kind]:
        if not any(f in chosen for f in group):
            names = "、".join(str(LABELS[f]) for f in group)
            found.append(_("至少要有一列是：{names}", names=names))
    return found


def _candidates(head: str) -> list[tuple[Field, int]]:
    key = _key(head)
    if not key:
        return []
    found = []
    for field, names in _HEADS.items():
        for place, name in enumerate(names):
            known = _key(name)
            if key == known:
                found.append((field, 1000 - place))
                break
            if len(known) > 1 and not known.isascii() and known in key:
                found.append((field, 500 - place))
                break
    return found


def _field_named(head: str) -> Field | None:
    best = max(_candidates(head), key=lambda c: c[1], default=None)
    return best[0] if best else None


def _key(head: str) -> str:
    return re.sub(r"[\s:：*＊()（）\[\]【】_\-./]+", "", head).lower()


def _look(rows: Sequence[Sequence[Cell]], n: int) -> Field:
    """What a column without a telling head holds, by its cells."""
    cells = [row[n] for row in rows if n < len(row) and plain(row[n])]
    if len(cells) < 2:
        return Field.SKIP
    phones = sum(
        1 for c in cells if any(p.kind in (PhoneKind.MOBILE, PhoneKind.LANDLINE) for p in parse_phones(plain(c)[:200]))
    )
    if phones * 2 > len(cells):
        return Field.PHONE
    if sum(1 for c in cells if day(c)) * 2 > len(cells):
        return Field.RECEIVED
    if sum(1 for c in cells if isinstance(c, str) and "元" in c and money(c) is not None) * 2 > len(cells):
        return Field.COST
    if sum(1 for c in cells if re.search(r"[路街道巷村栋室]|小区|花园", plain(c))) * 2 > len(cells):
        return Field.ADDRESS
    return Field.SKIP
