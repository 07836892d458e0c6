"""Reading prices: which book holds, what can be chosen from it, what a fault proposes, what it all comes to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from gongdan.kernel.errors import Missing, Refused
from gongdan.kernel.money import Fen
from gongdan.kernel.text import Text, _
from gongdan.pricing import rules, states
from gongdan.pricing.models import PriceBook, PriceItem, Proposal
from gongdan.pricing.rules import Bill, Book, BookPolicy, Charge, Context, HelpSection, Item, Variant

_CHOSEN_ONLY = (states.Role.WORK, states.Role.EXTRA, states.Role.PACKAGE)
_MOST = 200


@dataclass(frozen=True, slots=True)
class ItemRow:
    """A price item as lists show it. The range is there only where the row's source allows it to be shown."""

    id: int
    code: str
    group: str
    name: str
    unit: str
    kind: states.ItemKind
    role: states.Role
    price_fen: Fen | None
    labour_fen: Fen | None
    category: str
    mode: str
    warranty_rule: states.WarrantyRule
    note: str
    basis: states.Basis
    low_fen: Fen | None = None
    high_fen: Fen | None = None
    is_borrowed: bool = False
    is_active: bool = True
    version: int = 1


def book_for(site_id: int, *, day: date, brand: str = "", contract: str = "") -> PriceBook:
    """The book that holds on a day: contract before brand before store, the site's own before the general one.

    One query. Refused: none is published for that day.
    """
    store = Q(kind=states.BookKind.STORE)
    of_brand = Q(kind=states.BookKind.BRAND, brand=brand) if brand else Q(pk__in=[])
    of_contract = Q(kind=states.BookKind.CONTRACT, contract=contract) if contract else Q(pk__in=[])
    place = Case(
        When(kind=states.BookKind.CONTRACT, then=Value(0)),
        When(kind=states.BookKind.BRAND, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    is_general = Case(When(site__isnull=True, then=Value(1)), default=Value(0), output_field=IntegerField())
    book = (
        PriceBook.objects.filter(
            store | of_brand | of_contract,
            Q(site=site_id) | Q(site__isnull=True),
            Q(valid_to__isnull=True) | Q(valid_to__gte=day),
            status=states.BookStatus.PUBLISHED,
            valid_from__lte=day,
        )
        .order_by(place, is_general, "-valid_from", "-edition")
        .first()
    )
    if book is None:
        raise Refused(_("{day:date} 没有可用的价目，请管理员先发布价目", day=day), code="no_book")
    return book


def books() -> list[PriceBook]:
    """All editions of all books, newest edition first within a book. One query."""
    return list(PriceBook.objects.select_related("site", "published_by").order_by("kind", "code", "-edition"))


def book(book_id: int) -> PriceBook:
    """The edition with this id. One query. Missing: there is none."""
    row = PriceBook.objects.select_related("site", "published_by").filter(pk=book_id).first()
    if row is None:
        raise Missing
    return row


def policy(book_id: int) -> BookPolicy:
    """The policy of this edition. One query."""
    return BookPolicy.from_json(book(book_id).policy)


def items(
    book_id: int,
    *,
    category: str = "",
    product_kind: str = "",
    mode: str = "",
    words: str = "",
    can_be_chosen: bool = True,
    limit: int = _MOST,
) -> list[ItemRow]:
    """The rows of a book in its own order, those of the category before the general ones. One query.

    `words` are found in code, name or pinyin initials, all of them. `mode` leaves out what is for another way of
    service: 到店 items stay for 取送 and 寄修. By default only what can be chosen by hand and is active.
    """
    rows = _rows_of(book_id)
    if can_be_chosen:
        rows = rows.filter(is_active=True).exclude(role__in=states.AUTOMATIC)
    kinds = [kind for kind in (product_kind, category) if kind]
    if kinds:
        rows = rows.filter(_of_kinds(kinds) | Q(category_name=""))
    if mode:
        rows = rows.filter(Q(mode="") | Q(mode__in=_modes_beside(mode)))
    for word in words.split()[:5]:
        rows = rows.filter(
            Q(name__icontains=word) | Q(code__istartswith=word) | Q(initials__contains=word.lower()[:60])
        )
    is_general = Case(When(category_name="", then=Value(1)), default=Value(0), output_field=IntegerField())
    return [_row(row) for row in rows.order_by(is_general, "position", "pk")[:limit]]


def item(item_id: int) -> PriceItem:
    """The item with this id and its book. One query. Missing: there is none."""
    row = PriceItem.objects.select_related("book").filter(pk=item_id).first()
    if row is None:
        raise Missing
    return row


def the_item(book_id: int, *, role: states.Role, category: str = "", product_kind: str = "") -> int | None:
    """The id of the active item of this role that is closest to the category, if any. Two queries.

    An inspection that the book does not set off when the customer agrees is work of its own, which somebody has to
    choose: there is none to put onto a quote beforehand.
    """
    if role is states.Role.INSPECTION and not policy(book_id).sets_off_inspection:
        return None
    rows = {
        row.code: row for row in PriceItem.objects.filter(book=book_id, is_active=True, role=role).order_by("position")
    }
    whole = Book("", {code: _item(row) for code, row in rows.items()})
    found = whole.the(role, [kind for kind in (product_kind, category) if kind])
    return rows[found.code].pk if found else None


def propose(
    book_id: int,
    *,
    category: str,
    product_kind: str = "",
    fault_text: str = "",
    part: str = "",
    fault_code: str = "",
    mode: str = "",
    limit: int = 6,
) -> list[ItemRow]:
    """The items that a fault proposes, best first: by its number, then its part, then words of its text.

    What a book has for the whole category comes last. Two queries.
    """
    kinds = [kind for kind in (product_kind, category) if kind]
    found: dict[str, tuple[int, int, int]] = {}
    for row in Proposal.objects.filter(category_name__in=kinds).order_by("rank", "pk"):
        weight = _weight(row, fault_text=fault_text, part=part, fault_code=fault_code)
        if weight is not None:
            found[row.item_code] = min(found.get(row.item_code, (9, 0, 0)), (weight, row.rank, row.pk))
    rows = _rows_of(book_id).filter(code__in=found, is_active=True).exclude(role__in=states.AUTOMATIC)
    if mode:
        rows = rows.filter(Q(mode="") | Q(mode__in=_modes_beside(mode)))
    return [_row(row) for row in sorted(rows, key=lambda row: found[row.code])[:limit]]


def proposals(category: str = "") -> list[Proposal]:
    """What is proposed for what, of a category or of all. One query."""
    rows = Proposal.objects.filter(category_name=category) if category else Proposal.objects.all()
    return list(rows.order_by("category_name", "part_name", "keyword", "rank", "pk"))


def load_book(book_id: int, codes: Iterable[str] | None = None) -> Book:
    """The book as the engine takes it: active rows only. Two queries.

    With `codes`, of the rows that are chosen by hand only those.
    """
    head = book(book_id)
    rows = PriceItem.objects.filter(book=book_id, is_active=True)
    if codes is not None:
        rows = rows.filter(Q(code__in=set(codes)) | ~Q(role__in=_CHOSEN_ONLY))
    return Book(
        code=head.code,
        name=head.name,
        policy=BookPolicy.from_json(head.policy),
        items={row.code: _item(row) for row in rows.order_by("position", "pk")},
    )


def price(book_id: int, context: Context, charges: Sequence[Charge] = ()) -> Bill:
    """What the chosen items come to in this book under these circumstances. Two queries."""
    return rules.price(load_book(book_id, [charge.code for charge in charges]), context, charges)


def price_together(parts: Sequence[tuple[int, Context, Sequence[Charge]]]) -> Bill:
    """One bill for devices whose prices stand in different books. Two queries a book."""
    return rules.price_together(
        [(load_book(book_id, [c.code for c in charges]), context, charges) for book_id, context, charges in parts]
    )


def told_at_intake(book_id: int, context: Context) -> Text:
    """What a declined repair would cost, in the one sentence that is told and sent (O-010). Two queries."""
    return rules.told_at_intake(rules.price_if_declined(load_book(book_id, ()), context))


def problems_of(book_id: int) -> list[Text]:
    """What stands against publishing this edition. Two queries."""
    return rules.problems(load_book(book_id))


def hints_of(book_id: int) -> list[Text]:
    """What this edition leaves without a price, none for a maker's book, whose tariff is his. Three queries at most."""
    if book(book_id).kind == states.BookKind.BRAND:
        return []
    return rules.hints(load_book(book_id))


def help_sections() -> tuple[HelpSection, ...]:
    """The help on prices for the desk, in reading order (R-178)."""
    return rules.HELP


def _rows_of(book_id: int) -> QuerySet[PriceItem]:
    return PriceItem.objects.filter(book=book_id)


def _of_kinds(kinds: Sequence[str]) -> Q:
    """Rows of one of these kinds, also where a row names several: 抽油烟机/消毒柜."""
    found = Q(category_name__in=kinds)
    for kind in kinds:
        found |= Q(category_name__startswith=f"{kind}/") | Q(category_name__endswith=f"/{kind}")
    return found


def _modes_beside(mode: str) -> tuple[str, ...]:
    """The modes whose items can be chosen under this one."""
    if mode == states.Mode.EXPRESS:
        return (states.Mode.EXPRESS, states.Mode.ON_SITE)
    if mode in (states.Mode.PICK_UP, states.Mode.MAIL_IN):
        return (mode, states.Mode.IN_STORE, states.Mode.ON_SITE)
    return (mode,)


def _weight(row: Proposal, *, fault_text: str, part: str, fault_code: str) -> int | None:
    """How directly a proposal is meant, 0 most; None when it is not."""
    if row.fault_code:
        return 0 if row.fault_code == fault_code else None
    if row.part_name:
        return 1 if part and row.part_name in (part, part.removesuffix("总成")) else None
    if row.keyword:
        return 2 if row.keyword in fault_text else None
    return 3


def _row(row: PriceItem) -> ItemRow:
    shows_range = row.basis in (states.Basis.PUBLIC, states.Basis.MAKER, states.Basis.OWN)
    return ItemRow(
        id=row.pk,
        code=row.code,
        group=row.group,
        name=row.name,
        unit=row.unit,
        kind=states.ItemKind(row.kind),
        role=states.Role(row.role),
        price_fen=_fen(row.price_fen),
        labour_fen=_fen(row.labour_fen),
        category=row.category_name,
        mode=row.mode,
        warranty_rule=states.WarrantyRule(row.warranty_rule),
        note=row.note,
        basis=states.Basis(row.basis),
        low_fen=_fen(row.low_fen) if shows_range else None,
        high_fen=_fen(row.high_fen) if shows_range else None,
        is_borrowed=row.is_borrowed,
        is_active=row.is_active,
        version=row.version,
    )


def _item(row: PriceItem) -> Item:
    return Item(
        code=row.code,
        name=row.name,
        price_fen=_fen(row.price_fen),
        unit=row.unit,
        kind=states.ItemKind(row.kind),
        labour_fen=_fen(row.labour_fen),
        role=states.Role(row.role),
        category=row.category_name,
        mode=states.Mode(row.mode) if row.mode else None,
        warranty_rule=states.WarrantyRule(row.warranty_rule),
        from_cm=row.from_cm,
        to_cm=row.to_cm,
        variants=tuple(Variant.from_json(stored) for stored in row.variants),
        excludes=frozenset(row.excludes),
        replaces=frozenset(row.replaces),
        note=row.note,
    )


def _fen(value: int | None) -> Fen | None:
    return None if value is None else Fen(value)
