"""What is typed on the page of an order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from gongdan.catalog import queries as catalog
from gongdan.doors.kit import forms
from gongdan.doors.kit.catching_up import is_touched, merged
from gongdan.doors.kit.forms import Window
from gongdan.kernel.errors import Invalid
from gongdan.kernel.text import Text
from gongdan.kernel.text import _ as text
from gongdan.orders import rules
from gongdan.orders.actions import RuleDraft
from gongdan.orders.queries import Page
from gongdan.orders.rules import LIMITS
from gongdan.orders.states import (
    ATTEMPT_LABELS,
    CHANNEL_LABELS,
    COMPENSATION_LABELS,
    IMPACT_LABELS,
    KIND_LABELS,
    LIABILITY_LABELS,
    MODE_LABELS,
    PHONE_REASON_LABELS,
    PRIORITY_LABELS,
    PURPOSE_LABELS,
    SOURCE_LABELS,
    URGENCY_LABELS,
    Compensation,
    Purpose,
)


class AnswerForm(forms.KitForm):
    """答复: the question as it is meant, and what the customer is told."""

    question = forms.Paragraph(_("问题"), max_length=2000, rows=2, required=False)
    text = forms.Paragraph(_("答复"), max_length=4000, rows=5)
    wants_follow_up = forms.Tick(_("结单后回访"))


NEXT = {"hour": _("1 小时后"), "evening": _("今晚"), "morning": _("明早")}


class ContactForm(forms.KitForm):
    """One attempt to reach the customer. `do` is one click: a result, and for 无人接 when to try again."""

    purpose = forms.Choice(
        _("目的"),
        choices=list(PURPOSE_LABELS.items()),
        empty_value=Purpose.CONTACT,
        shown_as="segments",
        required=False,
    )
    do = forms.Hidden(required=False)
    result = forms.Choice(_("结果"), choices=list(ATTEMPT_LABELS.items()), shown_as="segments", required=False)
    next_at = forms.LocalDateTimeField(_("下次联系"), required=False, hint=_("无人接时必填，到时在工作台提醒"))
    note = forms.Line(_("说明"), max_length=1000, required=False)

    def __init__(self, typed: Any = None, *, now: datetime | None = None, **kwargs: Any) -> None:
        super().__init__(typed, **kwargs)
        self.offered = rules.retry_times(now) if now is not None else {}

    def clean(self) -> dict[str, Any]:
        """The click as result and next time."""
        typed: dict[str, Any] = self.cleaned_data
        result, _split, later = typed.pop("do", "").partition(":")
        if result:
            typed["result"] = result
        if not typed.get("result") and "result" not in self.errors:
            self.refuse(Invalid({"result": text("请选择联系结果：接通、无人接、拒接、空号或关机")}))
        if later in self.offered and not typed.get("next_at"):
            typed["next_at"] = self.offered[later]
        return typed


class ScriptForm(forms.KitForm):
    """The questions of the script, each with what was answered so far (R-064)."""

    def __init__(self, typed: QueryDict | None, questions: Sequence[Any], known: Mapping[int, str]) -> None:
        super().__init__(typed, initial={f"answer_{pk}": text for pk, text in known.items()})
        self.asked = {f"answer_{row.pk}": row.pk for row in questions}
        for row in questions:
            said = known.get(row.pk, "")
            choices = {"yes_no": [_("是"), _("否")], "choice": list(row.choices)}.get(row.kind, [])
            if choices and (not said or said in [str(one) for one in choices]):
                shown_as = "segments" if len(choices) <= 5 else "select"
                pairs = [(str(one), one) for one in choices]
                field: Any = forms.Choice(row.text, choices=pairs, shown_as=shown_as, required=False)
            else:
                field = forms.Line(row.text, max_length=1000, required=False)
            self.fields[f"answer_{row.pk}"] = field

    @property
    def answers(self) -> dict[int, str]:
        """What was typed, by the question's id."""
        return {pk: str(self.cleaned_data[name]) for name, pk in self.asked.items() if name in self.cleaned_data}


class PreliminaryForm(forms.KitForm):
    """The first judgement before a visit is arranged (R-065)."""

    background = forms.Paragraph(_("前因后果"), max_length=2000, rows=2, required=False)
    rough_scope = forms.Paragraph(_("初步范围"), max_length=1000, rows=2, required=False)
    rough_plan = forms.Paragraph(_("初步方案"), max_length=1000, rows=2, required=False)
    is_confirmed = forms.Tick(_("已与客户确认"))
    confirmed_with = forms.Line(_("和谁确认"), max_length=60, required=False)


