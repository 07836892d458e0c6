"""What is typed of a device of an order, and of its warranty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from gongdan.catalog import queries as catalog
from gongdan.devices.states import LEVEL_LABELS
from gongdan.doors.desk.device_fields import DeviceFields
from gongdan.doors.kit import forms
from gongdan.doors.kit.catching_up import is_touched
from gongdan.orders import rules
from gongdan.orders.queries import DeviceFacts, Page
from gongdan.orders.rules import DEVICE_LIMITS, DeviceDraft

OF_NEW = (
    "category_id",
    "spec",
    "purchase_on",
    "invoice_no",
    "made_on",
    "installed_on",
)  # of a device not registered yet


class DeviceLineForm(DeviceFields):
    """A device as it stands on the order. Names are those of the verb."""

    symptom = forms.Line(
        _("这台的现象"), max_length=DEVICE_LIMITS["symptom"], required=False, placeholder=_("与工单不同才填")
    )
    fault_id = forms.Pick(
        _("常见故障"),
        url="desk:faults-pick",
        with_=("category_id",),
        required=False,
        placeholder=_("现象、代码或首字母"),
    )
    error_code = forms.Line(_("故障代码"), max_length=DEVICE_LIMITS["error_code"], required=False)
    height_cm = forms.Number(_("作业高度"), max_value=rules.MAX_HEIGHT_CM, required=False, unit=_("厘米"))
    place = forms.Line(
        _("房间或位置"), max_length=DEVICE_LIMITS["place"], required=False, placeholder=_("如：3 楼 305 房")
    )
    contact_name = forms.Line(_("现场联系人"), max_length=DEVICE_LIMITS["contact_name"], required=False)
    phone = forms.PhoneField(_("现场电话"), max_length=DEVICE_LIMITS["phone"], required=False)

    def __init__(self, typed: QueryDict | None, order: Page, device: DeviceFacts | None = None) -> None:
        super().__init__(typed, initial=_as_typed(device) if device else {"category_id": order.category_id})
        if device is None or device.device_id is None:
            self.offer_choices("category_id", [(row.pk, row.name) for row in catalog.categories()])
        else:
            for name in OF_NEW:
                del self.fields[name]
        if device is not None:
            self.show("fault_id", device.fault)
            if not order.sees_phone:
                del self.fields["phone"]

    def touched(self, was: Mapping[str, str]) -> dict[str, Any]:
        """The changes for the verb: of the touched fields only, so that a colleague's other fields stay."""
        typed = self.cleaned_data | {"height_cm": self.cleaned_data.get("height_cm") or 0}
        return {name: value for name, value in typed.items() if is_touched(self, name, was)}


class AddDeviceForm(DeviceLineForm):
    """One more device: one of the customer's, or a new one."""

    device_id = forms.Choice(
        _("客户的设备"), choices=(), coerce=int, empty_value=None, required=False, empty_label=_("新设备，在下面填写")
    )

    def __init__(self, typed: QueryDict | None, order: Page, *, known: Sequence[tuple[int, str]]) -> None:
        super().__init__(typed, order)
        self.offer_choices("device_id", known)
        if not known:
            del self.fields["device_id"]

    def draft(self) -> DeviceDraft:
        """The device as typed; of a registered one, what is noted of it on this order."""
        typed = self.cleaned_data | {"height_cm": self.cleaned_data["height_cm"] or 0}
        if typed.get("device_id") is None:
            return DeviceDraft(**typed)
        return DeviceDraft(**{name: value for name, value in typed.items() if name not in _OF_THE_REGISTER})


class OverruleForm(forms.KitForm):
    """The supervisor decides otherwise than the rule did."""

    level = forms.Choice(_("改判为"), choices=list(LEVEL_LABELS.items()), shown_as="segments")
    reason = forms.Line(_("原因"), max_length=200, placeholder=_("如：发票已补，厂家同意保修"))


_OF_THE_REGISTER = {*OF_NEW, "brand_text", "model_text", "serial"}


def _as_typed(device: DeviceFacts) -> dict[str, Any]:
    names = ("category_id", "serial", "symptom", "fault_id", "error_code", "appearance", "accessories", "height_cm")
    start = {name: getattr(device, name) for name in (*names, "place", "contact_name", "phone")}
    return start | {"brand_text": device.brand, "model_text": device.model, "height_cm": device.height_cm or None}
