"""What a technician types: findings, work, parts, tests, the customer's trial and his decision on the price."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from gongdan.devices.rules import EXCLUSIONS
from gongdan.devices.states import DIRECTION_LABELS, TERMINAL_LABELS
from gongdan.doors.kit import forms
from gongdan.kernel.text import Text
from gongdan.kernel.text import _ as text
from gongdan.quotes.states import WAY_LABELS
from gongdan.repair.actions import CheckDraft, DiagnosisDraft, HelpDraft, PartDraft
from gongdan.repair.rules import (
    ACCEPTANCE_WAYS,
    ACTION_KINDS,
    FEE_CHOICES,
    FINDINGS,
    GRADES,
    HAND_OVER_WAYS,
    HANDLINGS,
    LEVELS,
    LIMITS,
    METHODS,
    NOTICE_WAYS,
    OLD_PARTS,
    RESULTS,
)

MOST_TESTS = 60
EMPTY_TESTS = 2
PICTURES = (".jpg", ".jpeg", ".png", ".webp")
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


class SignedForm(forms.KitForm):
    """A form that somebody of the customer's signs: chosen among his contacts (R-011), or typed."""

    NAME: ClassVar[str] = "signer"  # the field that takes who is none of the contacts

    signatory = forms.Choice(_("签字的联系人"), choices=[], required=False, empty_label=_("不在名单里，填在下一格"))

    def offer(self, names: Sequence[str], *, contact: str = "") -> None:
        """Give the contacts to choose from; without any the name is typed."""
        known = list(dict.fromkeys(name for name in names if name))
        self.offer_choices("signatory", [(name, name) for name in known])
        self.has_contacts = bool(known)
        if not self.is_bound and known:
            self.initial["signatory"] = contact if contact in known else known[0]
        elif not self.is_bound:
            self.initial.setdefault(self.NAME, contact)

    def clean(self) -> dict[str, Any]:
        """The name that was typed, else the contact that was chosen."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        chosen = cleaned.pop("signatory", "")
        if self.NAME in cleaned:
            cleaned[self.NAME] = cleaned[self.NAME] or chosen
        return cleaned


class TrialForm(SignedForm):
    """The customer tries the device (R-164, R-165)."""

    NAME = "tester"

    verdict = forms.Choice(
        _("试机结果"), choices=[("yes", _("正常，验收")), ("no", _("不正常，继续修"))], shown_as="segments"
    )
    tester = forms.Line(_("试机人"), max_length=60, required=False)
    reason = forms.Line(_("不满意的原因"), max_length=200, required=False, hint=_("不正常时必填"))
    meets_need = forms.Tick(_("满足客户的实际需要"))
    satisfaction = forms.Choice(
        _("满意度"), choices=[(word, word) for word in SATISFACTION], required=False, shown_as="segments"
    )
    way = forms.Choice(_("确认方式"), choices=list(ACCEPTANCE_WAYS.items()), shown_as="segments")
    signature = forms.Signature(_("客户签名"), required=False)


class HelpForm(forms.KitForm):
    """求助: a colleague first, then the department (R-195, R-197)."""

    level = forms.Choice(
        _("请教谁"), choices=[(str(level), label) for level, label in LEVELS.items()], shown_as="segments"
    )
    asked_to = forms.Choice(
        _("同事"), choices=[], coerce=int, empty_value=None, required=False, empty_label=_("请选择")
    )
    team = forms.Choice(
        _("部门"), choices=[], coerce=int, empty_value=None, required=False, empty_label=_("技术部（有权答复的人）")
    )
    question = forms.Paragraph(
        _("遇到什么问题"), max_length=LIMITS["question"], rows=2, placeholder=_("现象、已经试过什么、想问什么")
    )
    reason = forms.Line(_("直接请教技术部的原因"), max_length=200, required=False, hint=_("还没有同事答复过时必填"))

    def offer(self, colleagues: Sequence[tuple[int, str]], departments: Sequence[tuple[int, str]]) -> None:
        """Give who may be asked."""
        self.offer_choices("asked_to", colleagues)
        self.offer_choices("team", departments)

    def draft(self) -> HelpDraft:
        """The question as typed."""
        typed = self.cleaned_data
        level = int(typed["level"])
        return HelpDraft(
            level,
            typed["question"],
            typed["asked_to"] if level == 1 else None,
            typed["team"] if level == 2 else None,
            typed["reason"],
        )


class AnswerForm(forms.KitForm):
    """What the one who was asked says."""

    answer = forms.Paragraph(_("答复"), max_length=LIMITS["answer"], rows=2, placeholder=_("怎么判断、怎么修"))


class HelperForm(forms.KitForm):
    """A colleague who comes along (R-196)."""

    user_id = forms.Choice(_("协助人"), choices=[], coerce=int, empty_value=None, empty_label=_("请选择"))

    def offer(self, colleagues: Sequence[tuple[int, str]]) -> None:
        """Give who may help."""
        self.offer_choices("user_id", colleagues)


class PickUpForm(SignedForm):
    """带回公司 (R-093)."""

    accessories = forms.Line(_("带走的附件"), max_length=LIMITS["accessories"], placeholder=_("没有请写“无”"))
    condition = forms.Paragraph(
        _("外观和现状"), max_length=LIMITS["condition"], rows=2, placeholder=_("划痕、缺件、能否开机")
    )
    promised_on = forms.DateField(_("承诺送回"))
    fee = forms.Choice(_("取送费"), choices=list(FEE_CHOICES.items()), required=False, shown_as="segments")
    fee_reason = forms.Line(_("不收的原因"), max_length=LIMITS["fee_reason"], required=False, hint=_("不收时必填"))
    signer = forms.Line(_("签字人"), max_length=60, required=False)
    way = forms.Choice(_("确认方式"), choices=list(HAND_OVER_WAYS.items()), shown_as="segments")
    signature = forms.Signature(_("客户签名"), required=False)


class ReturnForm(SignedForm):
    """送回客户 (R-093)."""

    NAME = "receiver"

    receiver = forms.Line(_("收货人"), max_length=60, required=False)
    note = forms.Line(_("说明"), max_length=200, required=False)
    way = forms.Choice(_("确认方式"), choices=list(HAND_OVER_WAYS.items()), shown_as="segments")
    signature = forms.Signature(_("收货人签名"), required=False)


class RefusalForm(SignedForm):
    """安全拒修 (O-044)."""

    kind = forms.Choice(_("隐患"), choices=[], required=False, empty_label=_("其他，填在下一格"))
    hazard = forms.Line(_("其他隐患"), max_length=LIMITS["hazard"], required=False)
    reason = forms.Paragraph(
        _("具体情况"), max_length=LIMITS["reason"], rows=2, placeholder=_("在哪里、看到或测到什么")
    )
    photo = forms.FileField(_("隐患照片"), endings=PICTURES)
    way = forms.Choice(_("告知书"), choices=list(NOTICE_WAYS.items()), shown_as="segments")
    signer = forms.Line(_("签字人"), max_length=60, required=False)
    witness = forms.Line(_("见证人"), max_length=60, required=False, hint=_("客户拒签时必填"))
    signature = forms.Signature(_("客户签名"), required=False)

    def clean(self) -> dict[str, Any]:
        """The hazard that was typed, else the kind that was chosen."""
        cleaned = super().clean()
        kind = cleaned.pop("kind", "")
        if "hazard" in cleaned:
            cleaned["hazard"] = cleaned["hazard"] or kind
        return cleaned


class ClearForm(forms.KitForm):
    """The hazard is gone, and this proves it."""

    proof = forms.Paragraph(
        _("整改证明"), max_length=500, rows=2, placeholder=_("怎样消除、凭什么认定，如整改单号、实测值")
    )
    attachment = forms.FileField(_("证明照片或 PDF"), endings=(*PICTURES, ".pdf"), required=False)


class LineForm(forms.KitForm):
    """The broadband line of a device (R-029)."""

    account = forms.Line(_("宽带账号"), max_length=60, required=False)
    terminal = forms.Choice(_("终端"), choices=list(TERMINAL_LABELS.items()), shown_as="segments")
    terminal_no = forms.Line(_("终端编号"), max_length=60, required=False, placeholder=_("LOID、MAC 或机身编号"))
    port = forms.Line(_("端口"), max_length=60, required=False, placeholder=_("OLT/PON 口、分光器"))
    address = forms.Line(_("装机地址"), max_length=200, required=False, wide=True)


class ReadingForm(forms.KitForm):
    """One reading of the optical power."""

    direction = forms.Choice(_("测什么"), choices=list(DIRECTION_LABELS.items()), shown_as="segments")
    dbm = forms.Line(_("光功率"), max_length=12, unit=_("dBm"), placeholder="-18.52")
    note = forms.Line(_("说明"), max_length=100, required=False, placeholder=_("入户前、换尾纤后"))


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
