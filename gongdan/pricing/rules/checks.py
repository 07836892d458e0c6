"""What stands against publishing a book: two prices for one thing, or none (O-009)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from gongdan.kernel.text import Text, _
from gongdan.pricing.rules.book import Book, Item
from gongdan.pricing.rules.work import metres
from gongdan.pricing.states import (
    ROLE_LABELS,
    TRAVEL_LABELS,
    Declined,
    ItemKind,
    Role,
    Travel,
)

_TRAVEL_ROLES: dict[Travel, tuple[Role, ...]] = {
    Travel.NONE: (),
    Travel.TOWN: (Role.VISIT, Role.DISTANCE),
    Travel.REMOTE: (Role.REMOTE_FEE,),
    Travel.BANDS: (Role.VISIT,),
}
_ONE_OF_EACH = (
    Role.VISIT,
    Role.DISTANCE,
    Role.REMOTE_FEE,
    Role.PICK_UP,
    Role.EXPRESS,
    Role.INSPECTION,
    Role.NIGHT,
    Role.HOLIDAY,
    Role.OVERTIME,
    Role.MINIMUM,
    Role.EMPTY_TRIP,
)
_FOR_ALL_CATEGORIES = frozenset(_ONE_OF_EACH) - {Role.INSPECTION}


def problems(book: Book) -> list[Text]:
    """Everything that must be put right before the book can be published, in a fixed order."""
    return [*_travel(book), *_bands(book), *_doubles(book), *_heights(book), *_policy(book), *_rows(book)]


def hints(book: Book) -> list[Text]:
    """What this book leaves without a price although work at the door brings it; it may be published all the same."""
    if book.policy.travel is Travel.NONE or book.the(Role.EMPTY_TRIP):
        return []
    return [
        _(
            "没有“{role}”项目：客户原因白跑一趟，之后修好也不收这一趟的钱；要收请在草稿里新增这一项",
            role=ROLE_LABELS[Role.EMPTY_TRIP],
        )
    ]


def _travel(book: Book) -> Iterator[Text]:
    """One travel model a book: rows of another one are named together with what they contradict."""
    model = book.policy.travel
    wanted = _TRAVEL_ROLES[model]
    present = [i for i in book.items.values() if i.role in (Role.VISIT, Role.DISTANCE, Role.REMOTE_FEE)]
    strangers = [i for i in present if i.role not in wanted]
    own = {role: next((i for i in present if i.role is role), None) for role in wanted}
    rival = next((item for item in reversed(own.values()) if item), None)
    for item in strangers:
        if rival:
            yield _("“{one}”和“{other}”是两种路费，一本价目只能有一种，请停用其中一项", one=rival.name, other=item.name)
        else:
            yield _(
                "“{item}”不属于所选的路费方式“{travel}”，请停用这一项或改选路费方式",
                item=item.name,
                travel=TRAVEL_LABELS[model],
            )
    for role in wanted:
        if own[role] is None:
            yield _(
                "路费方式是“{travel}”，缺少“{role}”项目，请添加或改选路费方式",
                travel=TRAVEL_LABELS[model],
                role=ROLE_LABELS[role],
            )


def _bands(book: Book) -> Iterator[Text]:
    if book.policy.travel is not Travel.BANDS:
        return
    reached: int | None = 0
    for band in sorted(book.policy.distance_bands, key=lambda b: b.from_km):
        if reached is None or band.from_km < reached:
            yield _("上门费在 {km} 公里处有两档重叠，请更正分档", km=band.from_km)
        elif band.from_km > reached:
            yield _("{start} 公里至 {end} 公里没有上门费，请补上这一档", start=reached, end=band.from_km)
        reached = band.to_km
    if reached is not None:
        yield _("{km} 公里以上没有上门费，请补上这一档", km=reached)


def _doubles(book: Book) -> Iterator[Text]:
    """Two rows for the same thing: the engine would have to guess."""
    seen: dict[tuple[Role, str], Item] = {}
    for item in book.items.values():
        if item.role not in _ONE_OF_EACH:
            continue
        if item.category and item.role in _FOR_ALL_CATEGORIES:
            yield _("“{item}”对整张工单收取，不能只属于一个品类，请清空品类", item=item.name)
        first = seen.setdefault((item.role, item.category), item)
        if first is not item:
            yield _(
                "“{one}”和“{other}”都是“{role}”，请停用其中一项",
                one=first.name,
                other=item.name,
                role=ROLE_LABELS[item.role],
            )


def _heights(book: Book) -> Iterator[Text]:
    """From the free height up every height has one price, for all and for each category that has rows of its own."""
    by_category: dict[str, list[Item]] = defaultdict(list)
    for item in book.items.values():
        if item.role is not Role.HEIGHT:
            continue
        if item.from_cm is None:
            yield _("“{item}”没有填写高度范围，请填写从几米起", item=item.name)
        elif item.price_fen is None and not item.variants:
            yield _("“{item}”没有定价，请填写价格或停用这一项", item=item.name)
        else:
            by_category[item.category].append(item)
    for category, own in by_category.items():
        rows = own if not category else [*own, *by_category.get("", [])]
        yield from _ranges(book, rows)


def _ranges(book: Book, rows: list[Item]) -> Iterator[Text]:
    reached: int | None = book.policy.height_free_below_cm
    last: Item | None = None
    for item in sorted(rows, key=lambda i: i.from_cm or 0):
        start = item.from_cm or 0
        if last and (reached is None or start < reached):
            yield _("“{one}”和“{other}”的高度范围重叠，请更正", one=last.name, other=item.name)
        elif reached is not None and start > reached:
            yield _("高度 {start} 米至 {end} 米没有价格，请补上这一档", start=metres(reached), end=metres(start))
        reached, last = item.to_cm, item
    if reached is not None:
        yield _("高度 {start} 米以上没有价格，请补上这一档", start=metres(reached))


def _policy(book: Book) -> Iterator[Text]:
    policy = book.policy
    roles = {item.role for item in book.items.values()}
    if policy.declined is not Declined.INSPECTION and Role.VISIT not in roles:
        yield _("不修时要收上门费，但价目里没有上门费，请添加或改为只收检测费")
    if policy.declined is not Declined.VISIT and Role.INSPECTION not in roles:
        yield _("不修时要收检测费，但价目里没有检测费，请添加或改为只收上门费")
    if Role.NIGHT in roles and policy.night_from == policy.night_to:
        yield _("夜间的起止时间相同，请更正时段")


def _rows(book: Book) -> Iterator[Text]:
    for item in book.items.values():
        if item.kind is ItemKind.WITH_PART and item.labour_fen is None:
            yield _("“{item}”是含件价，没有填写其中的工费，请填写", item=item.name)
        places = [(v.mode, v.area) for v in item.variants]
        if len(places) != len(set(places)):
            yield _("“{item}”在同一服务方式和地区有两个价格，请删去一个", item=item.name)
        for code in sorted((item.excludes | item.replaces) - set(book.items)):
            yield _("“{item}”提到的项目 {code} 不在价目里，请更正", item=item.name, code=code)
