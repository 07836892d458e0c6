"""Forms of the registers: a customer with his contacts and addresses, a device, what the maker says, other covers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from gongdan.customers.queries import AddressRow, Card
from gongdan.customers.rules import (
    CONTACT_KIND_LABELS,
    EFFECT_LABELS,
    KIND_LABELS,
    MAX_ROWS,
    AddressDraft,
    ContactDraft,
    ContactKind,
    CustomerDraft,
    Kind,
    address_complaints,
    contact_complaints,
)
from gongdan.devices.queries import KindRow
from gongdan.devices.states import (
    COVER_KIND_LABELS,
    LOCATION_LABELS,
    MAKER_LEVEL_LABELS,
    USE_KIND_LABELS,
    CoverKind,
    Location,
    MakerLevel,
    UseKind,
)
from gongdan.doors.kit import forms
from gongdan.doors.kit.catching_up import inputs, is_touched, merged, overtaken, prefixed
from gongdan.doors.kit.typed import whole_number
from gongdan.kernel import phones
from gongdan.kernel.errors import Invalid

PLAIN = ("name", "kind", "site_rules", "transport", "remark", "is_active")


class CustomerForm(forms.KitForm):
    """The customer himself. `contacts` and `addresses` only carry what is wrong with these lists as a whole."""

    name = forms.Line(_("客户名称"), max_length=60, autofocus=True, hint=_("个人填姓名或称呼，单位填全称"))
    kind = forms.Choice(
        _("客户类型"), choices=list(KIND_LABELS.items()), empty_value=Kind.PERSON, shown_as="segments", required=False
    )
    site_id = forms.Choice(_("站点"), choices=(), coerce=int, empty_value=None, required=False)
    site_rules = forms.Paragraph(
        _("客户的管理制度"), max_length=1000, required=False, placeholder=_("如：登记身份证，周末不许施工")
    )
    transport = forms.Paragraph(
        _("交通"), max_length=500, required=False, placeholder=_("如：3 号线岗顶站 B 口，车停北门")
    )
    remark = forms.Paragraph(_("备注"), max_length=1000, required=False)
    is_active = forms.Tick(_("在用"))
    contacts = forms.Hidden(required=False)
    addresses = forms.Hidden(required=False)


class ContactForm(forms.KitForm):
    """One contact; a row in which nothing stands is none."""

    id = forms.Pick("", url="", required=False)
    name = forms.Line(_("姓名"), max_length=60, required=False)
    kind = forms.Choice(
        _("身份"), choices=list(CONTACT_KIND_LABELS.items()), empty_value=ContactKind.REPORTER, required=False
    )
    phone = forms.PhoneField(_("电话"), max_length=phones.MAX_RAW, required=False)
    remark = forms.Line(_("备注"), max_length=200, required=False)
    is_virtual = forms.Tick(_("隐私号"))
    expires_at = forms.LocalDateTimeField(_("隐私号有效到"), required=False)

    @property
    def draft(self) -> ContactDraft | None:
        """The contact as typed, none where neither name nor number stands."""
        typed = self.cleaned_data
        return ContactDraft(**typed) if typed["name"] or typed["phone"] else None


class AddressForm(forms.KitForm):
    """One address; a row without one is none."""

    id = forms.Pick("", url="", required=False)
    detail = forms.Line(_("详细地址"), max_length=200, required=False)
    division_code = forms.DivisionField(_("省市区"), url="desk:divisions-pick", required=False)
    remark = forms.Line(_("备注"), max_length=200, required=False)

    @property
    def draft(self) -> AddressDraft | None:
        """The address as typed."""
        return AddressDraft(**self.cleaned_data) if self.cleaned_data["detail"] else None


class CustomerSheet:
    """The whole page of a customer being added or edited."""

    def __init__(
        self,
        typed: QueryDict | None,
        *,
        card: Card | None = None,
        sites: Sequence[tuple[int, str]] = (),
        start: Mapping[str, str] | None = None,
        sees_phone: bool = True,
    ) -> None:
        start = dict(start or {})
        own = {"kind": Kind.PERSON, "is_active": True, "name": start.get("name", "")}
        if card is not None:
            own = {name: getattr(card, name) for name in PLAIN}
        self.customer = CustomerForm(typed, initial=own)
        if card is not None or len(sites) < 2:
            del self.customer.fields["site_id"]
        else:
            self.customer.offer_choices("site_id", sites)
        self.edits_contacts = sees_phone  # a hidden number cannot be typed back
        blank: dict[str, Any] = {"kind": ContactKind.REPORTER}
        contacts: list[dict[str, Any]] = [
            {"id": row.id, "name": row.name, "kind": row.kind, "phone": row.phone, "remark": row.remark}
            | {"is_virtual": row.is_virtual, "expires_at": row.expires_at}
            for row in (card.contacts if card else ())
        ]
        addresses = [_address(row) for row in (card.addresses if card else ())]
        if card is None and start.get("phone"):
            contacts = [blank | {"phone": start["phone"], "name": start.get("name", "")}]
        if card is None and start.get("address"):
            addresses = [{"detail": start["address"]}]
        self.contacts = _rows(ContactForm, "contact", typed, [*contacts, blank], sent="contacts_sent")
        self.addresses = _rows(AddressForm, "address", typed, [*addresses, {}], sent="addresses_sent")
        for form, row in zip(self.addresses, addresses, strict=False):
            form.show("division_code", row.get("division", ""))

    def is_valid(self) -> bool:
        """Whether every part can be read. What the verb would say of the lists is said at once."""
        rows = [form.is_valid() for form in (*self.contacts, *self.addresses)]
        if self.customer.is_bound and all(rows):
            wrong = address_complaints(self.address_drafts)
            if self.edits_contacts:
                wrong |= contact_complaints(self.contact_drafts)
            if wrong:
                self.customer.refuse(Invalid(wrong))
        return self.customer.is_valid() and all(rows)

    @property
    def contact_drafts(self) -> tuple[ContactDraft, ...]:
        """The contacts as typed."""
        return tuple(draft for form in self.contacts if (draft := form.draft) is not None)

    @property
    def address_drafts(self) -> tuple[AddressDraft, ...]:
        """The addresses as typed."""
        return tuple(draft for form in self.addresses if (draft := form.draft) is not None)

    def draft(self) -> CustomerDraft:
        """The new customer as typed."""
        typed = self.customer.cleaned_data
        return CustomerDraft(
            name=typed["name"],
            kind=typed["kind"],
            contacts=self.contact_drafts,
            addresses=self.address_drafts,
            site_rules=typed["site_rules"],
            transport=typed["transport"],
            remark=typed["remark"],
            site_id=typed.get("site_id"),
        )

    def changes(self) -> dict[str, Any]:
        """The plain fields as they shall be."""
        return {name: self.customer.cleaned_data[name] for name in PLAIN}

    @property
    def parts(self) -> list[forms.KitForm]:
        """The customer and every row, as one page sends them."""
        return [self.customer, *self.contacts, *self.addresses]

    def caught_up(self, was: Mapping[str, str], card: Card) -> tuple[CustomerSheet, dict[str, str]]:
        """The page over the customer as he stands now, and by the name of an input what stands there where both touched it.

        What was touched keeps what was typed, the rest is new, in every row too. Rows that a colleague added stay, those
        that he took away are gone unless they were touched here, and rows added here come last.
        """
        fresh = CustomerSheet(None, card=card, sees_phone=self.edits_contacts)
        said = overtaken(self.customer, fresh.customer, was)
        values = merged(self.customer, fresh.customer, was)
        lists = [("address", "addresses_sent", self.addresses, fresh.addresses)]
        if self.edits_contacts:
            lists.append(("contact", "contacts_sent", self.contacts, fresh.contacts))
        for name, sent, typed, known in lists:
            rows, differing = _rows_merged(typed, known, was)
            values[sent] = str(len(rows))
            for at, row in enumerate(rows):
                values |= prefixed(row, f"{name}{at}")
            said |= {f"{name}{at}-{field}": words for at, row in differing.items() for field, words in row.items()}
        data = QueryDict(mutable=True)
        data.update(values)
        sheet = CustomerSheet(data, card=card, sees_phone=self.edits_contacts)
        sheet.is_valid()
        return sheet, said


class DeviceForm(forms.KitForm):
    """A device with all that may be known of it (R-025)."""

    category_id = forms.Choice(_("产品类别"), choices=(), coerce=int, empty_value=None, shown_as="segments")
    product_kind = forms.Choice(
        _("品种"), choices=(), required=False, empty_label=_("按型号判断"), hint=_("同一类别里保修期限不同时才选")
    )
    brand_text = forms.Line(_("品牌"), max_length=60, required=False)
    model_text = forms.Line(_("型号"), max_length=80, required=False)
    spec = forms.Line(_("规格"), max_length=100, required=False)
    serial = forms.Line(_("机身编号"), max_length=60, required=False)
    purchase_on = forms.DateField(_("购买日期"), required=False)
    invoice_no = forms.Line(_("发票号"), max_length=40, required=False)
    seller = forms.Line(_("购买商家"), max_length=80, required=False)
    price_fen = forms.YuanField(_("购买价"), required=False)
    is_sold_here = forms.Tick(_("本店售出"))
    made_on = forms.DateField(_("出厂日期"), required=False)
    installed_on = forms.DateField(_("安装日期"), required=False)
    activated_on = forms.DateField(_("激活日期"), required=False)
    exchanged_on = forms.DateField(_("换货日期"), required=False)
    maker_record_on = forms.DateField(_("厂家记录日期"), required=False)
    use_kind = forms.Choice(
        _("用途"), choices=list(USE_KIND_LABELS.items()), empty_value=UseKind.HOME, shown_as="segments", required=False
    )
    address_id = forms.Choice(
        _("地址"), choices=(), coerce=int, empty_value=None, required=False, empty_label=_("未指定")
    )
    place = forms.Line(_("安装位置"), max_length=100, required=False, placeholder=_("如：三楼会议室"))
    location = forms.Choice(
        _("所在"), choices=list(LOCATION_LABELS.items()), empty_value=Location.CUSTOMER, required=False
    )
    remark = forms.Paragraph(_("备注"), max_length=500, required=False)
    is_active = forms.Tick(_("在用"))

    def offer(self, *, categories: Iterable[Any], kinds: Sequence[KindRow], addresses: Sequence[AddressRow]) -> None:
        """Give the choices that depend on the shop's catalogue and on the customer."""
        self.offer_choices("category_id", [(row.pk, row.name) for row in categories])
        self.offer_choices("product_kind", [(row.name, row.name) for row in kinds])
        self.offer_choices("address_id", [(row.id, row.full) for row in addresses])


