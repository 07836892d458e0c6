"""The forms of the price books: what is typed of a book, its items, its rules, and publishing."""

from __future__ import annotations

import re
from datetime import time
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from gongdan.catalog import queries as catalog
from gongdan.doors.desk.setup.catalog_forms import Listed
from gongdan.doors.desk.setup.pages import words_of
from gongdan.doors.kit import forms
from gongdan.doors.kit.spoken import sentence
from gongdan.kernel.money import parse_yuan, yuan
from gongdan.pricing.rules import BookPolicy
from gongdan.pricing.states import (
    BOOK_KIND_LABELS,
    DECLINED_LABELS,
    EXTRA_LABELS,
    ITEM_KIND_LABELS,
    MODE_LABELS,
    PAYER_LABELS,
    ROLE_LABELS,
    TRAVEL_LABELS,
    WARRANTY_RULE_LABELS,
    Payer,
    Role,
)

ROUNDINGS = [(0, lazy("不抹")), (100, lazy("到元")), (500, lazy("到 5 元")), (1000, lazy("到 10 元"))]


class Clock(forms.Line):
    """A time of day: 18:00."""

    def prepare_value(self, value: Any) -> Any:
        return f"{value:%H:%M}" if isinstance(value, time) else value

    def to_python(self, value: Any) -> str:
        typed = super().to_python(value).replace("：", ":")
        try:
            return time.fromisoformat(typed).isoformat("minutes") if typed else ""
        except ValueError as wrong:
            raise ValidationError(_("请填写时间，如 18:00")) from wrong


class Bands(forms.Paragraph):
    """Distances with their fees, one a line: 0-5 30 is thirty yuan up to five kilometres, 5- 60 whatever is farther."""

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, tuple):
            return value
        return "\n".join(
            f"{band.from_km}-{'' if band.to_km is None else band.to_km} {yuan(band.fen).replace(',', '')}"
            for band in value
        )

    def to_python(self, value: Any) -> list[list[int | None]]:  # type: ignore[override]  # rows instead of the text
        bands: list[list[int | None]] = []
        for line in super().to_python(value).splitlines():
            found = re.fullmatch(
                r"(\d{1,4})\s*[-–—~至到]\s*(\d{0,4})\s+(\d{1,6}(?:\.\d{1,2})?)\s*元?", line.strip(), re.ASCII
            )
            if found is None:
                raise ValidationError(_("“%(line)s”看不懂，请写成 0-5 30") % {"line": line[:40]})
            bands.append([int(found[1]), int(found[2]) if found[2] else None, parse_yuan(found[3])])
        return bands


class BookForm(forms.KitForm):
    """What a book is called and for whom it is."""

    code = forms.Line(lazy("编号"), max_length=30, hint=lazy("建好后不再改"), autofocus=True)
    name = forms.Line(lazy("名称"), max_length=60)
    kind = forms.Choice(lazy("类型"), choices=list(BOOK_KIND_LABELS.items()), shown_as="segments")
    site_id = forms.Choice(
        lazy("站点"), choices=(), coerce=int, empty_value=None, required=False, empty_label=lazy("所有站点")
    )
    brand = forms.Choice(
        lazy("品牌"),
        choices=lambda: [(row.name, row.name) for row in catalog.brands(limit=2000)],
        required=False,
        empty_label=lazy("（品牌价目请选择）"),
    )
    contract = forms.Line(lazy("合同号"), max_length=60, required=False)
    borrows_from = forms.Choice(
        lazy("抄录自"), choices=(), coerce=int, empty_value=None, required=False, empty_label=lazy("从空白开始")
    )
    remark = forms.Paragraph(lazy("备注"), max_length=500, required=False)


