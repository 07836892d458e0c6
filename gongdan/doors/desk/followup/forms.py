"""The form of a call, and that of a repair label."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from gongdan.doors.kit import forms
from gongdan.followup.actions import ResultDraft
from gongdan.followup.queries import Terms
from gongdan.followup.rules import EFFECTS, FEEDBACK_KINDS, FEEDBACK_STATES, PERIODIC_KINDS, UNREACHED
from gongdan.kernel.text import Text

ONE_KEY = ("fixed", "broken", "missed")
REACHED_HALF = {"is_fixed", "is_on_time", "price_matched", "suggestion", "label"}
MISSED_HALF = {"result", "note"}
NEXT_TIME = {"next_quick", "next_at"}
YES_NO = [("yes", _("是")), ("no", _("否"))]
NEXT = {"hour": "", "evening": _("今天傍晚"), "morning": _("明天上午"), "other": _("另选时间")}


def _bool(typed: str) -> bool:
    return typed == "yes"


def _yes_no(label: Any) -> forms.Choice:
    return forms.Choice(label, choices=YES_NO, coerce=_bool, empty_value=None, shown_as="segments", required=False)


def _after(minutes: int) -> str:
    """How long from now, in the words of a choice."""
    if minutes % 60:
        return str(_("%(count)s 分钟后") % {"count": minutes})
    return str(_("%(count)s 小时后") % {"count": minutes // 60})


class CallForm(forms.KitForm):
    """What came of one call. Reached or not decides which half counts: the other, hidden one is neither read nor refused."""

    answer = forms.Hidden(required=False)  # the button of one key, if it was that
    survey_remark = forms.Line(_("客户的话"), max_length=200, required=False)
    reached = forms.Choice(
        _("接通情况"),
        choices=[("yes", _("接通")), ("no", _("未接通"))],
        coerce=_bool,
        empty_value=None,
        shown_as="segments",
        required=False,
    )
    is_fixed = _yes_no(_("是否修好"))
    is_on_time = _yes_no(_("是否按时"))
    price_matched = _yes_no(_("收费一致"))
    score = forms.Choice(
        _("评分"),
        choices=[(n, str(n)) for n in range(1, 6)],
        coerce=int,
        empty_value=None,
        shown_as="segments",
        required=False,
    )
    content = forms.Paragraph(_("回访内容"), max_length=2000, rows=2, required=False, placeholder=_("客户怎么说"))
    suggestion = forms.Paragraph(_("意见建议"), max_length=1000, rows=2, required=False)
    label = forms.Choice(_("维修状态"), choices=(), shown_as="segments", required=False)
    result = forms.Choice(_("未接通原因"), choices=list(UNREACHED.items()), shown_as="segments", required=False)
    next_quick = forms.Choice(_("下次回访"), choices=list(NEXT.items()), shown_as="segments", required=False)
    next_at = forms.LocalDateTimeField(_("下次回访时间"), required=False)
    note = forms.Line(_("说明"), max_length=200, required=False)

    def __init__(
        self,
        typed: Any = None,
        *,
        labels: Iterable[Mapping[str, Any]],
        terms: Terms,
        initial: Mapping[str, Any] | None = None,
        survey: Sequence[str] = (),
    ) -> None:
        """`survey`: what is asked of this order, nothing where it was asked already."""
        super().__init__(typed, initial={"result": "no_answer", **(initial or {})})
        self.labels = list(labels)
        self.survey_items = list(survey)
        for place, item in enumerate(self.survey_items):
            self.fields[f"survey_{place}"] = forms.Choice(
                item,
                choices=[(n, str(n)) for n in range(1, 6)],
                coerce=int,
                empty_value=None,
                shown_as="segments",
                required=False,
            )
        self.offered = terms.offered
        soon = {"hour": _after(terms.retry_minutes)}
        sources = {
            "label": [(row["code"], row["name"]) for row in self.labels],
            "next_quick": [
                (code, name) for code, name in (NEXT | soon).items() if code in self.offered or code == "other"
            ],
        }
        for name, pairs in sources.items():
            self.offer_choices(name, pairs)

    def clean(self) -> dict[str, Any]:
        """The quick choice as a time; a typed time counts where none is chosen."""
        typed: dict[str, Any] = self.cleaned_data
        self._drop_hidden(typed)
        if typed.get("answer") in ONE_KEY:
            return typed
        if typed.get("reached") is None and "reached" not in self.errors:
            self.add_error("reached", ValidationError(str(_("请选择接通情况"))))
        quick = typed.get("next_quick")
        if quick and quick in self.offered:
            typed["next_at"] = self.offered[quick]
        elif quick == "other" and not typed.get("next_at") and "next_at" not in self.errors:
            self.add_error("next_at", ValidationError(str(_("请填写下次回访时间"))))
        return typed

    def _drop_hidden(self, typed: dict[str, Any]) -> None:
        """Leave out what the page does not show for this answer, with its errors: nobody could mend them."""
        reached, by_key = typed.get("reached"), typed.get("answer") in ONE_KEY
        effect = next((row["effect"] for row in self.labels if row["code"] == typed.get("label")), "")
        hidden: set[str] = set()
        if by_key or reached is not False:
            hidden |= MISSED_HALF
        if by_key or (reached is not False and not (reached and effect == "none")):
            hidden |= NEXT_TIME
        if by_key:
            hidden.add("label")
        elif reached is False:
            hidden |= REACHED_HALF
        for name in hidden:
            self.errors.pop(name, None)
            typed[name] = None if name in ("is_fixed", "is_on_time", "price_matched", "next_at") else ""

    def draft(self) -> ResultDraft:
        """What the customer said."""
        typed = self.cleaned_data
        names = (
            "content", "is_fixed", "label", "is_on_time", "price_matched", "score", "suggestion", "next_at",
            "survey_remark",
        )  # fmt: skip
        scores = {item: typed.get(f"survey_{place}") for place, item in enumerate(self.survey_items)}
        survey = {item: score for item, score in scores.items() if score is not None}
        return ResultDraft(**{name: typed[name] for name in names}, survey=survey)

    @property
    def labels_by_effect(self) -> list[tuple[Text, list[Mapping[str, Any]]]]:
        """The labels under what they do to the order, each in the shop's order."""
        found = [(name, [row for row in self.labels if row["effect"] == effect]) for effect, name in EFFECTS.items()]
        return [(name, rows) for name, rows in found if rows]

    @property
    def survey(self) -> list[Any]:
        """The fields of the survey, as they are drawn."""
        return [self[f"survey_{place}"] for place in range(len(self.survey_items))]


