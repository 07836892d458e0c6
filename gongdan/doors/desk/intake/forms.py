"""The form 售后服务工单: what the clerk types while the customer talks, and how it becomes a draft of an order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django import forms as django_forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from gongdan.catalog import queries as catalog
from gongdan.catalog.states import QuestionKind
from gongdan.customers.rules import KIND_LABELS as CUSTOMER_KINDS
from gongdan.customers.rules import CustomerDraft
from gongdan.customers.rules import Kind as CustomerKind
from gongdan.doors.desk.device_fields import DeviceFields
from gongdan.doors.kit import forms
from gongdan.doors.kit.typed import whole_number
from gongdan.kernel import phones
from gongdan.kernel.errors import Invalid
from gongdan.kernel.text import Text
from gongdan.orders import rules
from gongdan.orders.rules import DEVICE_LIMITS, LIMITS, DeviceDraft, OrderDraft
from gongdan.orders.states import (
    CHANNEL_LABELS,
    IMPACT_LABELS,
    KIND_LABELS,
    MODE_LABELS,
    PRIORITY_LABELS,
    SOURCE_LABELS,
    URGENCY_LABELS,
    Channel,
    Impact,
    Kind,
    Source,
    Urgency,
)
from gongdan.people import queries as people


def category_choices(categories: Iterable[Any]) -> list[tuple[Any, Any]]:
    """The categories, and the way to leave it open."""
    return [("", _("不清楚")), *((row.pk, row.name) for row in categories)]


class DeviceTicks(forms.Look, django_forms.Field):
    """The ids of the ticked devices; whether they are his is asked by the verb."""

    kind = "hidden"
    widget = django_forms.SelectMultiple

    def to_python(self, value: Any) -> tuple[int, ...]:
        typed = [str(one) for one in value or ()]
        if len(typed) > rules.MAX_DEVICES:
            raise ValidationError(_("一张工单最多 %(limit)s 台设备，请分开登记") % {"limit": rules.MAX_DEVICES})
        if not all(one.isascii() and one.isdigit() and 0 < int(one[:20]) <= forms.MAX_ID for one in typed):
            raise ValidationError(_("所选设备已不存在，请重新选择"))
        return tuple(dict.fromkeys(int(one) for one in typed))


class OrderForm(forms.KitForm):
    """售后服务工单. Four fields are enough: telephone, name, place, what."""

    customer_id = forms.Pick(_("客户"), url="desk:customers-pick", required=False)
    phone = forms.PhoneField(_("联系电话"), max_length=phones.MAX_RAW, required=False, autofocus=True)
    contact_name = forms.Line(_("联系人"), max_length=LIMITS["contact_name"], required=False)
    address = forms.Line(_("详细地址"), max_length=LIMITS["address"], required=False)
    division_code = forms.DivisionField(_("省市区"), url="desk:divisions-pick", required=False)
    customer_kind = forms.Choice(
        _("客户类型"),
        choices=list(CUSTOMER_KINDS.items()),
        empty_value=CustomerKind.PERSON,
        shown_as="segments",
        required=False,
    )
    customer_name = forms.Line(_("客户名称"), max_length=60, required=False, hint=_("与联系人不同时填写，如单位名称"))
    phone2 = forms.PhoneField(_("备用电话"), max_length=LIMITS["phone2"], required=False)
    no_phone_reason = forms.Line(
        _("无电话原因"),
        max_length=LIMITS["no_phone_reason"],
        required=False,
        placeholder=_("如：老人没有电话，住户代报"),
    )
    is_another = forms.Tick(_("是另一位客户，按新客户登记"))
    is_his_number = forms.Tick(_("是所选客户的新号码，仍登记在他名下"))
    adds_contact = forms.Tick(_("加到他的资料"))
    confirm_duplicate = forms.Tick(_("是另一件事，仍要新建"))
    phone_is_virtual = forms.Tick(_("隐私号（平台给的临时号码）"))
    phone_expires_at = forms.LocalDateTimeField(
        _("隐私号失效时间"), required=False, hint=_("不填按本店设置的有效时间计算")
    )

    devices = DeviceTicks(_("设备"), required=False)
    category_id = forms.Choice(
        _("产品类别"), choices=(), coerce=int, empty_value=None, shown_as="segments", required=False
    )
    symptom = forms.Paragraph(_("故障现象"), max_length=LIMITS["symptom"], rows=4, placeholder=_("按客户原话记录"))
    fault_id = forms.Pick(
        _("常见故障"),
        url="desk:faults-pick",
        with_=("category_id",),
        required=False,
        placeholder=_("现象、代码或首字母"),
    )
    error_code = forms.Line(_("故障代码"), max_length=LIMITS["error_code"], required=False)
    occurred = forms.Line(
        _("发生时间"), max_length=LIMITS["occurred"], required=False, placeholder=_("如：昨晚停电以后")
    )

    wished = forms.WindowField(_("希望上门时间"), required=False)
    urgency = forms.Choice(
        _("紧急程度"),
        choices=list(URGENCY_LABELS.items()),
        empty_value=Urgency.NORMAL,
        shown_as="segments",
        required=False,
    )
    channel = forms.Choice(
        _("受理渠道"),
        choices=list(CHANNEL_LABELS.items()),
        empty_value=Channel.PHONE,
        shown_as="segments",
        required=False,
    )
    source = forms.Choice(_("报修来源"), choices=list(SOURCE_LABELS.items()))
    referrer = forms.Line(_("受理部门或同事"), max_length=LIMITS["referrer"], required=False)
    impact = forms.Choice(
        _("影响范围"),
        choices=list(IMPACT_LABELS.items()),
        empty_value=Impact.SINGLE,
        shown_as="segments",
        required=False,
    )
    store_id = forms.Choice(
        _("门店"), choices=(), coerce=int, empty_value=None, required=False, empty_label=_("本店"), hint=_("到店的工单")
    )
    mode = forms.Choice(
        _("服务方式"), choices=list(MODE_LABELS.items()), required=False, empty_label=_("按产品类别和渠道")
    )
    kind = forms.Choice(_("工单类别"), choices=list(KIND_LABELS.items()), empty_value=Kind.REPAIR, required=False)
    priority = forms.Choice(
        _("手工调整优先级"), choices=list(PRIORITY_LABELS.items()), required=False, empty_label=_("不调整")
    )
    priority_reason = forms.Line(_("调整原因"), max_length=LIMITS["priority_reason"], required=False)
    remark = forms.Paragraph(_("备注"), max_length=LIMITS["remark"], rows=2, required=False)

    START: Mapping[str, str] = {
        "customer_kind": CustomerKind.PERSON,
        "category_id": "",
        "urgency": Urgency.NORMAL,
        "channel": Channel.PHONE,
        "source": Source.DIRECT,
        "impact": Impact.SINGLE,
        "kind": Kind.REPAIR,
    }

    def clean(self) -> dict[str, Any]:
        """Say at once what the registering verb would say next."""
        typed: dict[str, Any] = self.cleaned_data
        errors: dict[str, Text] = {}
        if "phone" in typed and (typed["phone"] or typed.get("customer_id") is None):
            errors |= rules.phone_complaints(typed["phone"], typed.get("phone2", ""), typed.get("no_phone_reason", ""))
        errors |= rules.priority_complaints(typed.get("priority", ""), typed.get("priority_reason", ""))
        if typed.get("source") in (Source.DEPARTMENT, Source.COLLEAGUE) and not typed.get("referrer"):
            errors["referrer"] = rules.complaints(OrderDraft("", typed["source"]))["referrer"]
        if errors:
            self.refuse(Invalid({name: text for name, text in errors.items() if name not in self.errors} or errors))
        return typed


class DeviceForm(DeviceFields):
    """A device that is not in the register yet. One of its own category has the field, else it is the order's."""

    category_id = forms.Choice(
        _("产品类别"), choices=(), coerce=int, empty_value=None, required=False, empty_label=_("同上")
    )
    symptom = forms.Line(
        _("这台的现象"), max_length=DEVICE_LIMITS["symptom"], required=False, placeholder=_("与上面不同才填")
    )

    @property
    def is_filled(self) -> bool:
        """Whether anything was typed about this device."""
        return any(value for name, value in self.cleaned_data.items() if name != "category_id")

    def draft(self, category_id: int | None) -> DeviceDraft:
        """The device as typed."""
        own = self.cleaned_data["category_id"] or category_id
        return DeviceDraft(**self.cleaned_data | {"category_id": own})