class HouseholdForm(forms.KitForm):
    """Whom this customer lives with."""

    other_id = forms.Pick(_("家庭成员"), url="desk:customers-pick", placeholder=_("电话、姓名或地址"))


class CautionForm(forms.KitForm):
    """A warning, or VIP: its effect is everybody's, its reason the owner's."""

    effect = forms.Choice(_("作用"), choices=list(EFFECT_LABELS.items()), shown_as="segments")
    reason = forms.Paragraph(_("原因"), max_length=1000, hint=_("只有有权限的人能看到，每次查看都有记录"))
    proof = forms.Paragraph(
        _("依据"), max_length=1000, required=False, placeholder=_("如：工单号、录音、聊天记录"), hint=_("VIP 可以不填")
    )
    expires_on = forms.DateField(_("有效到"), required=False, hint=_("留空表示长期有效"))
    own_technician_id = forms.Choice(
        _("专属师傅"),
        choices=(),
        coerce=int,
        empty_value=None,
        required=False,
        empty_label=_("不指定"),
        hint=_("只用于 VIP"),
    )


class LiftForm(forms.KitForm):
    """Why a warning no longer counts."""

    reason = forms.Line(_("解除原因"), max_length=200)


class ReasonForm(forms.KitForm):
    """Why two records are one customer."""

    reason = forms.Line(_("为什么合并"), max_length=200, required=False, placeholder=_("如：同一人换了手机号"))