class LabelForm(forms.KitForm):
    """A repair label and what it does to the order."""

    name = forms.Line(_("名称"), max_length=30, required=False, placeholder=_("例如：待件"))
    effect = forms.Choice(_("作用"), choices=list(EFFECTS.items()), required=False)
    position = forms.Number(_("次序"), max_value=999, required=False)
    is_active = forms.Tick(_("启用"))


class TrackForm(forms.KitForm):
    """服务跟踪: solved for good or not, and what is to be learnt."""

    is_resolved = forms.Choice(
        _("彻底解决"),
        choices=YES_NO,
        coerce=_bool,
        empty_value=None,
        shown_as="segments",
        required=False,
    )
    evaluation = forms.Paragraph(
        _("评估"), max_length=2000, rows=2, required=False, placeholder=_("怎么确认的，依据是什么")
    )
    lesson = forms.Paragraph(_("经验总结"), max_length=2000, rows=2, required=False)
    is_publishable = forms.Tick(_("可以公开到知识库"))


class MessageForm(forms.KitForm):
    """Other words of one message."""

    text = forms.Paragraph(_("短信内容"), max_length=1000, rows=4, required=False)


class FeedbackForm(forms.KitForm):
    """用户反馈 as it is written down."""

    content = forms.Paragraph(_("客户的意见"), max_length=1000, rows=3, required=False)
    channel = forms.Choice(_("反馈渠道"), choices=(), shown_as="segments", required=False)
    kind = forms.Choice(_("类别"), choices=list(FEEDBACK_KINDS.items()), shown_as="segments", required=False)
    order_number = forms.Line(_("工单号"), max_length=40, required=False)
    contact = forms.Line(_("反馈人"), max_length=60, required=False)
    owner_id = forms.Choice(_("负责人"), choices=(), coerce=int, empty_value=None, required=False)
    due_on = forms.DateField(_("期限"), required=False)

    def __init__(
        self, typed: Any = None, *, channels: Sequence[str], staff: Sequence[tuple[int, str]], **kwargs: Any
    ) -> None:
        initial = {"kind": "suggestion", "channel": channels[0]} | (kwargs.pop("initial", None) or {})
        super().__init__(typed, initial=initial, **kwargs)
        self.offer_choices("channel", [(one, one) for one in channels])
        self.offer_choices("owner_id", list(staff))


class FeedbackStepForm(forms.KitForm):
    """How far a feedback is."""

    state = forms.Choice(_("状态"), choices=list(FEEDBACK_STATES.items()), required=False)
    owner_id = forms.Choice(_("负责人"), choices=(), coerce=int, empty_value=None, required=False)
    due_on = forms.DateField(_("期限"), required=False)
    outcome = forms.Line(_("处理结果"), max_length=200, required=False)

    def __init__(self, typed: Any = None, *, staff: Sequence[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(typed, **kwargs)
        self.offer_choices("owner_id", list(staff))


class ImprovementForm(forms.KitForm):
    """改进事项: finding, measure, owner, day."""

    finding = forms.Paragraph(_("发现的问题"), max_length=1000, rows=2, required=False)
    measure = forms.Paragraph(_("改进措施"), max_length=1000, rows=2, required=False)
    owner_id = forms.Choice(_("负责人"), choices=(), coerce=int, empty_value=None, required=False)
    due_on = forms.DateField(_("期限"), required=False)
    survey_of = forms.Line(_("来自哪张工单的调查"), max_length=40, required=False)
    feedback_id = forms.Hidden(required=False)

    def __init__(self, typed: Any = None, *, staff: Sequence[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(typed, **kwargs)
        self.offer_choices("owner_id", list(staff))


class DoneForm(forms.KitForm):
    """What came of an improvement."""

    outcome = forms.Line(_("完成情况"), max_length=200, required=False)


class PeriodicForm(forms.KitForm):
    """On which days after an installation or a maintenance the customer is called."""

    kind = forms.Choice(_("业务类型"), choices=list(PERIODIC_KINDS.items()), required=False)
    category_id = forms.Choice(
        _("品类"), choices=(), coerce=int, empty_value=None, empty_label=_("其他所有品类"), required=False
    )
    days = forms.Line(_("第几天"), max_length=100, required=False, placeholder=_("例如：7、30、90"))
    for_households = forms.Tick(_("个人客户也打"))
    is_active = forms.Tick(_("启用"))

    def __init__(self, typed: Any = None, *, categories: Sequence[tuple[int, str]] = (), **kwargs: Any) -> None:
        super().__init__(typed, **kwargs)
        self.offer_choices("category_id", list(categories))

    def clean_days(self) -> list[int]:
        """Whole numbers, however they are set apart."""
        words = re.split(r"[\s,，、;；]+", str(self.cleaned_data["days"]).strip())
        try:
            return [int(word) for word in words if word]
        except ValueError:
            raise ValidationError(str(_("请填写天数，例如：7、30、90"))) from None
