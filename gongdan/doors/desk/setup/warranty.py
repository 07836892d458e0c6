"""启用准备 › 保修规则: the rows from which a verdict is decided. Only what was read is called law or the maker's word."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods, require_safe

from gongdan.catalog import access
from gongdan.devices import actions, queries
from gongdan.devices.rules import MOST_MONTHS
from gongdan.devices.states import (
    LEVEL_LABELS,
    POLICY_BASIS_LABELS,
    POLICY_KIND_LABELS,
    SCOPE_LABELS,
    USE_KIND_LABELS,
    Level,
    PolicyBasis,
    PolicyKind,
    Scope,
)
from gongdan.doors.desk.history import history
from gongdan.doors.desk.setup.catalog_forms import Listed, brand_choices, category_choices
from gongdan.doors.desk.setup.pages import Group, Sheet, listed, saved, words_of
from gongdan.doors.desk.setup.sites import in_use
from gongdan.doors.kit import forms
from gongdan.doors.kit.lists import Listing
from gongdan.doors.kit.middleware import StaffRequest
from gongdan.doors.kit.render import seen_version
from gongdan.doors.kit.tables import Badge, Column
from gongdan.kernel.text import Text

COLUMNS = [
    Column("code", lazy("编号"), kind="code"),
    Column("what", lazy("适用"), lead=True, grow=True),
    Column("scope", lazy("范围")),
    Column("months", lazy("月数"), kind="number"),
    Column("level", lazy("结论")),
    Column("free", lazy("免收")),
    Column("promise", lazy("谁的规定"), kind="badge"),
    Column("basis", lazy("依据"), kind="badge"),
    Column("state", lazy("状态"), kind="badge"),
]
STARTS = [("installation", lazy("安装完成日")), ("invoice", lazy("发票日"))]
CLAIMS = (PolicyKind.STATUTORY, PolicyKind.MAKER)  # words of others, which somebody must have read
LISTS = ("series", "components")


class PolicyListing(Listing):
    """Which rows."""

    category = forms.Choice(
        lazy("品类"),
        choices=category_choices,
        coerce=int,
        empty_value=None,
        required=False,
        empty_label=lazy("全部品类"),
    )
    basis = forms.Choice(
        lazy("依据"), choices=list(POLICY_BASIS_LABELS.items()), required=False, empty_label=lazy("全部依据")
    )


class PolicyForm(forms.KitForm):
    """One row of the warranty table."""

    code = forms.Line(lazy("编号"), max_length=30, placeholder="W100", hint=lazy("建好后不再改"))
    category_id = forms.Choice(
        lazy("品类"),
        choices=category_choices,
        coerce=int,
        empty_value=None,
        required=False,
        empty_label=lazy("所有品类"),
    )
    product_kind = forms.Line(lazy("细分产品"), max_length=40, required=False, placeholder=lazy("如：燃气热水器"))
    brand_id = forms.Choice(
        lazy("品牌"), choices=brand_choices, coerce=int, empty_value=None, required=False, empty_label=lazy("所有品牌")
    )
    series = Listed(lazy("系列"), max_length=300, required=False, hint=lazy("型号里有其中一个词就算，用、分开"))
    use_kind = forms.Choice(
        lazy("用途"), choices=list(USE_KIND_LABELS.items()), required=False, empty_label=lazy("家用和商用")
    )
    scope = forms.Choice(lazy("范围"), choices=list(SCOPE_LABELS.items()), shown_as="segments", wide=True)
    components = Listed(
        lazy("部件"), max_length=400, required=False, hint=lazy("主要部件、单独期限部件时填写，用、分开")
    )
    months = forms.Number(lazy("保修期"), unit=lazy("个月"), max_value=MOST_MONTHS)
    level = forms.Choice(lazy("结论"), choices=list(LEVEL_LABELS.items()))
    start = forms.Choice(lazy("起算"), choices=STARTS, required=False, empty_label=lazy("按品类的规定"))
    free_part = forms.Tick(lazy("免配件费"))
    free_labour = forms.Tick(lazy("免工费"))
    free_visit = forms.Tick(lazy("免上门费"))
    valid_from = forms.DateField(lazy("购买日期从"), required=False)
    valid_to = forms.DateField(lazy("购买日期到"), required=False)
    condition = forms.Line(lazy("其他条件"), max_length=100, required=False, hint=lazy("只显示，不参与判定"))
    kind = forms.Choice(lazy("谁的规定"), choices=list(POLICY_KIND_LABELS.items()), shown_as="segments", wide=True)
    basis = forms.Choice(
        lazy("依据"),
        choices=list(POLICY_BASIS_LABELS.items()),
        shown_as="segments",
        wide=True,
        hint=lazy("只有“已读原文”的，才会对客户说成法定三包或厂家承诺"),
    )
    regulation = forms.Line(lazy("规定名称"), max_length=100, required=False)
    source = forms.Line(lazy("出处"), max_length=300, required=False)
    is_active = forms.Tick(lazy("在用"))


@require_safe
def policies(request: StaffRequest) -> HttpResponse:
    """The table."""
    request.actor.require(access.EDIT)
    listing = PolicyListing(request.GET)
    chosen = listing.chosen
    rows = [
        {
            "id": row.pk,
            "url": reverse("desk:setup-policy", args=[row.pk]),
            "code": row.code,
            "what": _what(row),
            "scope": SCOPE_LABELS[Scope(row.scope)],
            "months": row.months,
            "level": LEVEL_LABELS[Level(row.level)],
            "free": _free(row),
            "promise": Badge(promise(row.kind, row.basis), "done" if row.basis == PolicyBasis.READ else "quiet"),
            "basis": Badge(
                POLICY_BASIS_LABELS[PolicyBasis(row.basis)],
                "done" if row.basis in (PolicyBasis.READ, PolicyBasis.OWN) else "waiting",
            ),
            "state": in_use(is_active=row.is_active),
        }
        for row in queries.policy_rows()
        if (not chosen.category or row.category_id == chosen.category)
        and (not chosen.basis or row.basis == chosen.basis)
    ]
    return listed(
        request,
        _("保修规则"),
        COLUMNS,
        rows,
        listing=listing,
        add=reverse("desk:setup-policy-add"),
        add_label=_("新增规则"),
        empty=_("没有这样的规则"),
        note=_("“待核实”的行照样参与判定，但不会对客户说成法定三包或厂家承诺；核对原文后请改依据。"),
    )


@require_http_methods(["GET", "POST"])
def add(request: StaffRequest) -> HttpResponse:
    """A new row."""
    request.actor.require(access.EDIT)
    start = {
        "scope": Scope.WHOLE,
        "level": Level.IN_WARRANTY,
        "kind": PolicyKind.SHOP,
        "basis": PolicyBasis.OWN,
        "free_part": True,
        "free_labour": True,
        "free_visit": True,
        "is_active": True,
    }
    form = PolicyForm(request.POST if request.method == "POST" else None, initial=start)

    def save(values: dict[str, Any]) -> int:
        return actions.add_policy(**_read(values), by=request.actor, at=request.now).pk

    return saved(
        request, form, _sheet(_("新增规则"), reverse("desk:setup-policy-add")), save, verb="devices.add_policy"
    )


@require_http_methods(["GET", "POST"])
def policy(request: StaffRequest, pk: int) -> HttpResponse:
    """Change a row."""
    request.actor.require(access.EDIT)
    row = queries.policy_row(pk)
    form = PolicyForm(
        request.POST if request.method == "POST" else None,
        initial={name: getattr(row, name) for name in PolicyForm.base_fields},
    )
    del form.fields["code"]
    sheet = _sheet(row.code, reverse("desk:setup-policy", args=[pk]))
    sheet.seen = row.version
    words: dict[str, Any] = {
        "kind": POLICY_KIND_LABELS,
        "basis": POLICY_BASIS_LABELS,
        "scope": SCOPE_LABELS,
        "level": LEVEL_LABELS,
    }
    sheet.entries = history("devices.policyrow", pk, request.actor, words=words)

    def save(values: dict[str, Any]) -> None:
        actions.edit_policy(pk, seen=seen_version(request), **_read(values), by=request.actor, at=request.now)

    return saved(request, form, sheet, save)


def promise(kind: str, basis: str) -> Text | str:
    """Whose word it is; what nobody has read yet is only said to follow the law or the maker."""
    if kind not in CLAIMS or basis == PolicyBasis.READ:
        return POLICY_KIND_LABELS[PolicyKind(kind)]
    return _("参照三包，未核实") if kind == PolicyKind.STATUTORY else _("参照厂家，未核实")


def _what(row: Any) -> str:
    named = [row.category.name if row.category else "", row.product_kind, row.brand.name if row.brand else ""]
    return " ".join(word for word in [*named, "/".join(row.series), "、".join(row.components)] if word) or _("所有设备")


def _free(row: Any) -> str:
    named = ((row.free_part, _("配件")), (row.free_labour, _("工费")), (row.free_visit, _("上门")))
    return "、".join(str(label) for has, label in named if has) or _("不免")


def _read(values: dict[str, Any]) -> dict[str, Any]:
    return values | {name: words_of(values[name]) for name in LISTS}


def _sheet(title: str, action: str) -> Sheet:
    back = reverse("desk:setup-policies")
    return Sheet(
        title=title,
        action=action,
        to=back,
        trail=[(_("保修规则"), back)],
        groups=[
            Group(["code", "category_id", "product_kind", "brand_id", "series", "use_kind"], title=_("适用于")),
            Group(["scope", "components", "months", "level", "start"], title=_("保修")),
            Group(["free_part", "free_labour", "free_visit", "valid_from", "valid_to", "condition"]),
            Group(["kind", "basis", "regulation", "source", "is_active"], title=_("依据"), columns=2),
        ],
        draft=action,
    )