class OtherForm(forms.KitForm):
    """The other record of the same customer."""

    other = forms.Pick(_("与哪位客户合并"), url="desk:customers-pick", placeholder=_("电话、姓名或客户编号"))


class MakerForm(forms.KitForm):
    """厂家核定."""

    level = forms.Choice(
        _("厂家核定"),
        choices=list(MAKER_LEVEL_LABELS.items()),
        empty_value=MakerLevel.UNKNOWN,
        shown_as="segments",
        required=False,
    )
    source = forms.Line(_("核定来源"), max_length=60, required=False, placeholder=_("如：厂家系统、厂家客服"))
    on = forms.DateField(_("核定日期"))


class CoverForm(forms.KitForm):
    """延保 or 维保合同."""

    kind = forms.Choice(
        _("种类"),
        choices=list(COVER_KIND_LABELS.items()),
        empty_value=CoverKind.EXTENDED,
        shown_as="segments",
        required=False,
    )
    provider = forms.Line(_("承保方"), max_length=60, required=False)
    number = forms.Line(_("合同号"), max_length=60, required=False)
    starts_on = forms.DateField(_("开始日期"))
    ends_on = forms.DateField(_("截止日期"))


def _rows(
    form: type[Any], name: str, typed: QueryDict | None, known: Sequence[Mapping[str, Any]], *, sent: str
) -> list[Any]:
    """The rows of a list: as many as were sent, else those that are known."""
    if typed is None:
        return [form(prefix=f"{name}{at}", initial=row) for at, row in enumerate(known)]
    count = min(whole_number(typed.get(sent), digits=4) or 0, MAX_ROWS + 1)
    return [form(typed, prefix=f"{name}{at}") for at in range(count)]


def _rows_merged(
    typed: Sequence[Any], known: Sequence[Any], was: Mapping[str, str]
) -> tuple[list[dict[str, str]], dict[int, dict[str, str]]]:
    """The rows of a list as sent over the rows as they stand now, and by their place what both touched.

    The last row of `known` is the blank one.
    """
    mine = {pk: form for form in typed if (pk := inputs(form)["id"])}
    rows: list[dict[str, str]] = []
    said: dict[int, dict[str, str]] = {}
    *there, blank = known
    for now in there:
        form = mine.pop(inputs(now)["id"], None)
        if form is not None:
            said[len(rows)] = overtaken(form, now, was)
        rows.append(inputs(now) if form is None else merged(form, now, was))
    gone = [form for form in mine.values() if any(is_touched(form, name, was) for name in form.fields)]
    new = [form for form in typed if not inputs(form)["id"] and form.draft is not None]
    rows += [inputs(form) | {"id": ""} for form in (*gone, *new)]
    return [*rows, inputs(blank)], said


def _address(row: AddressRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "detail": row.detail,
        "division_code": row.division_code,
        "division": row.division,
        "remark": row.remark,
    }
