"""Which promise holds for a device: the most special row that applies on the day of purchase."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from gongdan.devices.rules.facts import DeviceFacts, Kind, Policy, word_key
from gongdan.devices.states import PolicyBasis, PolicyKind, Scope, UseKind
from gongdan.kernel.text import Text, _

_SUFFIXES = ("总成", "组件", "模组", "模块")


def kinds_for(kinds: Iterable[Kind], *, category_id: int, chosen: str, description: str) -> tuple[str, ...]:
    """The kinds of product that a device counts as, the most special first.

    The chosen kind, else the first whose words stand in model or specification, else the category's usual one.
    """
    mine = {kind.name: kind for kind in kinds if kind.category_id == category_id}
    text = word_key(description)
    told = next((k for k in mine.values() if any(word_key(word) in text for word in k.words)), None)
    usual = next((k for k in mine.values() if k.is_default), None)
    kind = mine.get(chosen) or told or usual
    chain: list[str] = []
    while kind is not None and kind.name not in chain:
        chain.append(kind.name)
        kind = mine.get(kind.parent)
    return tuple(chain)


def names_part(component: str, names: Sequence[str]) -> bool:
    """Whether the part goes by one of these names; 总成, 组件 and the like make no difference."""
    key = _part_key(component)
    return bool(key) and any(_part_key(name) == key for name in names)


def whole_row(facts: DeviceFacts, policies: Iterable[Policy], *, bought_on: date) -> Policy | None:
    """The row for the whole machine, or None. In a household a maker's word may not fall short of the law."""
    rows = _applicable(facts, policies, Scope.WHOLE, bought_on=bought_on)
    best = _best(facts, rows)
    if best is None or best.use_kind is UseKind.COMMERCIAL:
        return best
    law = _best(facts, [row for row in rows if row.kind is PolicyKind.STATUTORY])
    return law if law is not None and law.months > best.months else best


def own_row(facts: DeviceFacts, policies: Iterable[Policy], *, bought_on: date) -> Policy | None:
    """The row of a part with a period of its own (battery, wear part), or None."""
    return _best(facts, _naming(facts, _applicable(facts, policies, Scope.OWN, bought_on=bought_on)))


def main_rows(facts: DeviceFacts, policies: Iterable[Policy], *, bought_on: date) -> list[Policy]:
    """The rows that promise the named part longer than the whole machine: the best of law, maker and shop each.

    Without a named part: every such row. They stand side by side, each for what it frees.
    """
    rows = _applicable(facts, policies, Scope.MAIN, bought_on=bought_on)
    if not facts.component:
        return rows
    named = _naming(facts, rows)
    best = (_best(facts, [row for row in named if row.kind is kind]) for kind in PolicyKind)
    return [row for row in best if row is not None]


def repair_row(facts: DeviceFacts, policies: Iterable[Policy], *, bought_on: date) -> Policy | None:
    """The row of our own warranty on a repaired part, or None."""
    return _best(facts, _applicable(facts, policies, Scope.REPAIR, bought_on=bought_on))


def promise(row: Policy) -> Text:
    """Who promises it, with its source where that was read; a row that was not is never called law."""
    if row.basis in (PolicyBasis.RECALLED, PolicyBasis.ESTIMATE):
        return _("通行期限，依据待核实")
    if row.basis is PolicyBasis.OWN:
        return _("本店规定")
    words = {
        PolicyKind.STATUTORY: _("法定三包"),
        PolicyKind.MAKER: _("厂家承诺"),
        PolicyKind.SHOP: _("本店规定"),
        PolicyKind.CONTRACT: _("合同"),
    }
    if not row.regulation:
        return words[row.kind]
    return _("{kind}：{regulation}", kind=words[row.kind], regulation=row.regulation)


def _applicable(facts: DeviceFacts, policies: Iterable[Policy], scope: Scope, *, bought_on: date) -> list[Policy]:
    text = word_key(facts.description)
    return [
        row
        for row in policies
        if row.scope is scope
        and row.category_id in (None, facts.category.id)
        and (not row.product_kind or row.product_kind in facts.product_kinds)
        and (row.brand_id is None or (facts.brand is not None and row.brand_id == facts.brand.id))
        and row.use_kind in (None, facts.use_kind)
        and (not row.series or any(word_key(word) in text for word in row.series))
        and (row.valid_from is None or row.valid_from <= bought_on)
        and (row.valid_to is None or bought_on <= row.valid_to)
    ]


def _naming(facts: DeviceFacts, rows: Iterable[Policy]) -> list[Policy]:
    return [row for row in rows if names_part(facts.component, row.components)]


def _best(facts: DeviceFacts, rows: Sequence[Policy]) -> Policy | None:
    """Use before brand before series before kind of product before category; among equals the longer."""

    def special(row: Policy) -> tuple[int, int, int, int, int, int]:
        kinds = facts.product_kinds
        nearness = len(kinds) - kinds.index(row.product_kind) if row.product_kind in kinds else 0
        return (
            row.use_kind is not None,
            row.brand_id is not None,
            bool(row.series),
            nearness,
            row.category_id is not None,
            row.months,
        )

    return max(rows, key=special, default=None)


def _part_key(name: str) -> str:
    key = word_key(name)
    for suffix in _SUFFIXES:
        if key.endswith(suffix) and len(key) > len(suffix):
            return key.removesuffix(suffix)
    return key