class ItemForm(forms.KitForm):
    """A row of a draft."""

    code = forms.Line(lazy("编号"), max_length=20, hint=lazy("建好后不再改"), autofocus=True)
    name = forms.Line(lazy("项目"), max_length=100)
    group = forms.Line(lazy("分组"), max_length=20, required=False)
    category_name = forms.Line(lazy("品类"), max_length=40, required=False, hint=lazy("空着表示所有品类"))
    role = forms.Choice(
        lazy("作用"), choices=[(role, label) for role, label in ROLE_LABELS.items() if role is not Role.ROUNDING]
    )
    kind = forms.Choice(lazy("价格含"), choices=list(ITEM_KIND_LABELS.items()), shown_as="segments")
    price_fen = forms.YuanField(lazy("单价"), required=False, hint=lazy("空着的项目不能报价"))
    labour_fen = forms.YuanField(lazy("其中工费"), required=False, hint=lazy("含件价必填"))
    unit = forms.Line(lazy("单位"), max_length=20, required=False, placeholder=lazy("次"))
    low_fen = forms.YuanField(lazy("参考低价"), required=False)
    high_fen = forms.YuanField(lazy("参考高价"), required=False)
    mode = forms.Choice(
        lazy("服务方式"), choices=list(MODE_LABELS.items()), required=False, empty_label=lazy("所有方式")
    )
    warranty_rule = forms.Choice(lazy("保内"), choices=list(WARRANTY_RULE_LABELS.items()), shown_as="segments")
    from_cm = forms.Number(lazy("高度从"), unit=lazy("厘米"), max_value=100_000, required=False)
    to_cm = forms.Number(lazy("高度到"), unit=lazy("厘米"), max_value=100_000, required=False)
    excludes = Listed(lazy("不能同时收"), max_length=300, required=False, hint=lazy("项目编号，用、分开"))
    replaces = Listed(lazy("套餐已含"), max_length=300, required=False, hint=lazy("项目编号，用、分开"))
    note = forms.Line(lazy("说明"), max_length=300, required=False)
    is_active = forms.Tick(lazy("在用"))


class PolicyForm(forms.KitForm):
    """How the rows of a book come together; what is not here stays as it is."""

    travel = forms.Choice(lazy("路费"), choices=list(TRAVEL_LABELS.items()), shown_as="segments", wide=True)
    free_km = forms.Number(lazy("免费公里"), unit=lazy("公里"), max_value=1000)
    distance_bands = Bands(
        lazy("距离分档"),
        max_length=500,
        required=False,
        hint=lazy("“按距离分档”时用，一行一档：0-5 30 表示 5 公里内 30 元，5- 60 表示更远 60 元"),
    )
    declined = forms.Choice(lazy("检测后不修"), choices=list(DECLINED_LABELS.items()), shown_as="segments", wide=True)
    sets_off_inspection = forms.Tick(lazy("同意维修就不收检测费"))
    rank_percents = Listed(
        lazy("同一台多项维修"),
        max_length=60,
        hint=lazy("工费从高到低各收百分之几，如 100、50、30、0；最后一个数管以后各项"),
    )
    night_from = Clock(lazy("夜间从"), max_length=5)
    night_to = Clock(lazy("夜间到"), max_length=5)
    overtime_from = Clock(lazy("加班从"), max_length=5, hint=lazy("到夜间结束为止"))
    express_minutes = forms.Number(
        lazy("极速上门"), unit=lazy("分钟"), max_value=1440, hint=lazy("约定后这么久以内到达才加价")
    )
    height_free_below_cm = forms.Number(lazy("高空起收"), unit=lazy("厘米"), max_value=100_000)
    pick_up_in_warranty = forms.Choice(
        lazy("保内取送费"),
        choices=[(payer, label) for payer, label in PAYER_LABELS.items() if payer in (Payer.SHOP, Payer.MAKER)],
        shown_as="segments",
        hint=lazy("三包商品的取送费不能由用户承担"),
    )
    cash_rounding_fen = forms.Choice(
        lazy("抹零"), choices=ROUNDINGS, coerce=int, empty_value=0, shown_as="segments", required=False
    )
    keeps_shop_items_in_shop = forms.Tick(lazy("仅限店内的项目上门不能收"))

    def __init__(self, typed: Any = None, *, policy: BookPolicy) -> None:
        initial = {name: getattr(policy, name) for name in self.base_fields}
        payers = {f"extra_{extra}": policy.extra_payer(extra) for extra in EXTRA_LABELS}
        super().__init__(typed, initial=initial | payers)
        for extra, label in EXTRA_LABELS.items():
            chosen = [(p, PAYER_LABELS[p]) for p in (Payer.SHOP, Payer.MAKER, Payer.CUSTOMER)]
            self.fields[f"extra_{extra}"] = forms.Choice(
                _("保内%(extra)s费") % {"extra": sentence(label)}, choices=chosen, shown_as="segments", required=False
            )

    def policy(self, old: BookPolicy) -> BookPolicy:
        """The policy as typed, over the old one. Invalid: a figure that cannot be."""
        typed = dict(self.cleaned_data)
        extras = {str(extra): typed.pop(f"extra_{extra}") or Payer.SHOP for extra in EXTRA_LABELS}
        percents = [word.rstrip("%％") for word in words_of(typed["rank_percents"].replace(" ", "、"))] or ["100"]
        typed["rank_percents"] = [int(word) if word.isascii() and word.isdigit() else word for word in percents]
        typed["extras_in_warranty"] = {name: str(payer) for name, payer in extras.items()}
        return BookPolicy.from_json(old.as_json() | typed)


class PublishForm(forms.KitForm):
    """From when the edition holds."""

    valid_from = forms.DateField(lazy("生效日期"))
