"""What a technician types: findings, work, parts, tests, the customer's trial and his decision on the price."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from gongdan.devices.rules import EXCLUSIONS
from gongdan.doors.kit import forms
from gongdan.kernel.text import Text
from gongdan.kernel.text import _ as text
from gongdan.quotes.states import WAY_LABELS
from gongdan.repair.actions import CheckDraft, DiagnosisDraft, PartDraft
from gongdan.repair.rules import (
    ACCEPTANCE_WAYS,
    ACTION_KINDS,
    FINDINGS,
    GRADES,
    HANDLINGS,
    LIMITS,
    METHODS,
    OLD_PARTS,
    RESULTS,
)

MOST_TESTS = 60
EMPTY_TESTS = 2
SATISFACTION = ("满意", "基本满意", "不满意")
_PASSED: Mapping[str, bool | None] = {"yes": True, "no": False, "": None}
PASSED_LABELS: Mapping[str, Text] = {"yes": text("通过"), "no": text("未通过"), "": text("未测")}


class DiagnosisForm(forms.KitForm):
    """检测结果 of one device."""

    finding = forms.Choice(_("结论"), choices=list(FINDINGS.items()), shown_as="segments")
    methods = forms.Choices(_("检测方法"), choices=[(name, name) for name in METHODS], required=False)
    inspection = forms.Paragraph(
        _("检测结果"), max_length=LIMITS["inspection"], placeholder=_("看到、听到、测到了什么")
    )
    cause = forms.Paragraph(_("故障原因"), max_length=LIMITS["cause"], rows=2, required=False, hint=_("查明故障时必填"))
    component = forms.Line(
        _("故障部件"), max_length=LIMITS["component"], required=False, hint=_("部件另有保修期的按部件判定")
    )
    error_code = forms.Line(_("故障代码"), max_length=LIMITS["error_code"], required=False)
    needs_part = forms.Tick(_("需要配件"))
    collateral_risk = forms.Line(_("可能损坏其他部件"), max_length=LIMITS["collateral_risk"], required=False)
    risk_told = forms.Tick(_("风险已告知客户"))
    exclusion_codes = forms.Choices(
        _("保内除外情形"),
        choices=[(code, text("{code} {what}", code=code, what=row.text)) for code, row in EXCLUSIONS.items()],
        required=False,
        hint=_("勾选后保内改为保外，费用由客户承担，须先说明"),
        wide=True,
    )

    def draft(self) -> DiagnosisDraft:
        """The finding as typed."""
        typed = dict(self.cleaned_data)
        typed["methods"], typed["exclusion_codes"] = tuple(typed["methods"]), tuple(typed["exclusion_codes"])
        return DiagnosisDraft(**typed)


class ActionForm(forms.KitForm):
    """One thing that was done."""

    kind = forms.Choice(_("措施"), choices=list(ACTION_KINDS.items()), shown_as="segments")
    text = forms.Paragraph(_("做了什么"), max_length=LIMITS["text"], rows=2)


class PartForm(forms.KitForm):
    """A part that was fitted. There is no price here: it comes from the quote."""

    name = forms.Line(_("配件名称"), max_length=LIMITS["name"])
    spec = forms.Line(_("规格型号"), max_length=LIMITS["spec"], required=False)
    quantity = forms.Number(_("数量"), min_value=1, max_value=999)
    handling = forms.Choice(_("处理方式"), choices=list(HANDLINGS.items()))
    grade = forms.Choice(_("配件品质"), choices=list(GRADES.items()))
    new_serial = forms.Line(_("新件序列号"), max_length=LIMITS["new_serial"], required=False)
    old_serial = forms.Line(_("旧件序列号"), max_length=LIMITS["old_serial"], required=False)
    old_part = forms.Choice(_("旧件去向"), choices=list(OLD_PARTS.items()), required=False, empty_label=_("还没有定"))
    old_part_asked_by = forms.Line(
        _("谁要求带走"), max_length=LIMITS["old_part_asked_by"], required=False, placeholder=_("客户或厂家")
    )
    fits = forms.Tick(_("安装到位"))
    connected = forms.Tick(_("连接正确"))

    START: Mapping[str, Any] = {"quantity": 1, "handling": "new", "grade": "original"}

    def draft(self) -> PartDraft:
        """The part as typed."""
        return PartDraft(**self.cleaned_data)


@dataclass(slots=True)
class CheckRow:
    """One row of the test sheet as drawn."""

    name: str
    expected: str = ""
    actual: str = ""
    passed: str = ""


class CheckSheet(forms.KitForm):
    """The test sheet of a device: as many rows as were drawn; a row without a name is none."""

    tests = forms.Hidden(required=False)

    def __init__(self, typed: QueryDict | None = None, *, rows: Iterable[CheckRow] = (), **kwargs: Any) -> None:
        super().__init__(typed, **kwargs)
        self.rows = list(rows) if typed is None else _typed_rows(typed)
        if typed is None:
            self.rows += [CheckRow("") for _n in range(EMPTY_TESTS)]

    def drafts(self) -> list[CheckDraft]:
        """The rows as typed."""
        return [
            CheckDraft(row.name, _PASSED.get(row.passed), row.expected, row.actual) for row in self.rows if row.name
        ]


def _typed_rows(typed: QueryDict) -> list[CheckRow]:
    """Rows stand below each other in the lists of the request; only the choice has the row's number in its name."""
    columns = [typed.getlist(name) for name in ("test_name", "test_expected", "test_actual", "test_row")]
    return [
        CheckRow(_plain(name), _plain(expected), _plain(actual), typed.get(f"test_passed_{row[:4]}", ""))
        for name, expected, actual, row in zip(*columns, strict=False)
    ][: MOST_TESTS + 10]


