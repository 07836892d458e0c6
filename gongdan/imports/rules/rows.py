"""One row of a table as facts, with a verdict and its reasons: taken, taken with a warning, or refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from gongdan.imports.rules import cells
from gongdan.imports.rules.cells import Cell
from gongdan.imports.rules.columns import LABELS, Field
from gongdan.kernel.calendar import local_day
from gongdan.kernel.money import Fen
from gongdan.kernel.phones import MAX_RAW, parse_phones
from gongdan.kernel.settings import Setting
from gongdan.kernel.text import Text, _

DOUBTFUL_YUAN = Setting(
    "imports.doubtful_yuan",
    _("多大的金额要提醒核对"),
    50_000,
    _("导入检查时，一行的金额达到这个数就提醒核对；照样可以导入"),
    unit=_("元"),
    low=1,
    high=10_000_000,
)
SETTINGS: tuple[Setting[int], ...] = (DOUBTFUL_YUAN,)
NOBODY = "散客"
_EARLIEST = 1990  # the first year that a repair of today's things may bear
LONGEST_TELLING = 2000
_ENDINGS: dict[str, str] = {
    "repaired": "fixed、已修复、修好、已修、完成、已完成、正常、完工、已结单、已取机、ok",
    "not_repaired": "repairable、end of life、未修复、未修好、没修好、待修、报废、无法修复",
    "declined": "不修、客户不修、弃修、退修",
    "nothing_found": "无故障、未查出问题",
}
_RESULTS: dict[str, str] = {word: result for result, words in _ENDINGS.items() for word in words.split("、")}
_COMPANIES = frozenset({"单位", "企业", "公司", "company"})
_COMPANY_WORDS = ("公司", "酒店", "学校", "医院", "银行", "物业", "中心")
_CANCELLED = ("取消", "撤单", "作废", "cancelled", "canceled")


@dataclass(slots=True)
class Facts:
    """What a row says, in our words. `raw_result` is the table's own word for how it ended."""

    row: int
    name: str = ""
    kind: str = ""
    phone: str = ""
    phone2: str = ""
    codes: tuple[str, ...] = ()
    address: str = ""
    old_number: str = ""
    received_at: datetime | None = None
    closed_at: datetime | None = None
    category: str = ""
    brand: str = ""
    model: str = ""
    serial: str = ""
    purchase_on: date | None = None
    made_on: date | None = None
    invoice_no: str = ""
    symptom: str = ""
    fault: str = ""
    cause: str = ""
    remedy: str = ""
    parts: str = ""
    result: str = ""
    raw_result: str = ""
    is_cancelled: bool = False
    technician: str = ""
    cost: Fen | None = None
    remark: str = ""
    refusals: list[Text] = field(default_factory=list)
    warnings: list[Text] = field(default_factory=list)

    @property
    def verdict(self) -> str:
        """good, warned or refused."""
        return "refused" if self.refusals else "warned" if self.warnings else "good"

    @property
    def customer_keys(self) -> tuple[str, ...]:
        """Rows that share a key are the same customer: by any telephone, else by name and address."""
        return self.codes or (name_key(self.name, self.address),)

    @property
    def names_device(self) -> bool:
        """Whether the row says anything of a device."""
        return bool(self.category or self.brand or self.model or self.serial)

    @property
    def fault_text(self) -> str:
        """Kind of fault and symptom in one text, for the archive."""
        return "；".join(dict.fromkeys(w for w in (self.fault, self.symptom) if w))

    @property
    def telling(self) -> str:
        """The fault in one text: the symptom, else what kind of fault it was, else what was done."""
        return self.symptom or self.fault or self.remedy

    def preview(self) -> dict[str, str]:
        """The row in a few words, for the page that shows the verdicts."""
        device = " ".join(w for w in (self.brand, self.model, self.category) if w)
        return {"name": self.name, "phone": self.phone, "device": device, "text": self.telling[:60]}


