"""What the pages say of devices and their warranty: one look for the same thing on every page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from gongdan.customers.rules import EFFECT_LABELS, Effect
from gongdan.devices.queries import DeviceRow
from gongdan.devices.rules import REMEDY_LABELS, START_LABELS, Flags, Verdict
from gongdan.devices.states import LEVEL_LABELS, MAKER_LEVEL_LABELS, Level
from gongdan.doors.kit.spoken import sentence
from gongdan.doors.kit.tables import Badge
from gongdan.insight.queries import CustomerAnalysis
from gongdan.kernel.text import Text, _
from gongdan.orders.states import FLOW_LABELS, Flow

LEVEL_TONES: dict[Level, str] = {
    Level.IN_WARRANTY: "done",
    Level.MAIN_PART: "running",
    Level.EXTENDED: "done",
    Level.CONTRACT: "done",
    Level.OUT: "quiet",
    Level.REWORK: "done",
}
LAST_DAYS = 30  # so near its end the warranty is worth a word of its own


@dataclass(frozen=True, slots=True)
class VerdictFacts:
    """A verdict of the warranty, ready to be read."""

    badge: Badge
    free: Text
    start: Text | None
    end: Text | None
    steps: tuple[Text, ...]
    notes: tuple[Text, ...]


EFFECT_TONES: dict[Effect, str] = {Effect.VIP: "running", Effect.PREPAID: "waiting", Effect.REFUSE: "danger"}


def effect_badge(effect: str) -> Badge | None:
    """VIP, 先预收再派工 or 不受理; none without a warning."""
    return Badge(EFFECT_LABELS[Effect(effect)], EFFECT_TONES[Effect(effect)]) if effect else None


def cover_badge(level: Level, last_day: date | None, today: date) -> Badge:
    """保内 with the days that are left, 保外."""
    label, tone = LEVEL_LABELS[level], LEVEL_TONES[level]
    if last_day is None:
        return Badge(label, tone)
    left = (last_day - today).days
    until = _("到 {day:date}", day=last_day)
    if level is Level.OUT or left < 0:
        over = _("{label}，{until}已过 {days} 天", label=label, until=until, days=-left) if left < 0 else until
        return Badge(label, tone, sentence(over))
    words = _("{label} 剩 {days} 天", label=label, days=left) if left else _("{label} 今天到期", label=label)
    return Badge(words, "waiting" if left <= LAST_DAYS else tone, sentence(until))


def cover_of(row: DeviceRow, today: date) -> Badge:
    """The badge of a device in a list. Nothing known of its dates: to be checked."""
    if row.warranty_ends_on is None and row.level is Level.OUT:
        return Badge(_("待核实"), "waiting", sentence(_("没有日期可算保修，请补购买日期或出厂日期")))
    return cover_badge(row.level, row.warranty_ends_on, today)


def verdict_facts(verdict: Verdict) -> VerdictFacts:
    """The verdict with its free parts in a few words, its dates, its steps, and what the clerk must mind."""
    badge = cover_badge(verdict.level, verdict.last_day, verdict.on)
    if verdict.needs_review and verdict.level is Level.OUT:
        badge = Badge(_("待核实"), "waiting", sentence(verdict.label))
    start = end = None
    if verdict.start_on is not None:
        start = _("{day:date}（{rule}）", day=verdict.start_on, rule=START_LABELS[verdict.start_rule])
    if verdict.last_day is not None:
        end = _("{day:date}", day=verdict.last_day)
        if verdict.extended_days:
            end = _("{day:date}（因修理顺延 {days} 天）", day=verdict.last_day, days=verdict.extended_days)
    return VerdictFacts(badge, free_words(verdict.flags), start, end, verdict.steps, tuple(_notes(verdict)))


def free_words(flags: Flags) -> Text:
    """What the customer gets free, and what he pays."""
    return _FREE[flags.part, flags.labour, flags.visit]


def analysis_facts(found: CustomerAnalysis) -> dict[str, Any]:
    """客户分析, every figure as it is read out (R-021)."""
    flows = "　".join(f"{sentence(FLOW_LABELS[Flow(one.key)])} {one.count}" for one in found.flows if one.count)
    score = found.score_hundredths
    return {
        "orders": found.orders,
        "flows": flows,
        "complaints": found.complaints,
        "cancelled": found.cancelled,
        "last_service_at": found.last_service_at,
        "paid": found.paid_fen,
        "frequent": found.frequent_fault,
        "frequent_count": found.frequent_count,
        "repeats": found.repeats,
        "repeat_days": found.repeat_days,
        "score": "" if score is None else f"{score // 100}.{score % 100:02d}",
        "scores": found.scores,
    }


def _here() -> str:
    return sentence(_("本店售出"))


def device_rows(rows: list[DeviceRow], today: date) -> list[dict[str, Any]]:
    """The goods a customer bought, as the table 购买商品 shows them (R-020)."""
    return [
        {
            "id": row.id,
            "customer_id": row.customer_id,
            "name": row.name,
            "category": row.category,
            "category_id": row.category_id,
            "product": " ".join(word for word in (row.brand, row.category) if word),
            "model": row.model or row.spec,
            "serial": row.serial,
            "purchase_on": row.purchase_on,
            "seller": " · ".join(word for word in (row.seller, _here() if row.is_sold_here else "") if word),
            "invoice_no": row.invoice_no,
            "ends_on": row.warranty_ends_on,
            "place": row.place,
            "cover": cover_of(row, today),
            "safety": row.safety_reason,
        }
        for row in rows
    ]


def _notes(verdict: Verdict) -> Iterator[Text]:
    """What else must be told or asked."""
    if verdict.differs_from_maker:
        yield _("与厂家核定（{level}）不一致，上门前要先告诉客户", level=MAKER_LEVEL_LABELS[verdict.maker_level])
    if verdict.rework_of:
        yield _("与工单 {number} 同一故障，在返修期内", number=verdict.rework_of)
    for cover in verdict.still_covered:
        yield _("{parts} 保到 {day:date}", parts="、".join(cover.parts), day=cover.last_day)
    yield from verdict.exchange_reasons
    remedies = [REMEDY_LABELS[remedy] for remedy in verdict.remedies]
    if len(remedies) > 1:
        yield _("客户可以选择{ways}", ways=_joined(remedies))
    if verdict.is_unverified:
        yield _("所依据的保修期限未核实原文，答复客户前请查证")


def _joined(words: list[Text]) -> Text:
    named = {f"part{at}": word for at, word in enumerate(words)}
    return Text("、".join("{" + name + "}" for name in named), named)


_FREE: dict[tuple[bool, bool, bool], Text] = {
    (True, True, True): _("配件、人工、上门都免费"),
    (True, True, False): _("配件、人工免费，上门收费"),
    (True, False, True): _("配件、上门免费，人工收费"),
    (True, False, False): _("配件免费，人工、上门收费"),
    (False, True, True): _("人工、上门免费，配件收费"),
    (False, True, False): _("人工免费，配件、上门收费"),
    (False, False, True): _("上门免费，配件、人工收费"),
    (False, False, False): _("配件、人工、上门都收费"),
}
