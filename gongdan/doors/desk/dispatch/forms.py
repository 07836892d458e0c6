"""What a dispatcher types: lines, promises, what is known of the way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from gongdan.dispatch.actions import ConfirmationDraft, MoveDraft, OfferDraft, VisitDraft
from gongdan.dispatch.states import METHOD_LABELS, REMOTE_LABELS, TOLD_LABELS, Method
from gongdan.doors.kit import forms
from gongdan.orders import rules
from gongdan.orders.queries import Page
from gongdan.orders.rules import LIMITS
from gongdan.orders.states import PHONE_REASON_LABELS, URGENCY_LABELS
from gongdan.quotes.states import WAY_LABELS

AT_OUR_FIELDS = {
    "planned_from": "window",
    "planned_to": "window",
    "wished_from": "wished",
    "wished_to": "wished",
    "start": "window",
    "photo_id": "photo",
    "differences": "address",
    "device_line_id": "model_text",
}


class GivenForm(forms.KitForm):
    """A form whose choices come with the order: `given` has the pairs, or the words, by the name of the field."""

    def __init__(self, *args: Any, given: Mapping[str, Iterable[Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in given.items():
            if name in self.fields:
                pairs = [(one, one) if isinstance(one, str) else one for one in choices]
                self.offer_choices(name, pairs)


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
    confirm_conflict = forms.Tick(_("时间冲突，仍要派"))

    def draft(self, technician_id: int) -> VisitDraft:
        """The line as typed."""
        typed = dict(self.cleaned_data)
        window = typed.pop("window")
        for name in ("technician_id", "confirm_conflict"):
            typed.pop(name, None)
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
        self.offer_choices("technician_id", list(people))


class ReasonForm(forms.KitForm):
    """Why something is taken back."""

    reason = forms.Line(_("原因"), max_length=200)


class PromiseForm(forms.KitForm):
    """The first window that the customer is told."""

    window = forms.WindowField(_("约定上门时间"))
    confirm_conflict = forms.Tick(_("时间冲突，仍要约"))


class MoveForm(GivenForm):
    """Another window: put to the customer, agreed to or refused (R-071, R-072)."""

    window = forms.WindowField(_("改到"))
    moved_by = forms.Choice(
        _("因谁改约"),
        choices=[("us", _("我方")), ("customer", _("客户要求"))],
        empty_value="us",
        required=False,
        shown_as="segments",
    )
    reason = forms.Choice(_("改约原因"), choices=(), empty_label=_("请选择"))
    note = forms.Paragraph(_("说明"), max_length=160, rows=2, required=False)
    apology_made = forms.Tick(_("已向客户致歉并说明原因"))
    consent = forms.Choice(_("客户是否同意"), choices=[("yes", _("同意")), ("no", _("不同意"))], shown_as="segments")
    consent_of = forms.Line(_("谁答复的"), max_length=60)
    way = forms.Choice(
        _("答复方式"), choices=list(WAY_LABELS.items()), shown_as="segments", empty_value="phone", required=False
    )
    to_id = forms.Choice(
        _("不同意时转给"),
        choices=(),
        coerce=int,
        empty_value=None,
        empty_label=_("没有师傅能去，交主管协调"),
        required=False,
        hint=_("客户不同意时保持原约定时间，转给能按时到的师傅"),
    )
    confirm_conflict = forms.Tick(_("时间冲突，仍要改约或转派"))

    @property
    def draft(self) -> MoveDraft:
        """The window as it was put to the customer."""
        typed = self.cleaned_data
        return MoveDraft(
            start=typed["window"].start,
            end=typed["window"].end,
            consent_of=typed["consent_of"],
            reason="：".join(word for word in (typed["reason"], typed["note"].strip()) if word),
            way=typed["way"],
            moved_by=typed["moved_by"],
            apology_made=typed["apology_made"],
        )


class TransferForm(GivenForm):
    """Handing the order on without asking the customer: his time stays."""

    to_id = forms.Choice(_("转给"), choices=(), coerce=int, empty_value=None, empty_label=_("请选择师傅"))
    reason = forms.Choice(_("转派原因"), choices=(), empty_label=_("请选择"))
    confirm_conflict = forms.Tick(_("时间冲突，仍要转派"))


class TeamForm(GivenForm):
    """Which team's queue the order goes to."""

    team_id = forms.Choice(_("班组"), choices=(), coerce=int, empty_value=None, empty_label=_("请选择班组"))
    window = forms.WindowField(_("计划上门时间"), required=False)
    task = forms.Paragraph(_("派工内容"), max_length=500, rows=2, required=False, placeholder=_("空着就用故障现象"))

    @property
    def draft(self) -> OfferDraft:
        """What the team is offered."""
        window = self.cleaned_data["window"]
        return OfferDraft(
            self.cleaned_data["team_id"],
            self.cleaned_data["task"],
            window.start if window else None,
            window.end if window else None,
        )


