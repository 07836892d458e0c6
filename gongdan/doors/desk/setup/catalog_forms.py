"""The forms of the catalogue: what is typed of categories, brands, models, faults, scripts and words."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as lazy

from gongdan.catalog import queries
from gongdan.catalog.states import (
    APOLOGY_KIND_LABELS,
    MODE_LABELS,
    QUESTION_KIND_LABELS,
    SIDE_LABELS,
    STEP_LABELS,
    USUAL_MODE_LABELS,
)
from gongdan.doors.kit import forms


def category_choices() -> list[tuple[int, str]]:
    """Every category, to choose from."""
    return [(row.pk, row.name) for row in queries.categories(with_inactive=True)]


def brand_choices() -> list[tuple[int, str]]:
    """Every brand, to choose from."""
    return [(row.pk, row.name) for row in queries.brands(limit=2000, with_inactive=True)]


class Listed(forms.Line):
    """Several words in one line, parted by 、."""

    def prepare_value(self, value: Any) -> Any:
        return "、".join(str(word) for word in value) if isinstance(value, list | tuple) else value


class LinesOf(forms.Paragraph):
    """Several sentences, one a line."""

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(str(line) for line in value) if isinstance(value, list | tuple) else value


class CategoryForm(forms.KitForm):
    """A category."""

    code = forms.Line(lazy("编号"), max_length=20, hint=lazy("英文或拼音，如 fan；建好后不再改"), autofocus=True)
    name = forms.Line(lazy("名称"), max_length=30)
    aliases = Listed(lazy("别名"), max_length=300, required=False, hint=lazy("导入和接待时也认这些叫法，用、分开"))
    default_mode = forms.Choice(
        lazy("默认服务方式"),
        choices=list(MODE_LABELS.items()),
        shown_as="segments",
        wide=True,
        hint=lazy("登记时先选上，可以改"),
    )
    part_wait_days = forms.Number(
        lazy("待件换货天数"), unit=lazy("天"), max_value=365, hint=lazy("等厂家配件超过这些天，提示应换货")
    )
    long_minutes = forms.Number(
        lazy("处理时间较长"),
        unit=lazy("分钟"),
        min_value=1,
        max_value=10080,
        hint=lazy("上门超过这些分钟，就要报告主管并向客户说明；默认 120 分钟"),
    )
    position = forms.Number(lazy("次序"), max_value=30000, hint=lazy("小的排在前"))
    needs_preliminary = forms.Tick(lazy("上门前要初步诊断"), hint=lazy("派工时没有初步诊断就提醒"))
    needs_installation = forms.Tick(lazy("需安装调试"), hint=lazy("保修从安装完成那天算起"))
    has_journal = forms.Tick(lazy("有流水"), hint=lazy("收银、售货类设备，修前先留流水"))
    has_cash_box = forms.Tick(lazy("有钱箱"), hint=lazy("修前先清点钱箱"))
    is_active = forms.Tick(lazy("在用"))


class BrandForm(forms.KitForm):
    """A brand."""

    name = forms.Line(lazy("名称"), max_length=40, autofocus=True)
    aliases = Listed(lazy("别名"), max_length=300, required=False, hint=lazy("英文名、俗称，用、分开"))
    buffer_months = forms.Number(
        lazy("出厂缓冲月数"),
        unit=lazy("月"),
        max_value=60,
        required=False,
        hint=lazy("没有购买凭证时，从出厂日期加几个月起算；空着按通用规则"),
    )
    buffer_rule = forms.Choice(
        lazy("出厂起算规则"),
        choices=[("next_month", lazy("从出厂次月一日起"))],
        required=False,
        empty_label=lazy("通用"),
    )
    is_active = forms.Tick(lazy("在用"))


class ModelForm(forms.KitForm):
    """A model."""

    category_id = forms.Choice(lazy("品类"), choices=category_choices, coerce=int, empty_value=None)
    brand_id = forms.Choice(lazy("品牌"), choices=brand_choices, coerce=int, empty_value=None)
    name = forms.Line(lazy("型号"), max_length=80)
    spec = forms.Line(lazy("规格"), max_length=100, required=False)
    is_active = forms.Tick(lazy("在用"))


class FaultForm(forms.KitForm):
    """A known fault."""

    category_id = forms.Choice(lazy("品类"), choices=category_choices, coerce=int, empty_value=None)
    symptom = forms.Line(lazy("故障现象"), max_length=200, wide=True)
    error_code = forms.Line(
        lazy("故障代码"), max_length=30, required=False, placeholder="E1", hint=lazy("几个代码用 / 分开")
    )
    brand_id = forms.Choice(
        lazy("只限品牌"),
        choices=brand_choices,
        coerce=int,
        empty_value=None,
        required=False,
        empty_label=lazy("所有品牌"),
    )
    part = forms.Line(lazy("配件"), max_length=60, required=False)
    usual_mode = forms.Choice(lazy("通常方式"), choices=list(USUAL_MODE_LABELS.items()))
    cause = forms.Paragraph(lazy("原因"), max_length=500, required=False)
    remedy = forms.Paragraph(lazy("处理方法"), max_length=500, required=False)
    is_active = forms.Tick(lazy("在用"))


class QuestionForm(forms.KitForm):
    """A question of a script."""

    category_id = forms.Choice(
        lazy("品类"),
        choices=category_choices,
        coerce=int,
        empty_value=None,
        required=False,
        empty_label=lazy("所有品类"),
    )
    text = forms.Line(lazy("要问的话"), max_length=200, wide=True)
    kind = forms.Choice(lazy("答法"), choices=list(QUESTION_KIND_LABELS.items()), shown_as="segments")
    choices = Listed(lazy("选项"), max_length=400, required=False, hint=lazy("“选择”的选项，用、分开"))
    position = forms.Number(lazy("次序"), max_value=30000)
    is_active = forms.Tick(lazy("在用"))


class PhraseForm(forms.KitForm):
    """A polite sentence."""

    step = forms.Choice(lazy("步骤"), choices=list(STEP_LABELS.items()), shown_as="segments", wide=True)
    text = forms.Paragraph(lazy("用语"), max_length=300)
    position = forms.Number(lazy("次序"), max_value=30000)
    is_active = forms.Tick(lazy("在用"))


class AdviceForm(forms.KitForm):
    """What a code or symptom calls for."""

    category_id = forms.Choice(lazy("品类"), choices=category_choices, coerce=int, empty_value=None)
    words = forms.Line(
        lazy("代码或现象"), max_length=60, placeholder="691", hint=lazy("客户说的代码或现象，几种说法用 / 分开")
    )
    side = forms.Choice(
        lazy("处理方式"),
        choices=list(SIDE_LABELS.items()),
        shown_as="segments",
        hint=lazy("登记时按它建议电话解决或上门"),
    )
    meaning = forms.Line(lazy("含义"), max_length=100, required=False)
    origin = forms.Line(lazy("原因所在"), max_length=60, required=False, placeholder=lazy("如：账号、线路"))
    position = forms.Number(lazy("次序"), max_value=30000)
    questions = LinesOf(lazy("先问什么"), max_length=4000, required=False, hint=lazy("一行一个问题"))
    steps = LinesOf(
        lazy("电话指导步骤"), max_length=4000, rows=5, required=False, hint=lazy("一行一步，照着读给客户听，做完打勾")
    )
    is_active = forms.Tick(lazy("在用"))


class ForbiddenForm(forms.KitForm):
    """A word that no customer may read."""

    word = forms.Line(
        lazy("禁用语"), max_length=20, hint=lazy("发给客户的答复、短信和单据里有这个词就不能发出"), autofocus=True
    )
    is_active = forms.Tick(lazy("在用"))


class ApologyForm(forms.KitForm):
    """An apology."""

    kind = forms.Choice(lazy("场合"), choices=list(APOLOGY_KIND_LABELS.items()), shown_as="segments", wide=True)
    text = forms.Paragraph(lazy("用语"), max_length=300, hint=lazy("在要说原因的地方写 {reason}，插入时换成填写的原因"))
    position = forms.Number(lazy("次序"), max_value=30000)
    is_active = forms.Tick(lazy("在用"))
