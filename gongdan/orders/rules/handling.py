"""Complaints and what they are worth by rule, and what a visit wants to know before: values in, values out."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from gongdan.kernel.calendar import local_moment
from gongdan.kernel.money import Fen, percent_of
from gongdan.kernel.settings import Setting
from gongdan.kernel.text import Text, _
from gongdan.orders.states import OURS, Compensation

NEEDS_PRELIMINARY = Setting(
    "orders.needs_preliminary",
    _("派工前要写初步诊断的品类"),
    ("宽带",),
    _("这些品类派工时，没有填写前因后果、初步范围、初步方案或没有与客户确认，会给出提醒"),
)
COMPLAINT_SUBJECTS = Setting(
    "orders.complaint_subjects",
    _("投诉类别"),
    ("态度", "迟到", "返修", "收费", "损坏", "其他"),
    _("投诉单上可选的类别；赔付规则按类别给出"),
)
COMPENSATION_LIMIT = Setting(
    "orders.compensation_limit",
    _("不用主管裁定的赔付上限"),
    50,
    _("超过这个金额的赔付只能按规则计算，并且要有“裁定投诉赔付”的权限"),
    unit=_("元"),
    high=100_000,
)
GUIDANCE_BACK_HOURS = Setting(
    "orders.guidance_back_hours",
    _("补记电话指导可以早多久"),
    24,
    _("客户来电时先口头指导、后来才登记的，指导结束时间可以比登记早这么多小时；填 0 就不能早于登记"),
    unit=_("小时"),
    low=0,
    high=240,
)
MANNERS = "态度"  # the subject that a forbidden word speaks of
HANDLING = (NEEDS_PRELIMINARY, COMPLAINT_SUBJECTS, COMPENSATION_LIMIT, GUIDANCE_BACK_HOURS)


def proposed_subject(subjects: Collection[str], foul_words: Collection[str]) -> str:
    """What a complaint seems to be about: with a forbidden word in it about manners (R-240), if the shop has this subject."""
    return MANNERS if foul_words and MANNERS in subjects else ""


@dataclass(frozen=True, slots=True)
class Award:
    """What a rule gives for a complaint, and how it came about."""

    fen: int
    why: Text


def award(kind: str, *, fen: int, percent: int, cap_fen: int, due_fen: int | None) -> Award | None:
    """What this rule gives where the complained order costs its customer `due_fen`; None: its bill is not known yet.

    A share is rounded half up to the fen and ends at its cap. A waived visit fee is never more than the whole bill.
    """
    if kind not in (Compensation.MONEY, Compensation.VISIT_FEE):
        return Award(0, _("不涉及金额"))
    if kind == Compensation.VISIT_FEE and due_fen is not None and due_fen < fen:
        return Award(max(due_fen, 0), _("不超过账单 {due:yuan}", due=due_fen))
    if not percent:
        return Award(fen, _("固定 {fee:yuan}", fee=fen))
    if due_fen is None:
        return None
    share = percent_of(Fen(due_fen), percent)
    if cap_fen and share > cap_fen:
        return Award(
            cap_fen,
            _(
                "账单 {due:yuan} 的 {percent}% 是 {share:yuan}，封顶 {cap:yuan}",
                due=due_fen,
                percent=percent,
                share=share,
                cap=cap_fen,
            ),
        )
    return Award(share, _("账单 {due:yuan} 的 {percent}%", due=due_fen, percent=percent))


def award_refusal(
    fen: int, *, computed: int | None, liability: str, reason: str, limit_fen: int, may_judge: bool
) -> Text | None:
    """Why this amount may not be given, or None.

    Above the limit the amount is the rule's and needs the judge; below it a typed amount needs a reason. Money for what
    was not our fault is the judge's too.
    """
    is_typed = computed is None or fen != computed
    if fen > limit_fen and is_typed:
        if computed is None:
            return _("超过 {limit:yuan} 的赔付只能按规则计算，请选择一条赔付规则", limit=limit_fen)
        return _(
            "超过 {limit:yuan} 的金额不能自己填；所选规则给 {computed:yuan}，请清空“金额改为”，或换一条规则",
            limit=limit_fen,
            computed=computed,
        )
    if fen > limit_fen and not may_judge:
        return _("赔付超过 {limit:yuan}，请由主管（有“裁定投诉赔付”权限）决定", limit=limit_fen)
    if fen > 0 and liability not in OURS and not may_judge:
        return _("责任不在本店，赔付请由主管（有“裁定投诉赔付”权限）决定")
    if fen > 0 and is_typed and not reason:
        return _("金额与规则不同时请填写原因")
    return None


def missing_of_complaint(subject: str, liability: str, handling: str, outcome: str, compensation: str) -> list[Text]:
    """What is still to be filled in before a complaint is handled, in order."""
    wanted = (
        (subject, _("投诉类别")),
        (liability, _("责任")),
        (handling, _("处理")),
        (outcome, _("处理结果")),
        (compensation, _("赔付决定")),
    )
    return [label for value, label in wanted if not value]


def preliminary_gap(background: str, rough_scope: str, rough_plan: str, *, is_confirmed: bool) -> list[Text]:
    """What the first judgement still lacks (R-065)."""
    wanted = (
        (background, _("前因后果")),
        (rough_scope, _("初步范围")),
        (rough_plan, _("初步方案")),
        (is_confirmed, _("与客户确认")),
    )
    return [label for value, label in wanted if not value]


def retry_times(now: datetime) -> dict[str, datetime]:
    """The times offered for the next try (R-063): in an hour, this evening while it is ahead, tomorrow morning."""
    local = local_moment(now)
    evening = local.replace(hour=19, minute=0, second=0, microsecond=0)
    morning = local.replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=1)
    offered = {"hour": local + timedelta(hours=1), "evening": evening, "morning": morning}
    if evening <= local:
        del offered["evening"]
    return offered
