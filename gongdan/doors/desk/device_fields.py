"""What is typed of a device that is not registered yet: at reception and on the page of an order."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from gongdan.doors.kit import forms
from gongdan.orders.rules import DEVICE_LIMITS


class DeviceFields(forms.KitForm):
    """The device itself, and how it looks. Names are those of `DeviceDraft`."""

    category_id = forms.Choice(
        _("产品类别"), choices=(), coerce=int, empty_value=None, required=False, empty_label=_("不清楚")
    )
    brand_text = forms.Line(_("品牌"), max_length=DEVICE_LIMITS["brand_text"], required=False)
    model_text = forms.Line(_("型号"), max_length=DEVICE_LIMITS["model_text"], required=False)
    serial = forms.Line(_("机身编号"), max_length=DEVICE_LIMITS["serial"], required=False)
    purchase_on = forms.DateField(_("购买日期"), required=False)
    invoice_no = forms.Line(_("发票号"), max_length=DEVICE_LIMITS["invoice_no"], required=False)
    spec = forms.Line(_("规格"), max_length=DEVICE_LIMITS["spec"], required=False)
    made_on = forms.DateField(_("出厂日期"), required=False)
    installed_on = forms.DateField(_("安装日期"), required=False)
    appearance = forms.Line(_("外观"), max_length=DEVICE_LIMITS["appearance"], required=False)
    accessories = forms.Line(_("随机附件"), max_length=DEVICE_LIMITS["accessories"], required=False)
