"""What a dispatcher types: lines, promises, what is known of the way."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from gongdan.dispatch.actions import VisitDraft
from gongdan.dispatch.states import METHOD_LABELS, Method
from gongdan.doors.kit import forms
from gongdan.orders import rules
from gongdan.orders.queries import Page
from gongdan.orders.rules import LIMITS
from gongdan.orders.states import URGENCY_LABELS
from gongdan.quotes.states import WAY_LABELS

AT_OUR_FIELDS = {
    "planned_from": "window",
    "planned_to": "window",
    "wished_from": "wished",
    "wished_to": "wished",
    "name": "consent_of",
}


class VisitForm(forms.KitForm):
    """What a dispatch line says."""

    window = forms.WindowField(_("计划上门时间"), required=False)
    task = forms.Paragraph(_("派工内容"), max_length=500, rows=2, required=False, placeholder=_("空着就用故障现象"))
    method = forms.Choice(
        _("派工方式"),
        choices=list(METHOD_LABELS.items()),
        empty_value=Method.SYSTEM,
        shown_as="segments",
        required=False,
    )
    is_remote = forms.Tick(_("远程指导，不上门"))
    remark = forms.Line(_("备注"), max_length=200, required=False)

    def draft(self, technician_id: int) -> VisitDraft:
        """The line as typed."""
        typed = dict(self.cleaned_data)
        window = typed.pop("window")
        typed.pop("technician_id", None)
        return VisitDraft(
            technician_id=technician_id,
            planned_from=window.start if window else None,
            planned_to=window.end if window else None,
            **typed,
        )


class AssignForm(VisitForm):
    """A new dispatch line."""

    technician_id = forms.Choice(_("师傅"), choices=(), coerce=int, empty_value=None, shown_as="radio")
    field_order = ("technician_id", "window", "task", "method", "is_remote", "remark")

    def __init__(self, *args: Any, people: Iterable[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["technician_id"].source = list(people)  # type: ignore[attr-defined]  # a Choice of ours


class ReasonForm(forms.KitForm):
    """Why something is taken back."""

    reason = forms.Line(_("原因"), max_length=200)


class PromiseForm(forms.KitForm):
    """The first window that the customer is told."""

    window = forms.WindowField(_("约定上门时间"))


class MoveForm(forms.KitForm):
    """Another window, with the customer's consent (R-071)."""

    window = forms.WindowField(_("改到"))
    reason = forms.Line(_("改约原因"), max_length=200, placeholder=_("如：上一单超时，赶不到"))
    consent_of = forms.Line(_("谁同意的"), max_length=60)
    way = forms.Choice(_("同意方式"), choices=list(WAY_LABELS.items()), shown_as="segments")


class FactsForm(forms.KitForm):
    """What dispatching needs to know and the call did not bring."""

    address = forms.Line(_("详细地址"), max_length=LIMITS["address"], required=False, wide=True)
    wished = forms.WindowField(_("希望上门时间"), required=False)
    distance_km = forms.Number(
        _("单程路程"), max_value=rules.MAX_KM, unit=_("公里"), required=False, hint=_("路费按它计算")
    )
    urgency = forms.Choice(_("紧急程度"), choices=list(URGENCY_LABELS.items()), shown_as="segments")
    remark = forms.Paragraph(_("备注"), max_length=LIMITS["remark"], rows=2, required=False)

    @staticmethod
    def start(order: Page) -> dict[str, Any]:
        """What stands on the order now."""
        wished = None
        if order.wished_from and order.wished_to:
            wished = forms.Window(order.wished_from, order.wished_to)
        return {
            "address": order.address,
            "wished": wished,
            "distance_km": order.distance_km,
            "urgency": order.urgency,
            "remark": order.remark,
        }

    def changed(self, order: Page) -> dict[str, Any]:
        """What differs from the order, as the editing verb takes it."""
        found = {name: new for name, (_old, new) in self.changes(self.start(order)).items()}
        if "wished" in found:
            wished = found.pop("wished")
            found |= {"wished_from": wished.start if wished else None, "wished_to": wished.end if wished else None}
        return found