class LineForm(forms.KitForm):
    """What is noted of a registered device on this order."""

    symptom = forms.Line(
        _("这台的现象"),
        max_length=DEVICE_LIMITS["symptom"],
        required=False,
        placeholder=_("这台的现象（与下面不同才填）"),
    )
    appearance = forms.Line(
        _("外观"), max_length=DEVICE_LIMITS["appearance"], required=False, placeholder=_("外观，如：右上角有磕碰")
    )
    accessories = forms.Line(
        _("随机附件"), max_length=DEVICE_LIMITS["accessories"], required=False, placeholder=_("随机附件，如：遥控器")
    )


class Intake:
    """The whole form: the order, its new devices, and a line for each ticked one."""

    def __init__(self, typed: QueryDict | None, *, start: Mapping[str, Any] | None = None) -> None:
        self.order = OrderForm(typed, initial={**OrderForm.START, **(start or {})})
        self.devices = [DeviceForm(typed, prefix=prefix) for prefix in device_prefixes(typed)]
        self.categories = catalog.categories()
        choices = category_choices(self.categories)
        self.order.offer_choices("store_id", people.stores())
        for form in (self.order, *self.devices):
            form.offer_choices("category_id", choices)  # asked once for all of them
        self.lines: dict[int, LineForm] = {}
        if typed is not None:
            self.order.is_valid()
            ticked = self.order.cleaned_data.get("devices", ())
            self.lines = {pk: LineForm(typed, prefix=line_prefix(pk)) for pk in ticked}

    def is_valid(self) -> bool:
        """Whether every part can be read."""
        parts: Sequence[forms.KitForm] = (self.order, *self.devices, *self.lines.values())
        return all(part.is_valid() for part in parts)

    @property
    def has_new_devices(self) -> bool:
        """Whether something about a new device was typed, or is wrong."""
        return any(form.is_bound and (form.errors or form.is_filled) for form in self.devices)

    def draft(self, *, category_id: int | None) -> OrderDraft:
        """What was typed, as the verb takes it. `category_id`: the typed one, or that of the first ticked device."""
        typed = dict(self.order.cleaned_data)
        wished, fault_id = typed.pop("wished"), typed.pop("fault_id")
        kind, name = typed.pop("customer_kind"), typed.pop("customer_name")
        del typed["is_another"], typed["confirm_duplicate"], typed["is_his_number"], typed["adds_contact"]
        typed["category_id"] = category_id
        typed["devices"] = self._device_drafts(category_id, fault_id)
        typed["symptom"], typed["answers"] = told_in(typed["symptom"], typed["error_code"], category_id)
        if typed["customer_id"] is None:
            typed["customer"] = CustomerDraft(
                name=name or typed["contact_name"] or _nameless(typed["phone"]), kind=kind
            )
        return OrderDraft(
            **typed,
            wished_from=wished.start if wished else None,
            wished_to=wished.end if wished else None,
        )

    def _device_drafts(self, category_id: int | None, fault_id: int | None) -> tuple[DeviceDraft, ...]:
        made = [DeviceDraft(device_id=pk, **line.cleaned_data) for pk, line in self.lines.items()]
        made += [device.draft(category_id) for device in self.devices if device.is_filled]
        if not made and fault_id is not None:
            made = [DeviceDraft(category_id=category_id)]
        # A device with a fault of its own text is not the one that the known fault was picked for.
        return tuple(one if one.symptom else replace(one, fault_id=fault_id) for one in made)