def name_key(name: str, address: str) -> str:
    """How a customer without telephone is told from others; whoever has no name either is one passer-by per site."""
    plain = name.strip().lower() or NOBODY
    return f"name:{plain}" if plain == NOBODY else f"name:{plain}|{address.strip().lower()}"


def is_blank(row: Sequence[Cell]) -> bool:
    """Whether nothing stands in the row: such rows are passed over in silence."""
    return not any(cells.plain(cell) for cell in row)


def read(
    row: Sequence[Cell],
    mapping: Mapping[int, Field],
    *,
    number: int,
    kind: str,
    area_code: str,
    today: date,
    doubtful_yuan: int = DOUBTFUL_YUAN.default,
) -> Facts:
    """The facts of one row; `number` is its place in the file, from 1. What looks wrong is told and goes in as it is."""
    facts = Facts(number)
    said: dict[Field, Cell] = {f: row[n] for n, f in mapping.items() if f is not Field.SKIP and n < len(row)}

    def text(which: Field, limit: int) -> str:
        found = cells.plain(said.get(which))
        if len(found) > limit:
            facts.warnings.append(_("{field}太长，只保留前 {limit} 字", field=LABELS[which], limit=limit))
        return found[:limit]

    facts.name = text(Field.NAME, 60)
    facts.kind = _customer_kind(text(Field.KIND, 20), facts.name)
    facts.address = text(Field.ADDRESS, 200)
    facts.old_number = text(Field.OLD_NUMBER, 60)
    facts.category, facts.brand = text(Field.CATEGORY, 40), text(Field.BRAND, 60)
    facts.model, facts.serial = text(Field.MODEL, 80), text(Field.SERIAL, 60)
    facts.invoice_no = text(Field.INVOICE, 40)
    told = cells.long_text(said.get(Field.SYMPTOM))
    if len(told) > LONGEST_TELLING:
        facts.warnings.append(_("{field}太长，只保留前 {limit} 字", field=LABELS[Field.SYMPTOM], limit=LONGEST_TELLING))
    facts.symptom = told[:LONGEST_TELLING]
    facts.fault, facts.cause = text(Field.FAULT, 200), text(Field.CAUSE, 1000)
    facts.remedy, facts.parts = text(Field.REMEDY, 1000), text(Field.PARTS, 500)
    facts.technician, facts.remark = text(Field.TECHNICIAN, 60), text(Field.REMARK, 900)
    _read_phones(facts, said, area_code)
    _read_dates(facts, said, today)
    _read_money(facts, said, doubtful_yuan)
    _read_result(facts, text(Field.RESULT, 30))
    _judge(facts, kind)
    return facts


def _read_phones(facts: Facts, said: Mapping[Field, Cell], area_code: str) -> None:
    raw = cells.plain(said.get(Field.PHONE))[:MAX_RAW]
    facts.phone = raw[:120]
    facts.phone2 = cells.plain(said.get(Field.PHONE2))[:40]
    codes: list[str] = []
    for part in (raw, facts.phone2):
        phones = parse_phones(part, default_area_code=area_code)
        found = [p.code for p in phones if p.identifies_somebody]
        codes += found
        if part and not found:
            facts.warnings.append(_("电话“{raw}”打不通：里面没有完整的号码，按原样保留", raw=part[:40]))
        else:
            facts.warnings += [p.warning for p in phones if p.warning is not None]
    facts.codes = tuple(dict.fromkeys(codes))


