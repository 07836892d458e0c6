"""What waits for whom: each count is a way to the list that it counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from gongdan.dispatch import access as dispatch
from gongdan.dispatch import queries as dispatching
from gongdan.dispatch.states import VISIT_LABELS, VisitStatus
from gongdan.doors.desk.menu import shown, way
from gongdan.doors.desk.orders import lists
from gongdan.doors.desk.words import VISIT_TONES, order_badge
from gongdan.doors.kit.middleware import StaffRequest
from gongdan.doors.kit.spoken import sentence
from gongdan.doors.kit.tables import Badge
from gongdan.followup import queries as followup
from gongdan.orders import access as orders_access
from gongdan.orders import queries as orders
from gongdan.orders.queries import Filters
from gongdan.orders.states import PURPOSE_LABELS, Purpose, Status
from gongdan.people import queries as people
from gongdan.repair import queries as repair

SHOWN = 8
WORKING = [VisitStatus.OFFERED, VisitStatus.ACCEPTED, VisitStatus.UNDER_WAY, VisitStatus.ON_SITE]


@dataclass(frozen=True, slots=True)
class Figure:
    """A count with the way to its list."""

    name: str
    label: str
    count: int
    url: str
    hint: str = ""
    tone: str = ""

    @property
    def value(self) -> str:
        """The count as lists print it."""
        return shown(self.count)


class Desk:
    """The 工作台 of one member of staff."""

    def __init__(self, request: StaffRequest) -> None:
        self.actor = request.actor
        self.now = request.now
        self.settings = people.settings_for(min(request.actor.sites, default=None))
        self.limits = lists.limits_of(self.settings)

    @cached_property
    def counts(self) -> Mapping[Status, int]:
        """How many orders stand in which status, as far as the actor sees them."""
        return orders.counts(self.actor)

    @property
    def is_empty(self) -> bool:
        """Whether the shop has not begun yet."""
        return not any(self.counts.values())

    @cached_property
    def figures(self) -> list[Figure]:
        """The to-dos of this role, the most pressing first."""
        actor, counts = self.actor, self.counts
        limit = self.settings.accept_limit_minutes
        found: list[Figure] = []
        if actor.may("orders.choose_flow"):
            late = self._todo("unaccepted")
            hint = _("超过 %(limit)s 分钟没有人接收") % {"limit": limit}
            found.append(self._figure("unaccepted", _("未接收超时"), late, hint, tone="danger" if late else ""))
            found.append(
                Figure(
                    "registered",
                    _("未定流程"),
                    counts[Status.REGISTERED],
                    _status(Status.REGISTERED),
                    _("选咨询、投诉或维修"),
                )
            )
        if actor.may("orders.answer") and counts[Status.ANSWERING]:
            found.append(
                Figure("answering", _("待答复"), counts[Status.ANSWERING], _status(Status.ANSWERING), _("咨询和投诉"))
            )
        if actor.may("dispatch.assign"):
            waiting = counts[Status.TO_DISPATCH]
            found.append(
                Figure(
                    "to_dispatch", _("待派工"), waiting, _status(Status.TO_DISPATCH), tone="waiting" if waiting else ""
                )
            )
        found.append(self._figure("today", _("今天承诺上门"), self._todo("today"), _("还没有完工的")))
        over = self._todo("late")
        found.append(
            self._figure("late", _("已过承诺时间"), over, _("没有到达，也没有改约"), tone="danger" if over else "")
        )
        contacts = len({row["order_id"] for row in self._due_contacts})
        found.append(
            self._figure("contacts", _("到期联系"), contacts, _("约好再打的电话"), tone="waiting" if contacts else "")
        )
        return found + self._pressing

    @property
    def _pressing(self) -> list[Figure]:
        """What is not there on a good day: chased orders and those that something holds back. Absent when none."""
        actor = self.actor
        found: list[Figure] = []
        if self.is_technician:
            offers = len(dispatching.offers_for(actor))
            found.append(Figure("queue", _("可领的工单"), offers, way("desk:queue"), _("班组的领单列表"), "waiting"))
        supervises = actor.may(orders_access.RELEASE)
        if supervises or actor.may("dispatch.assign"):
            hint = _("客户催了 %(count)s 次以上") % {"count": self.limits.chased}
            found.append(self._figure("chased", _("催单"), self._todo("chased"), hint, tone="waiting"))
        if supervises:
            hint = _("催了 %(count)s 次以上，主管处理") % {"count": self.limits.chased_often}
            found.append(self._figure("chased_often", _("多次催单"), self._todo("chased_often"), hint, tone="danger"))
        for code, may, label, hint in (
            ("wrong_number", actor.may(orders_access.EDIT), _("信息待核"), _("电话不对，核实后才能派工")),
            ("coordinate", actor.may("dispatch.assign"), _("待协调"), self._late_hint),
            ("repeat_fault", supervises, _("重复故障"), _("暂停派工，等主管确认")),
            ("refused_customer", supervises, _("需主管同意"), _("客户有警示，同意后再接")),
            ("prepaid", actor.may(orders_access.EDIT), _("待预收"), _("收到预收款才派工")),
        ):
            if may:
                found.append(self._figure(code, label, len(self.held.get(code, ())), hint, tone="danger"))
        return [one for one in found if one.count]

    @cached_property
    def held(self) -> Mapping[str, list[int]]:
        """The orders that something holds back, by its code."""
        return orders.held(self.actor)

    @cached_property
    def _late_hint(self) -> str:
        """How many of the orders that wait for a supervisor's coordination wait too long (O-067)."""
        if not self.held.get("coordinate"):
            return ""
        over = sum(one.is_overdue for one in dispatching.coordinations(self.actor, at=self.now))
        return _("%(count)s 张超过时限") % {"count": over} if over else _("没有师傅有空，请改时间或取消")

    @cached_property
    def questions(self) -> list[dict[str, Any]]:
        """求助: the open questions that wait for this actor or his department (R-008)."""
        return [
            {
                "url": way("desk:repair-order", one.order_number) or reverse("desk:order", args=[one.order_number]),
                "title": f"{one.order_number} {one.device_text}".strip(),
                "what": one.question,
                "who": one.asker,
                "at": one.asked_at,
            }
            for one in repair.help_waiting(self.actor, limit=SHOWN)
        ]

    @cached_property
    def watches(self) -> list[dict[str, Any]]:
        """The two-hour calls after help by telephone that are over (R-068)."""
        if not self.actor.may("followup.call"):
            return []
        return [
            {
                "url": way("desk:follow-up-order", row["number"]),
                "customer": row["customer__name"],
                "what": row["device_text"],
                "at": row["due_at"],
            }
            for row in followup.overdue_watches(self.actor, now=self.now, limit=SHOWN)
        ]

    @cached_property
    def own(self) -> list[Figure]:
        """What this actor took on himself: feedback to answer and improvements to make (R-190, R-191)."""
        found = []
        for name, label, rows in (
            ("feedback", _("用户反馈"), followup.feedback_rows(self.actor, now=self.now, scope="mine")),
            ("improvements", _("改进事项"), followup.improvement_rows(self.actor, now=self.now, scope="open")),
        ):
            mine = [row for row in rows if row["owner_id"] == self.actor.id]
            if mine and (url := way(f"desk:{name}")):
                late = sum(row["is_late"] for row in mine)
                hint = _("%(count)s 件已过期限") % {"count": late} if late else _("由我负责，还没有办完")
                found.append(Figure(name, label, len(mine), url, hint))
        return found

    @cached_property
    def unclosed(self) -> list[Figure]:
        """未结单: finished work that is not settled, settled work that is not called back (R-186)."""
        counts = self.counts
        return [
            Figure(
                "to_settle", _("未结算"), counts[Status.TO_SETTLE], _status(Status.TO_SETTLE), _("已完工，等待结算")
            ),
            Figure(
                "to_follow_up",
                _("未回访"),
                counts[Status.TO_FOLLOW_UP],
                _status(Status.TO_FOLLOW_UP),
                _("已结算，回访后结单"),
            ),
        ]

    @property
    def more(self) -> dict[str, Figure]:
        """How many promised visits of today and late ones stand behind those shown, with the way to all of them."""
        counted = {one.name: one for one in self.figures if one.name in ("today", "late")}
        shown = {"today": len(self.today), "late": len(self.late)}
        rest = {name: replace(one, count=one.count - shown[name]) for name, one in counted.items()}
        return {name: one for name, one in rest.items() if one.count > 0}

    @cached_property
    def late(self) -> list[dict[str, Any]]:
        """The orders whose promised time is over."""
        return self._rows("late")

    @cached_property
    def today(self) -> list[dict[str, Any]]:
        """Today's promised visits, by time."""
        return sorted(self._rows("today"), key=lambda row: row["promised"][0])

    @cached_property
    def contacts(self) -> list[dict[str, Any]]:
        """The calls that are due again (R-063)."""
        return [
            {
                "number": row["order__number"],
                "url": reverse("desk:order", args=[row["order__number"]]) + "#contact",
                "customer": row["order__customer__name"],
                "purpose": sentence(PURPOSE_LABELS[Purpose(row["purpose"])]),
                "attempts": row["attempts"],
                "note": row["note"],
                "at": row["next_at"],
            }
            for row in self._due_contacts[:SHOWN]
        ]

    @cached_property
    def _due_contacts(self) -> list[dict[str, Any]]:
        """As many as the list behind them holds."""
        return orders.due_contacts(self.actor, now=self.now, limit=lists.HITS)

    @cached_property
    def own_visits(self) -> list[dict[str, Any]]:
        """What a technician has to do: today's visits by time, then those without a time, then what earlier days left."""
        if not self.is_technician:
            return []
        tonight = _midnight(self.now) + timedelta(days=1)
        columns = (
            "id", "status", "task", "planned_from", "planned_to", "order__number", "order__customer__name",
            "order__address", "order__symptom",
        )  # fmt: skip
        rows = (
            dispatch.visible_to(self.actor)
            .filter(technician=self.actor.id, status__in=WORKING, order__status=Status.IN_REPAIR)
            .exclude(planned_from__gte=tonight)
            .order_by("planned_from", "pk")
            .values(*columns)[:50]
        )
        today = _midnight(self.now)

        def turn(row: Mapping[str, Any]) -> int:
            return 1 if row["planned_from"] is None else 2 if row["planned_from"] < today else 0

        return [
            {
                "number": row["order__number"],
                "url": way("desk:repair-order", row["order__number"])
                or reverse("desk:order", args=[row["order__number"]]),
                "customer": row["order__customer__name"],
                "what": " · ".join(
                    word for word in (row["order__address"], row["task"] or row["order__symptom"]) if word
                ),
                "window": (row["planned_from"], row["planned_to"]),
                "badge": self._late_badge(row)
                or Badge(VISIT_LABELS[VisitStatus(row["status"])], VISIT_TONES[row["status"]]),
            }
            for row in sorted(rows, key=turn)
        ]

    def _late_badge(self, row: Mapping[str, Any]) -> Badge | None:
        """An open visit of an earlier day, with its day; None for one of today."""
        if row["planned_from"] is None or row["planned_from"] >= _midnight(self.now):
            return None
        day = timezone.localtime(row["planned_from"])
        label = sentence(VISIT_LABELS[VisitStatus(row["status"])])
        return Badge(
            _("%(month)s月%(day)s日 %(label)s") % {"month": day.month, "day": day.day, "label": label}, "danger"
        )

    @property
    def is_technician(self) -> bool:
        """Whether the actor goes out himself."""
        return self.actor.kind == "technician"

    @property
    def first_steps(self) -> list[dict[str, str]]:
        """What a shop does on its first day, as far as this actor may."""
        ways = [
            ("imports.run", "desk:imports", "upload", _("导入客户和历史工单"), _("用 Excel 或 CSV，可先下载样表试导")),
            ("people.manage", "desk:setup", "users", _("添加员工和站点"), _("师傅、派工员、收银各有各的权限")),
            ("pricing.edit", "desk:setup", "receipt", _("核对收费标准"), _("已有一套默认价目，改成本店的价")),
            ("orders.register", "desk:reception", "phone", _("登记第一张工单"), _("电话、姓名、地址、故障，四项就够")),
        ]
        return [
            {"url": way(name), "icon": icon, "label": label, "hint": hint}
            for permission, name, icon, label, hint in ways
            if self.actor.may(permission) and way(name)
        ]

    def _todo(self, name: str) -> int:
        return lists.todo_count(name, self.actor, now=self.now, limits=self.limits)

    def _figure(self, name: str, label: str, count: int, hint: str = "", tone: str = "") -> Figure:
        return Figure(name, label, count, f"{reverse('desk:orders')}?todo={name}", hint, tone)

    def _rows(self, name: str) -> list[dict[str, Any]]:
        statuses, narrowing = lists.todo(name, self.actor, now=self.now, limits=self.limits)
        found = orders.station_rows(self.actor, statuses, filters=Filters(**narrowing), limit=50).rows
        found.sort(key=lambda row: (row["promised_to"], row["id"]))
        return [lists.row_of(row) | {"until": row["promised_to"], "address": row["address"]} for row in found[:SHOWN]]