def told_in(symptom: str, error_code: str, category_id: int | None) -> tuple[str, tuple[tuple[int, str], ...]]:
    """The customer's own words and his answers to the script: a line that begins with a question, as a click writes it."""
    if not error_code and "：" not in symptom and not any(char.isdigit() for char in symptom):
        return symptom, ()
    rows = catalog.questions(category_id)
    yes_no = (gettext("是"), gettext("否"))
    asked = [rules.Asked(row.pk, row.text, yes_no if row.kind == QuestionKind.YES_NO else row.choices) for row in rows]
    code = error_code
    if not code and any(one.is_about_code for one in asked):
        code = catalog.code_told(category_id, symptom)
    told = rules.told_apart(symptom, asked, code=code)
    return told if told[0] else (symptom, told[1])


def _nameless(phone: str) -> str:
    """What a customer is called who told no name: symptom and telephone are enough (R-041)."""
    tail = phones.tail4(phone)
    return gettext("尾号 %(tail)s") % {"tail": tail} if tail else ""


def line_prefix(device_id: int) -> str:
    """The prefix of a ticked device's fields."""
    return f"line{device_id}"


def device_prefixes(typed: QueryDict | None) -> list[str]:
    """The prefixes of the new devices that were sent, at least one."""
    count = whole_number(typed.get("new_devices"), digits=3) if typed is not None else None
    return [f"new{at}" for at in range(min(count or 1, rules.MAX_DEVICES))]