class SettleForm(forms.KitForm):
    """待协调: what the supervisor found."""

    outcome = forms.Choice(
        _("处理"),
        choices=[("offer", _("客户同意新时间")), ("go", _("有师傅能去")), ("cancel", _("取消工单"))],
        shown_as="segments",
    )
    window = forms.WindowField(_("新的上门时间"), required=False)
    consent_of = forms.Line(_("谁同意的"), max_length=60, required=False)
    way = forms.Choice(_("同意方式"), choices=list(WAY_LABELS.items()), empty_value="phone", required=False)
    apology_made = forms.Tick(_("已向客户致歉并说明原因"))
    reason = forms.Line(_("说明"), max_length=200, required=False, placeholder=_("如：师傅都排满了"))

    @property
    def draft(self) -> MoveDraft | None:
        """The time that the customer accepted, if one was typed."""
        typed = self.cleaned_data
        if typed["outcome"] != "offer" or not typed["window"]:
            return None
        return MoveDraft(
            start=typed["window"].start,
            end=typed["window"].end,
            consent_of=typed["consent_of"],
            reason=typed["reason"] or "没有师傅能去",
            way=typed["way"],
            apology_made=typed["apology_made"],
        )


class ExpressForm(forms.KitForm):
    """The customer agreed to the surcharge of 极速上门; from now on the hour counts (R-089)."""

    name = forms.Line(_("谁同意的"), max_length=60)
    way = forms.Choice(
        _("同意方式"), choices=list(WAY_LABELS.items()), shown_as="segments", empty_value="phone", required=False
    )


class ConfirmForm(GivenForm):
    """The call before setting out (R-075), and the three facts (R-076)."""

    is_convenient = forms.Choice(
        _("客户是否方便"),
        choices=[("yes", _("方便")), ("no", _("不方便"))],
        shown_as="segments",
        required=False,
    )
    told_at = forms.LocalDateTimeField(_("告诉客户几点到"), required=False)
    device_ok = forms.Tick(_("设备类型已核对"))
    fault_ok = forms.Tick(_("故障情况已核对"))
    address_ok = forms.Tick(_("联系地址已核对"))
    address = forms.Line(_("更正地址"), max_length=200, required=False)
    symptom = forms.Line(_("更正故障"), max_length=500, required=False)
    brand_text = forms.Line(_("更正品牌"), max_length=60, required=False)
    model_text = forms.Line(_("更正型号"), max_length=80, required=False)
    skipped_reason = forms.Choice(_("没有联系的原因"), choices=(), empty_label=_("没有联系时选择"), required=False)
    note = forms.Line(_("备注"), max_length=200, required=False)

    @property
    def draft(self) -> ConfirmationDraft:
        """The call as typed; what stands in a corrected field is a difference."""
        typed = self.cleaned_data
        answer = {"yes": True, "no": False}.get(typed["is_convenient"])
        return ConfirmationDraft(
            is_convenient=answer,
            told_at=typed["told_at"],
            device_ok=typed["device_ok"],
            fault_ok=typed["fault_ok"],
            address_ok=typed["address_ok"],
            differences={name: typed[name] for name in ("address", "symptom", "brand_text", "model_text")},
            skipped_reason=typed["skipped_reason"],
            note=typed["note"],
        )


class DelayForm(GivenForm):
    """The customer was told that somebody comes late (R-074)."""

    reason = forms.Choice(_("晚到原因"), choices=(), empty_label=_("请选择"))
    told_how = forms.Choice(_("怎样告知客户的"), choices=list(TOLD_LABELS.items()), shown_as="segments")
    new_estimate = forms.LocalDateTimeField(_("预计到达"))


class EarlyForm(forms.KitForm):
    """The customer agrees that somebody is there long before the promised time."""

    agreed_by = forms.Line(_("谁同意的"), max_length=60)
    agreed_way = forms.Choice(_("同意方式"), choices=list(WAY_LABELS.items()), shown_as="segments")


class WastedForm(GivenForm):
    """空跑 (O-043). `door_photo`: the attachment that came with an earlier try of this form."""

    door_photo: int | None = None
    reason = forms.Choice(_("空跑原因"), choices=(), empty_label=_("请选择"))
    photo = forms.FileField(
        _("门口照片"), endings=(".jpg", ".jpeg", ".png", ".webp"), max_bytes=10 * 1024 * 1024, required=False
    )
    confirm_unproven = forms.Tick(_("证据不足，不收空跑费，仍要登记"))


class RemoteForm(forms.KitForm):
    """How remote guidance ended (R-085)."""

    result = forms.Choice(_("远程结果"), choices=list(REMOTE_LABELS.items()), shown_as="segments")
    then = forms.Choice(
        _("未解决时改为"),
        choices=[("on_site", _("上门")), ("in_store", _("送修到店")), ("mail_in", _("寄修"))],
        shown_as="segments",
        required=False,
        hint=_("未解决的不选择上门或送修，不能完工和结单"),
    )
    note = forms.Line(_("备注"), max_length=200, required=False)


class ThenForm(forms.KitForm):
    """上门 or 送修, after remote guidance failed."""

    then = forms.Choice(
        _("远程未解决，改为"),
        choices=[("on_site", _("上门")), ("in_store", _("送修到店")), ("mail_in", _("寄修"))],
        shown_as="segments",
    )


class PhoneForm(forms.KitForm):
    """The call before setting out solved it."""

    reason = forms.Choice(_("电话解决的原因"), choices=list(PHONE_REASON_LABELS.items()), shown_as="segments")
    note = forms.Line(_("怎样解决的"), max_length=200, required=False)


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
