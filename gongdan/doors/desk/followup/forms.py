"""The form of a call, and that of a repair label."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from gongdan.doors.kit import forms
from gongdan.followup.actions import ResultDraft
from gongdan.followup.rules import EFFECTS, UNREACHED, next_choices

YES_NO = [("yes", _("是")), ("no", _("否"))]
NEXT = {"hour": _("1 小时后"), "evening": _("今天傍晚"), "morning": _("明天上午"), "other": _("另选时间")}


def _bool(typed: str) -> bool:
    return typed == "yes"


def _yes_no(label: Any) -> forms.Choice:
    return forms.Choice(label, choices=YES_NO, coerce=_bool, empty_value=None, shown_as="segments", required=False)


class CallForm(forms.KitForm):
    """What came of one call. Reached or not decides which half counts."""

    reached = forms.Choice(
        _("接通情况"),
        choices=[("yes", _("接通")), ("no", _("未接通"))],
        coerce=_bool,
        empty_value=None,
        shown_as="segments",
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
        now: datetime,
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(typed, initial={"result": "no_answer", **(initial or {})})
        self.labels = list(labels)
        self.offered = next_choices(now)
        sources = {
            "label": [(row["code"], row["name"]) for row in self.labels],
            "next_quick": [(code, name) for code, name in NEXT.items() if code in self.offered or code == "other"],
        }
        for name, pairs in sources.items():
            self.fields[name].source = pairs  # type: ignore[attr-defined]  # a Choice of ours

    def clean(self) -> dict[str, Any]:
        """The quick choice as a time; a typed time counts where none is chosen."""
        typed: dict[str, Any] = self.cleaned_data
        quick = typed.get("next_quick")
        if quick in self.offered:
            typed["next_at"] = self.offered[quick]
        elif quick == "other" and not typed.get("next_at") and "next_at" not in self.errors:
            self.add_error("next_at", ValidationError(str(_("请填写下次回访时间"))))
        return typed

    def draft(self) -> ResultDraft:
        """What the customer said."""
        typed = self.cleaned_data
        names = ("content", "is_fixed", "label", "is_on_time", "price_matched", "score", "suggestion", "next_at")
        return ResultDraft(**{name: typed[name] for name in names})


class LabelForm(forms.KitForm):
    """A repair label and what it does to the order."""

    name = forms.Line(_("名称"), max_length=30, required=False, placeholder=_("例如：待件"))
    effect = forms.Choice(_("作用"), choices=list(EFFECTS.items()), required=False)
    position = forms.Number(_("次序"), max_value=999, required=False)
    is_active = forms.Tick(_("启用"))
