"""The forms of the till: what was received is typed, what is due never is."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from gongdan.doors.kit import forms
from gongdan.kernel.actor import Actor
from gongdan.people.queries import Person
from gongdan.settlement.actions import PaymentDraft
from gongdan.settlement.rules import DISCOUNT_RULES


class PaymentForm(forms.KitForm):
    """One row of received money."""

    tendered = forms.YuanField(_("实收金额"), required=False)
    payee = forms.Choice(_("收款人"), choices=(), coerce=int, empty_value=None, required=False)
    day = forms.DateField(_("收款日期"), required=False)
    account = forms.Choice(_("收款账户"), choices=(), shown_as="segments", required=False)
    reference = forms.Line(_("流水号"), max_length=60, required=False, placeholder=_("微信、支付宝、银行的交易号"))
    remark = forms.Line(_("备注"), max_length=200, required=False)

    def __init__(
        self,
        typed: Any = None,
        *,
        payees: Iterable[Person],
        accounts: Iterable[dict[str, Any]],
        by: Actor,
        today: date,
    ) -> None:
        people = [(person.id, person.name) for person in payees if by.kind != "technician" or person.id == by.id]
        own = by.id if any(pk == by.id for pk, _name in people) else None
        super().__init__(typed, initial={"payee": own, "day": today})
        self.offer_choices("payee", people)
        self.offer_choices("account", [(row["code"], row["name"]) for row in accounts])
        self.has_payees = bool(people)

    def draft(self) -> PaymentDraft:
        """The money as handed over."""
        typed = self.cleaned_data
        return PaymentDraft(
            tendered_fen=typed["tendered"] or 0,
            payee_id=typed["payee"],
            day=typed["day"],
            account=typed["account"],
            reference=typed["reference"],
            remark=typed["remark"],
        )


class OnAccountForm(forms.KitForm):
    """挂账: why and until when; the amount is the gap itself."""

    reason = forms.Line(_("挂账原因"), max_length=200, required=False, placeholder=_("例如：月结单位"))
    due_on = forms.DateField(_("约定还款日期"), required=False)


class DiscountForm(forms.KitForm):
    """优惠: by which rule; the amount is the gap itself, if the rule reaches that far."""

    rule = forms.Choice(
        _("优惠规则"),
        choices=[(rule.code, rule.name) for rule in DISCOUNT_RULES.values()],
        shown_as="segments",
        required=False,
    )


class ReasonForm(forms.KitForm):
    """Why something is taken back."""

    reason = forms.Line(_("原因"), max_length=200, required=False)


class AccountForm(forms.KitForm):
    """A receiving account."""

    name = forms.Line(_("名称"), max_length=30, required=False, placeholder=_("例如：美团"))
    is_cash = forms.Tick(_("现金，可以找零"))
    is_active = forms.Tick(_("启用"))
