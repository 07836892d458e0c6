"""What is known of a request: customer, fault, devices, calls, and what belongs to it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from markupsafe import Markup

from gongdan.devices import queries as devices
from gongdan.doors.desk.menu import way
from gongdan.doors.desk.orders.facts.sheet import PLACES, Sheet, filled
from gongdan.doors.desk.orders.facts.timeline import Timeline
from gongdan.doors.desk.words import coverage_badge, order_badge, priority_badge
from gongdan.doors.kit import drawn
from gongdan.doors.kit.spoken import sentence
from gongdan.doors.kit.tables import Badge
from gongdan.files import queries as files
from gongdan.kernel.text import Text
from gongdan.kernel.text import _ as text
from gongdan.orders import queries as orders
from gongdan.orders import rules
from gongdan.orders.queries import DeviceFacts, Page
from gongdan.orders.states import (
    ATTEMPT_LABELS,
    CHANNEL_LABELS,
    FLOW_LABELS,
    IMPACT_LABELS,
    KIND_LABELS,
    MODE_LABELS,
    PURPOSE_LABELS,
    SOURCE_LABELS,
    URGENCY_LABELS,
    AttemptResult,
    Purpose,
    Status,
)
from gongdan.repair.rules import RESULTS

PART_LABELS: Mapping[str, Text] = {
    "technician": text("师傅"),
    "helper": text("协助"),
    "consultant": text("技术支持"),
    "adviser": text("受邀指导"),
    "registrar": text("登记"),
}
RELATION_WORDS: Mapping[tuple[str, bool], Text] = {
    ("from_inquiry", True): text("由此咨询转来"),
    ("from_inquiry", False): text("已转维修单"),
    ("from_call", True): text("由此单回访转来"),
    ("from_call", False): text("回访转维修单"),
    ("complaint_about", True): text("投诉的工单"),
    ("complaint_about", False): text("对本单的投诉"),
    ("from_complaint", True): text("由此投诉转来"),
    ("from_complaint", False): text("已转维修单"),
    ("split_from", True): text("拆分自"),
    ("split_from", False): text("拆分出的工单"),
    ("rework_of", True): text("返修自"),
    ("rework_of", False): text("返修单"),
}


TABLE_FROM = 3  # devices with a place


class Told(Sheet):
    """What the customer told, what stands against it, and what belongs to it."""

    @property
    def customer_facts(self) -> list[tuple[str, Any]]:
        """Who, where, and how it came in."""
        order = self.order
        customer_url = way("desk:customer", order.customer_id)
        name = Markup('<a href="{}">{}</a>').format(customer_url, order.customer_name)
        source = [sentence(SOURCE_LABELS[_known(SOURCE_LABELS, order.source)]), order.referrer]
        return filled(
            (_("客户"), name if customer_url and self.actor.may("customers.view") else order.customer_name),
            (_("联系人"), order.contact_name),
            (_("联系电话"), self._reached()),
            (_("备用电话"), self._phone(order.phone2)),
            (_("地址"), order.full_address),
            (_("报修来源"), " · ".join(word for word in source if word)),
            (_("受理渠道"), sentence(CHANNEL_LABELS[_known(CHANNEL_LABELS, order.channel)])),
            (_("登记"), self._by(order.received_by, order.received_at)),
            (_("接收"), self._by(order.accepted_by, order.accepted_at)),
            (_("处理流程"), self._flow()),
            (_("参与人"), self._people()),
        )

    @property
    def fault_facts(self) -> list[tuple[str, Any]]:
        """What is wrong and how urgent it is."""
        order = self.order
        return filled(
            (_("发生时间"), order.occurred),
            (_("故障代码"), order.error_code),
            (_("工单类别"), sentence(KIND_LABELS[_known(KIND_LABELS, order.kind)])),
            (_("服务方式"), self._mode()),
            (_("影响范围"), sentence(IMPACT_LABELS[_known(IMPACT_LABELS, order.impact)])),
            (_("紧急程度"), sentence(URGENCY_LABELS[_known(URGENCY_LABELS, order.urgency)])),
            (_("优先级"), self._priority()),
            (_("备注"), order.remark),
        )

    @cached_property
    def devices(self) -> list[dict[str, Any]]:
        """The devices with their verdict and how it came about."""
        order = self.order
        return [
            {
                "name": device_name(one),
                "url": way("desk:device", one.device_id) if one.device_id else "",
                "page": reverse("desk:order-device", args=[order.number, one.id]),
                "facts": filled(
                    (_("机身编号"), one.serial),
                    (_("购买日期"), one.purchase_on.isoformat() if one.purchase_on else ""),
                    (_("发票号"), one.invoice_no),
                    (_("外观"), one.appearance),
                    (_("随机附件"), one.accessories),
                    (_("故障"), " · ".join(word for word in dict.fromkeys((one.fault, one.symptom)) if word)),
                    (_("现场联系人"), self._whom(one)),
                ),
                **device_verdict(order, one),
                "result": sentence(RESULTS[one.result]) if one.result in RESULTS else "",
            }
            for one in order.devices
        ]

    @cached_property
    def rooms(self) -> list[dict[str, Any]]:
        """The devices as rows of a table, where many rooms are served at once (O-038); none on a usual order."""
        order = self.order
        if len(order.devices) < TABLE_FROM or not any(one.place for one in order.devices):
            return []
        return [
            {
                "place": one.place,
                "name": " ".join(word for word in (one.brand, one.model or one.category) if word),
                "serial": one.serial,
                "url": way("desk:device", one.device_id) if one.device_id else "",
                "page": reverse("desk:order-device", args=[order.number, one.id]),
                "fault": " · ".join(word for word in dict.fromkeys((one.fault, one.symptom)) if word),
                "contact": one.contact_name,
                "phone": self._phone(one.phone),
                **device_verdict(order, one),
                "result": sentence(RESULTS[one.result]) if one.result in RESULTS else "",
            }
            for one in order.devices
        ]

    @property
    def contact_count(self) -> str:
        """How often the customer was called, and how often he was reached."""
        tried = self.order.attempts
        if not tried:
            return ""
        reached = sum(row.result == AttemptResult.REACHED for row in tried)
        return _("已联系 %(count)s 次，接通 %(reached)s 次") % {"count": len(tried), "reached": reached}

    @cached_property
    def attempts(self) -> list[dict[str, Any]]:
        """The calls, newest first, and when the next one is due."""
        return [
            {
                "at": row.at,
                "who": row.by_name,
                "badge": Badge(
                    ATTEMPT_LABELS[AttemptResult(row.result)],
                    "done" if row.result == AttemptResult.REACHED else "waiting",
                ),
                "purpose": sentence(PURPOSE_LABELS[Purpose(row.purpose)]),
                "note": row.note,
                "next_at": row.next_at,
            }
            for row in reversed(self.order.attempts)
        ]

    @property
    def phone_warning(self) -> Text | None:
        """What to know before the customer's number is dialled (O-052)."""
        order = self.order
        return rules.virtual_phone_warning(
            is_virtual=order.phone_is_virtual, expires_at=order.phone_expires_at, now=self._request.now
        )

    @cached_property
    def holds(self) -> list[dict[str, Any]]:
        """What stands against the next step, by name."""
        is_past_dispatch = PLACES.get(self.order.status, 0) > PLACES[Status.IN_REPAIR]
        return [
            {
                "id": hold.id,
                "code": hold.code,
                "reason": hold.reason,
                "label": rules.HOLD_LABELS.get(hold.code, ""),
                "at": hold.placed_at,
                "who": hold.placed_by,
            }
            for hold in self.order.holds
            if hold.released_at is None and not (hold.kind == "dispatch" and is_past_dispatch)
        ]

    @cached_property
    def attachments(self) -> list[dict[str, Any]]:
        """Pictures and files."""
        return [
            {"name": row.name, "url": reverse("desk:attachment", args=[row.pk]), "at": row.at, "who": row.actor_name}
            for row in files.attachments_of("orders.order", self.order.id)
            if row.role != "signature"
        ]

    @cached_property
    def related(self) -> list[dict[str, Any]]:
        """Other orders that belong here: by word, and earlier ones of the same devices (R-130)."""
        named = [
            {
                "number": other.number,
                "url": reverse("desk:order", args=[other.number]),
                "what": RELATION_WORDS[other.kind, other.is_earlier],
                "badge": order_badge(other.status),
                "at": other.at,
            }
            for other in self.order.related
        ]
        known = {self.order.number, *(row["number"] for row in named)}
        return named + [
            {
                "number": row["number"],
                "url": reverse("desk:order", args=[row["number"]]),
                "what": _("同一设备：%(symptom)s") % {"symptom": row["symptom"][:20]},
                "badge": order_badge(row["status"]),
                "at": row["received_at"],
            }
            for row in orders.of_devices(self._device_ids, self.actor, limit=10 * len(self._device_ids) + 1)
            if row["number"] not in known
        ]

    @cached_property
    def archive(self) -> list[dict[str, Any]]:
        """Imported earlier work on the devices, which has no order here."""
        return [
            {"on": row.on, "fault": row.fault, "remedy": row.remedy or row.parts, "number": row.order_number}
            for row in devices.archive_of(self._device_ids, limit=10 * len(self._device_ids))
            if row.order_id is None
        ]

    @cached_property
    def timeline(self) -> Timeline:
        """处理过程: what happened, newest first, old and new values behind a click (R-079, R-250)."""
        return Timeline(self.order, self.actor, self._request.now)

    @cached_property
    def _device_ids(self) -> list[int]:
        return list(dict.fromkeys(one.device_id for one in self.order.devices if one.device_id))

    def _reached(self) -> Markup | str:
        """The number, marked where it is known not to be his; why there is none."""
        number = self._phone(self.order.phone)
        if not number or not self.order.phone_is_wrong:
            return number or self.order.no_phone_reason
        return Markup("{} {}").format(number, drawn.badge(_("错号"), "danger"))

    def _phone(self, number: str) -> Markup | str:
        if not number or not self.order.sees_phone:
            return number
        return Markup('<a class="k-phone" href="tel:{}">{}</a>').format("".join(number.split()), number)

    def _whom(self, device: DeviceFacts) -> Markup | str:
        """Whom to ask for where the device stands, and how to reach him."""
        if not device.phone:
            return device.contact_name
        return Markup("{} {}").format(device.contact_name, self._phone(device.phone))

    def _by(self, name: str, at: Any) -> Markup | str:
        if at is None:
            return ""
        return Markup("{} {}").format(name or _("网上或导入"), drawn.moment(at, self._request.now))

    def _flow(self) -> Markup | str:
        order = self.order
        label = sentence(FLOW_LABELS[order.flow])
        if order.flow_chosen_at is None:
            return label
        return Markup("{} · {}").format(label, self._by(order.flow_chosen_by, order.flow_chosen_at))

    def _people(self) -> str:
        """Who works on it now, each with his part."""
        now = [one for one in self.order.participants if one.until is None]
        return "、".join(f"{one.name}（{sentence(PART_LABELS[one.part])}）" for one in now if one.part in PART_LABELS)

    def _mode(self) -> str:
        label = sentence(MODE_LABELS[_known(MODE_LABELS, self.order.mode)])
        return f"{label}（{self.order.store}）" if self.order.store else label

    def _priority(self) -> str:
        label = sentence(priority_badge(self.order.priority).label)
        return f"{label}（{self.order.priority_reason}）" if self.order.priority_reason else label