class PhoneFixForm(forms.KitForm):
    """电话解决: the code, the steps that were read out, and why no visit is needed."""

    code = forms.Line(_("故障代码或现象"), max_length=30, required=False, placeholder=_("如 691、掉线"))
    reason = forms.Choice(_("原因"), choices=list(PHONE_REASON_LABELS.items()), shown_as="segments")
    note = forms.Line(_("说明"), max_length=1000, required=False)
    ended_at = forms.LocalDateTimeField(
        _("指导结束时间"), required=False, hint=_("补记时填写，可以早于登记；不填就是现在")
    )


class JudgeForm(forms.KitForm):
    """What a complaint is about, and who is liable."""

    subject = forms.Choice(_("投诉类别"), choices=(), shown_as="segments")
    about_number = forms.Line(_("投诉的工单"), max_length=40, required=False)
    person_id = forms.Choice(_("被投诉人"), choices=(), coerce=int, empty_value=None, required=False)
    liability = forms.Choice(_("责任"), choices=list(LIABILITY_LABELS.items()), shown_as="segments", required=False)
    finding = forms.Paragraph(_("认定说明"), max_length=1000, rows=2, required=False)

    def __init__(
        self, typed: Any, *, subjects: Sequence[str], people: Sequence[tuple[int, str]], initial: Any = None
    ) -> None:
        super().__init__(typed, initial=initial)
        self.offer_choices("subject", [(one, one) for one in subjects])
        self.offer_choices("person_id", people)


class HandleForm(forms.KitForm):
    """What was done about a complaint, and what came of it."""

    handling = forms.Paragraph(_("处理"), max_length=2000, rows=2, placeholder=_("联系了谁，做了什么"))
    outcome = forms.Paragraph(_("结果"), max_length=2000, rows=2, required=False, placeholder=_("客户怎么说"))


class CompensateForm(forms.KitForm):
    """What the customer gets: a rule, or nothing."""

    rule_id = forms.Choice(_("赔付"), choices=(), coerce=int, empty_value=None, required=False)
    fen = forms.YuanField(_("金额改为"), required=False, unit=_("元"), hint=_("不填就按规则的金额"))
    reason = forms.Line(_("原因"), max_length=200, required=False)

    def __init__(self, typed: Any, *, rules: Sequence[tuple[int, Any]], initial: Any = None) -> None:
        super().__init__(typed, initial=initial)
        pairs = [(0, _("不赔付")), *rules]
        self.offer_choices("rule_id", pairs)


class RuleForm(forms.KitForm):
    """A rule of compensation."""

    name = forms.Line(_("名称"), max_length=60)
    subject = forms.Choice(_("投诉类别"), choices=(), required=False, empty_label=_("所有类别"))
    kind = forms.Choice(
        _("方式"), choices=[(k, v) for k, v in COMPENSATION_LABELS.items() if k != Compensation.NOTHING]
    )
    fen = forms.YuanField(_("固定金额"), required=False, unit=_("元"))
    percent = forms.Number(_("账单比例"), max_value=100, required=False, unit="%")
    cap_fen = forms.YuanField(_("封顶"), required=False, unit=_("元"))
    position = forms.Number(_("顺序"), max_value=999, required=False)
    is_active = forms.Tick(_("启用"))

    def __init__(self, typed: Any, *, subjects: Sequence[str], initial: Any = None) -> None:
        super().__init__(typed, initial=initial)
        self.offer_choices("subject", [(one, one) for one in subjects])

    def draft(self) -> RuleDraft:
        """The rule as its verb takes it."""
        typed = self.cleaned_data
        return RuleDraft(**typed | {name: typed[name] or 0 for name in ("fen", "percent", "cap_fen", "position")})


class CancelForm(forms.KitForm):
    """Why nothing more will be done."""

    reason = forms.Line(_("取消原因"), max_length=200, placeholder=_("如：客户自行修好"))


class ChaseForm(forms.KitForm):
    """催单: what the customer asked, and what he was told."""

    content = forms.Line(_("客户问什么"), max_length=1000)
    answer = forms.Line(_("怎么答复的"), max_length=1000)


class ComplaintForm(forms.KitForm):
    """What the customer complains of."""

    content = forms.Paragraph(_("投诉内容"), max_length=2000, rows=3)