@dataclass(frozen=True, slots=True)
class Box:
    """One step of the 维修服务导航: what it is called, how many wait, and the way to them."""

    name: str
    label: str
    icon: str
    count: int
    url: str
    hint: str
    badge: Badge | None = None

    @property
    def value(self) -> str:
        """The count as lists print it."""
        return shown(self.count)


def boxes(request: StaffRequest) -> list[list[Box]]:
    """接待并登记 → 咨询答复 / 投诉处理 / 派工 → 维修处理 → 结算 → 回访: columns of boxes (R-052)."""
    actor = request.actor
    counts = orders.counts(actor)

    def answering(flow: str) -> int:
        return orders.count_of(actor, [Status.ANSWERING], Filters(flow=flow))

    def box(name: str, label: str, icon: str, status: Status, hint: str, *, flow: str = "") -> Box:
        count = answering(flow) if flow else counts[status]
        url = _status(status) + (f"&flow={flow}" if flow else "")
        return Box(name, label, icon, count, url, hint, order_badge(status))

    return [
        [box("registered", _("接待并登记"), "phone", Status.REGISTERED, _("登记完选择处理流程"))],
        [
            box("inquiry", _("咨询答复"), "message-circle", Status.ANSWERING, _("答复即结单"), flow="inquiry"),
            box("to_dispatch", _("派工"), "calendar", Status.TO_DISPATCH, _("选师傅，定上门时间")),
            box("complaint", _("投诉处理"), "mood-sad", Status.ANSWERING, _("有结果，必回访"), flow="complaint"),
        ],
        [box("in_repair", _("维修处理"), "tool", Status.IN_REPAIR, _("检测、报价、维修、验收"))],
        [box("to_settle", _("结算"), "receipt", Status.TO_SETTLE, _("金额自动算，收款后入账"))],
        [box("to_follow_up", _("回访"), "headset", Status.TO_FOLLOW_UP, _("问清楚，再结单"))],
    ]


def _status(status: Status) -> str:
    return f"{reverse('desk:orders')}?state={status.value}"


def _midnight(now: datetime) -> datetime:
    return timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