def _plain(typed: str) -> str:
    return " ".join(forms.CONTROL_CHARACTER.sub(" ", typed).split())[:300]


class TrialForm(forms.KitForm):
    """The customer tries the device (R-164, R-165)."""

    verdict = forms.Choice(
        _("试机结果"), choices=[("yes", _("正常，验收")), ("no", _("不正常，继续修"))], shown_as="segments"
    )
    tester = forms.Line(_("试机人"), max_length=60)
    reason = forms.Line(_("不满意的原因"), max_length=200, required=False, hint=_("不正常时必填"))
    meets_need = forms.Tick(_("满足客户的实际需要"))
    satisfaction = forms.Choice(
        _("满意度"), choices=[(word, word) for word in SATISFACTION], required=False, shown_as="segments"
    )
    way = forms.Choice(_("确认方式"), choices=list(ACCEPTANCE_WAYS.items()), shown_as="segments")
    signature = forms.Signature(_("客户签名"), required=False)


class FinishForm(forms.KitForm):
    """The result with which the ticket is handed back."""

    result = forms.Choice(_("维修结果"), choices=list(RESULTS.items()), shown_as="segments")


class PlanForm(forms.KitForm):
    """What will be done, in the customer's words."""

    plan = forms.Paragraph(_("维修方案"), max_length=2000, rows=2, required=False)


class DecisionForm(forms.KitForm):
    """The customer's answer to a quote (R-116)."""

    answer = forms.Choice(_("客户决定"), choices=[("yes", _("同意维修")), ("no", _("不修"))], shown_as="segments")
    name = forms.Line(_("谁决定的"), max_length=60)
    reason = forms.Line(_("不修的原因"), max_length=200, required=False, hint=_("不修时必填"))
    way = forms.Choice(_("确认方式"), choices=list(WAY_LABELS.items()), shown_as="segments")
    signature = forms.Signature(_("客户签名"), required=False)


def strokes_of(signed: forms.Signed) -> list[dict[str, Any]]:
    """A signature as the file room keeps it."""
    return [{"points": [{"x": x, "y": y} for x, y in line]} for line in signed.strokes["lines"]]