class EditForm(forms.KitForm):
    """What was registered. Names are those of the verb; the wished time is one field here and two there."""

    contact_name = forms.Line(_("联系人"), max_length=LIMITS["contact_name"], required=False)
    phone = forms.PhoneField(_("联系电话"), max_length=LIMITS["phone"], required=False)
    phone2 = forms.PhoneField(_("备用电话"), max_length=LIMITS["phone2"], required=False)
    no_phone_reason = forms.Line(_("无电话原因"), max_length=LIMITS["no_phone_reason"], required=False)
    division_code = forms.DivisionField(_("省市区"), url="desk:divisions-pick", required=False)
    address = forms.Line(_("详细地址"), max_length=LIMITS["address"], required=False, wide=True)
    category_id = forms.Choice(
        _("产品类别"), choices=(), coerce=int, empty_value=None, required=False, empty_label=_("不清楚")
    )
    symptom = forms.Paragraph(_("故障现象"), max_length=LIMITS["symptom"], rows=3)
    occurred = forms.Line(_("发生时间"), max_length=LIMITS["occurred"], required=False)
    error_code = forms.Line(_("故障代码"), max_length=LIMITS["error_code"], required=False)
    wished = forms.WindowField(_("希望上门时间"), required=False)
    distance_km = forms.Number(_("单程路程"), max_value=rules.MAX_KM, unit=_("公里"), required=False)
    kind = forms.Choice(_("工单类别"), choices=list(KIND_LABELS.items()))
    mode = forms.Choice(_("服务方式"), choices=list(MODE_LABELS.items()))
    source = forms.Choice(_("报修来源"), choices=list(SOURCE_LABELS.items()))
    referrer = forms.Line(_("受理部门或同事"), max_length=LIMITS["referrer"], required=False)
    channel = forms.Choice(_("受理渠道"), choices=list(CHANNEL_LABELS.items()))
    impact = forms.Choice(_("影响范围"), choices=list(IMPACT_LABELS.items()), shown_as="segments")
    urgency = forms.Choice(_("紧急程度"), choices=list(URGENCY_LABELS.items()), shown_as="segments")
    priority = forms.Choice(
        _("优先级"), choices=list(PRIORITY_LABELS.items()), required=False, empty_label=_("按影响范围和紧急程度")
    )
    priority_reason = forms.Line(_("手工调整原因"), max_length=LIMITS["priority_reason"], required=False)
    remark = forms.Paragraph(_("备注"), max_length=LIMITS["remark"], rows=2, required=False)

    def __init__(self, typed: QueryDict | None, order: Page) -> None:
        super().__init__(typed, initial=_as_typed(order))
        choices = [(row.pk, row.name) for row in catalog.categories()]
        if order.category_id is not None and all(pk != order.category_id for pk, _name in choices):
            choices.append((order.category_id, order.category))
        self.offer_choices("category_id", choices)
        self.show("division_code", order.division)
        if not order.sees_phone:
            for name in ("phone", "phone2", "no_phone_reason"):
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        """A source that names somebody needs the name, a changed priority a reason."""
        typed: dict[str, Any] = self.cleaned_data
        errors: dict[str, Text] = rules.priority_complaints(typed.get("priority", ""), typed.get("priority_reason", ""))
        if errors:
            self.refuse(Invalid({name: text for name, text in errors.items() if name not in self.errors}))
        return typed

    def touched(self, was: Mapping[str, str]) -> dict[str, Any]:
        """The changes for the verb: of the touched fields only, so that a colleague's other fields stay."""
        changed: dict[str, Any] = {}
        for field in self.fields:
            if field in self.cleaned_data and is_touched(self, field, was):
                value = self.cleaned_data[field]
                if field == "wished":
                    changed |= {
                        "wished_from": value.start if value else None,
                        "wished_to": value.end if value else None,
                    }
                else:
                    changed[field] = value
        return changed

    def caught_up(self, was: Mapping[str, str], order: Page) -> EditForm:
        """The form over the order as it stands now: what was touched keeps what was typed, the rest is new."""
        typed = QueryDict(mutable=True)
        typed.update(self.data)
        for name, value in merged(self, EditForm(None, order), was).items():
            typed[name] = value
        form = EditForm(typed, order)
        form.is_valid()
        return form


def _as_typed(order: Page) -> dict[str, Any]:
    names = [name for name in EditForm.base_fields if name not in ("wished", "priority")]
    start = {name: getattr(order, name) for name in names}
    if order.wished_from is not None and order.wished_to is not None:
        start["wished"] = Window(order.wished_from, order.wished_to)
    start["priority"] = order.priority if order.priority_reason else ""
    return start