def _read_dates(facts: Facts, said: Mapping[Field, Cell], today: date) -> None:
    for which in (Field.RECEIVED, Field.CLOSED):
        cell = said.get(which)
        found = cells.moment(cell)
        if found is None and cells.plain(cell):
            facts.warnings.append(_("{field}“{raw}”认不出日期", field=LABELS[which], raw=cells.plain(cell)[:30]))
        _doubt_day(facts, which, cells.day(cell), today)
        if which is Field.RECEIVED:
            facts.received_at = found
        else:
            facts.closed_at = found
    if facts.received_at and facts.closed_at and facts.closed_at < facts.received_at:
        facts.warnings.append(_("完工日期早于报修日期，按原样保留"))
        facts.closed_at = facts.received_at
    for which in (Field.PURCHASED, Field.MADE):
        cell = said.get(which)
        found_on = cells.day(cell)
        if found_on is None and cells.plain(cell):
            facts.warnings.append(_("{field}“{raw}”认不出日期", field=LABELS[which], raw=cells.plain(cell)[:30]))
        _doubt_day(facts, which, found_on, today)
        if which is Field.PURCHASED:
            facts.purchase_on = found_on
        else:
            facts.made_on = found_on
    _doubt_order_of_days(facts)


def _doubt_day(facts: Facts, which: Field, on: date | None, today: date) -> None:
    if on is not None and on > today:
        facts.warnings.append(_("{field} {day:date} 在今天之后", field=LABELS[which], day=on))
    elif on is not None and on.year < _EARLIEST:
        facts.warnings.append(_("{field} {day:date} 早得不像真的，请核对", field=LABELS[which], day=on))


def _doubt_order_of_days(facts: Facts) -> None:
    received = local_day(facts.received_at) if facts.received_at else None
    for later, earlier, words in (
        (received, facts.purchase_on, _("购买日期晚于报修日期，请核对")),
        (facts.purchase_on, facts.made_on, _("出厂日期晚于购买日期，请核对")),
    ):
        if later and earlier and earlier > later:
            facts.warnings.append(words)


def _read_money(facts: Facts, said: Mapping[Field, Cell], doubtful_yuan: int) -> None:
    cell = said.get(Field.COST)
    facts.cost = cells.money(cell)
    raw = cells.plain(cell)[:30]
    if facts.cost is not None and facts.cost < 0:
        facts.warnings.append(_("金额“{raw}”是负数，请核对", raw=raw))
    elif facts.cost is not None and cells.holds_several_amounts(cell):
        facts.warnings.append(_("金额“{raw}”里有几个数，只取了 {fen:yuan}，请核对", raw=raw, fen=facts.cost))
    elif facts.cost is not None and facts.cost >= doubtful_yuan * 100:
        facts.warnings.append(_("金额 {fen:yuan} 特别大，请核对", fen=facts.cost))
    elif facts.cost is None and raw:
        facts.warnings.append(_("金额“{raw}”认不出数字，记在备注里", raw=raw))
        facts.remark = f"{facts.remark} 金额：{cells.plain(cell)}".strip()[:1000]


def _read_result(facts: Facts, word: str) -> None:
    facts.raw_result = word
    key = word.lower()
    facts.result = _RESULTS.get(key, "")
    facts.is_cancelled = any(w in key for w in _CANCELLED)


def _judge(facts: Facts, kind: str) -> None:
    if kind == "past_orders":
        if not facts.telling:
            facts.refusals.append(_("没有故障现象、故障类型或维修措施，看不出修了什么"))
        if facts.received_at is None:
            facts.received_at = facts.closed_at
        if facts.received_at is None:
            facts.refusals.append(_("没有认得出的报修或完工日期"))
    if kind in {"customers", "devices"} and not facts.name and not facts.phone:
        facts.refusals.append(_("没有客户姓名也没有电话，认不出是谁"))
    if kind == "devices" and not facts.names_device:
        facts.refusals.append(_("没有品类、品牌、型号或序列号，看不出是什么设备"))
    if kind == "past_orders" and not facts.name and not facts.codes:
        facts.name = NOBODY


def _customer_kind(word: str, name: str) -> str:
    if word.lower() in _COMPANIES or any(w in name for w in _COMPANY_WORDS):
        return "company"
    return "owner" if word == "业主" else "person"