def device_name(device: DeviceFacts) -> str:
    """The device in a few words."""
    return device.name or _("未登记设备")


def device_verdict(order: Page, device: DeviceFacts) -> dict[str, Any]:
    """What the warranty says of a device, why, and who decided otherwise."""
    overruling = order.overrulings.get(device.id) if device.overruled_reason else None
    return {
        "badge": coverage_badge(device.coverage_label),
        "days": _days(device.verdict),
        "steps": _verdict_steps(device.verdict),
        "overruled": device.overruled_reason,
        "overruled_by": overruling.actor_name if overruling else "",
        "overruled_at": overruling.at if overruling else None,
    }


def _known(labels: Mapping[Any, Text], value: str) -> Any:
    return next(word for word in labels if word == value)


def _days(verdict: Mapping[str, Any] | None) -> str:
    """How long the cover lasted on the day it was asked for."""
    last = (verdict or {}).get("last_day")
    if not last:
        return ""
    left = (verdict or {}).get("days_left")
    until = date.fromisoformat(last)
    if left is not None and left >= 0:
        return _("到 %(day)s，登记时还剩 %(days)s 天") % {"day": until, "days": left}
    return _("已于 %(day)s 到期") % {"day": until}


def _verdict_steps(verdict: Mapping[str, Any] | None) -> list[Text]:
    return [Text.from_json(step) for step in (verdict or {}).get("steps", ())]
