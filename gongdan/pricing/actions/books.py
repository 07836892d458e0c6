"""Verbs on price books: a new edition, changes to a draft, publishing, what faults propose."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import reduce
from typing import Any

from django.db import transaction
from django.db.models import Max, Q

from gongdan.audit.actions import record
from gongdan.audit.queries import stale
from gongdan.fields import overlong
from gongdan.kernel.actor import Actor
from gongdan.kernel.edits import changed, only, refuse
from gongdan.kernel.errors import Invalid, Missing, Refused
from gongdan.kernel.money import MAX_FEN
from gongdan.kernel.pinyin import initials
from gongdan.kernel.text import Text, _
from gongdan.pricing import access, queries, rules, states
from gongdan.pricing.events import Verb
from gongdan.pricing.models import PriceBook, PriceItem, Proposal

BOOK_FIELDS = ("name", "site_id", "brand", "contract", "remark")
ITEM_FIELDS = (
    "name", "group", "unit", "kind", "role", "price_fen", "low_fen", "high_fen", "labour_fen", "category_name", "mode",
    "warranty_rule", "from_cm", "to_cm", "variants", "excludes", "replaces", "note", "position", "is_active",
)  # fmt: skip

_CODE_LENGTH = 20
_LENDABLE = (states.Role.WORK, states.Role.EXTRA, states.Role.PACKAGE, states.Role.PICK_UP)


@transaction.atomic
def add_book(
    *, code: str, name: str, kind: str, borrows_from: int | None = None, by: Actor, at: datetime, **fields: Any
) -> PriceBook:
    """A new book as a draft. `borrows_from` copies from another edition what can be chosen by hand.

    Refused: the code is missing or taken, a brand's book without brand, a contract's without number.
    """
    by.require(access.EDIT)
    row = PriceBook(
        code=code.strip(),
        kind=kind,
        policy=rules.BookPolicy().as_json(),
        **only(fields | {"name": name}, BOOK_FIELDS),
    )
    _check_book(row)
    row.save()
    if borrows_from is not None:
        borrow(row, queries.book(borrows_from))
    record(Verb.BOOK_ADDED, row, by=by, at=at, name=row.name)
    return row


@transaction.atomic
def start_new_version(book_id: int, *, by: Actor, at: datetime) -> PriceBook:
    """The next edition of a book as a draft with the same rows. Refused: a draft is already being worked on."""
    by.require(access.EDIT)
    old = _locked_book(book_id)
    draft = PriceBook.objects.filter(code=old.code, status=states.BookStatus.DRAFT).first()
    if draft is not None:
        raise Refused(
            _("{name} 第 {edition} 版还是草稿，请在草稿上修改", name=draft.name, edition=draft.edition),
            code="draft_stands",
        )
    newest = PriceBook.objects.filter(code=old.code).aggregate(newest=Max("edition"))["newest"]
    row = PriceBook.objects.create(
        code=old.code,
        edition=newest + 1,
        name=old.name,
        kind=old.kind,
        site_id=old.site_id,
        brand=old.brand,
        contract=old.contract,
        policy=old.policy,
        remark=old.remark,
    )
    _copy_items(old.items.order_by("position", "pk"), row)
    record(Verb.EDITION_STARTED, row, by=by, at=at, name=row.name, edition=row.edition)
    return row


@transaction.atomic
def edit_book(book_id: int, *, seen: int, by: Actor, at: datetime, **fields: Any) -> PriceBook:
    """Change what a draft is called and for whom it is. Refused: it is published, or somebody saved meanwhile."""
    row = _draft(book_id, seen=seen, by=by, at=at)
    changes = changed(row, fields, BOOK_FIELDS)
    _check_book(row)
    if changes:
        row.version += 1
        row.save()
        record(Verb.BOOK_EDITED, row, by=by, at=at, name=row.name, changes=changes)
    return row


@transaction.atomic
def edit_policy(book_id: int, policy: rules.BookPolicy, *, seen: int, by: Actor, at: datetime) -> PriceBook:
    """Change how the items of a draft combine. Refused: it is published, or somebody saved meanwhile."""
    row = _draft(book_id, seen=seen, by=by, at=at)
    new = rules.BookPolicy.from_json(policy.as_json()).as_json()  # reading back refuses what cannot be stored
    changes = {name: [row.policy.get(name), value] for name, value in new.items() if row.policy.get(name) != value}
    if changes:
        row.policy = new
        row.version += 1
        row.save(update_fields=["policy", "version"])
        record(Verb.POLICY_EDITED, row, by=by, at=at, name=row.name, changes=changes)
    return row


@transaction.atomic
def add_item(book_id: int, *, code: str, name: str, by: Actor, at: datetime, **fields: Any) -> PriceItem:
    """A new row of a draft, at its end unless a position is given. Refused: the code is taken, a wrong figure."""
    by.require(access.EDIT)
    book = _locked_draft(book_id)
    row = PriceItem(book=book, code=code.strip(), **only(fields | {"name": name}, ITEM_FIELDS))
    if "position" not in fields:
        row.position = (book.items.aggregate(last=Max("position"))["last"] or 0) + 1
    _check_item(row)
    row.save()
    record(Verb.ITEM_ADDED, row, by=by, at=at, about=book, name=row.name)
    return row


@transaction.atomic
def edit_item(item_id: int, *, seen: int, by: Actor, at: datetime, **fields: Any) -> PriceItem:
    """Change a row of a draft. Refused: its book is published, a wrong figure, or somebody saved meanwhile."""
    by.require(access.EDIT)
    book_id = PriceItem.objects.filter(pk=item_id).values_list("book_id", flat=True).first()
    if book_id is None:
        raise Missing
    book = _locked_draft(book_id)
    row = PriceItem.objects.select_for_update().get(pk=item_id)
    if row.version != seen:
        raise stale(row, seen, at=at)
    changes = changed(row, fields, ITEM_FIELDS)
    _check_item(row)
    if changes:
        if not row.is_borrowed and {"price_fen", "low_fen", "high_fen"} & set(changes):
            row.basis = states.Basis.OWN  # the shop's own figure from now on
        row.version += 1
        row.save()
        record(Verb.ITEM_EDITED, row, by=by, at=at, about=book, name=row.name, changes=changes)
    return row


@transaction.atomic
def publish_book(book_id: int, *, seen: int, valid_from: date, by: Actor, at: datetime) -> PriceBook:
    """Put a draft in force from a day on; the edition before it ends the day before.

    Refused: no permission, somebody saved meanwhile, a price stands twice or is missing, or another book already holds
    for the same site, brand or contract.
    """
    by.require(access.PUBLISH)
    row = _locked_book(book_id)
    if row.version != seen:
        raise stale(row, seen, at=at)
    step = states.BOOK_MACHINE.step("publish", status=states.BookStatus(row.status))
    found = queries.problems_of(row.pk)
    if found:
        raise Refused(_("不能发布：{problems}", problems=_joined(found)), code="book_problems")
    _refuse_rival(row, valid_from)
    _end_before(row, valid_from)
    row.status, row.valid_from, row.valid_to = step.target, valid_from, None
    row.published_at = at
    row.published_by_id = by.id if by.kind in ("staff", "technician") else None
    row.version += 1
    row.save()
    record(Verb.PUBLISHED, row, by=by, at=at, name=row.name, edition=row.edition, day=valid_from)
    return row


@transaction.atomic
def retire(book_id: int, *, seen: int, by: Actor, at: datetime) -> PriceBook:
    """Take a published edition out of use: no new quote is made with it. What was quoted with it stays priced by it."""
    by.require(access.PUBLISH)
    row = _locked_book(book_id)
    if row.version != seen:
        raise stale(row, seen, at=at)
    row.status = states.BOOK_MACHINE.step("retire", status=states.BookStatus(row.status)).target
    row.version += 1
    row.save(update_fields=["status", "version"])
    record(Verb.RETIRED, row, by=by, at=at, name=row.name, edition=row.edition)
    return row


@transaction.atomic
def add_proposal(
    *,
    category: str,
    item_code: str,
    part: str = "",
    keyword: str = "",
    fault_code: str = "",
    by: Actor,
    at: datetime,
) -> Proposal:
    """Let a part, a word of the fault or a fault's number propose an item. Refused: it does already."""
    by.require(access.EDIT)
    row = Proposal(
        category_name=category.strip(),
        part_name=part.strip(),
        keyword=keyword.strip(),
        fault_code=fault_code.strip(),
        item_code=item_code.strip(),
    )
    errors = overlong(row)
    if not row.category_name:
        errors["category"] = _("请选择品类")
    if not PriceItem.objects.filter(code=row.item_code).exists():
        errors["item_code"] = _("没有编号为 {code} 的项目，请从价目表中选择", code=row.item_code[:_CODE_LENGTH])
    refuse(errors)
    if Proposal.objects.filter(**_key(row)).exists():
        raise Refused(_("这条推荐已经有了"), code="taken")
    row.save()
    record(Verb.PROPOSAL_ADDED, row, by=by, at=at, category=row.category_name, words=_words(row), item=row.item_code)
    return row


@transaction.atomic
def remove_proposal(proposal_id: int, *, by: Actor, at: datetime) -> None:
    """A fault no longer proposes this item."""
    by.require(access.EDIT)
    row = Proposal.objects.select_for_update().filter(pk=proposal_id).first()
    if row is None:
        raise Missing
    record(Verb.PROPOSAL_REMOVED, row, by=by, at=at, category=row.category_name, words=_words(row), item=row.item_code)
    row.delete()


def _locked_book(book_id: int) -> PriceBook:
    row = PriceBook.objects.select_for_update().filter(pk=book_id).first()
    if row is None:
        raise Missing
    return row


def _locked_draft(book_id: int) -> PriceBook:
    row = _locked_book(book_id)
    if row.status != states.BookStatus.DRAFT:
        raise Refused(
            _("{name} 第 {edition} 版已发布，不能修改；请先开始新的一版", name=row.name, edition=row.edition),
            code="published",
        )
    return row


def _draft(book_id: int, *, seen: int, by: Actor, at: datetime) -> PriceBook:
    by.require(access.EDIT)
    row = _locked_draft(book_id)
    if row.version != seen:
        raise stale(row, seen, at=at)
    return row


def _unknown(word: object) -> Text:
    return _("没有“{word}”这一项，请从列表中选择", word=str(word)[:20])


def _joined(sentences: list[Text]) -> Text:
    return reduce(lambda one, other: _("{one}；{other}", one=one, other=other), sentences)


def _check_book(row: PriceBook) -> None:
    errors = overlong(row)
    if not row.code:
        errors["code"] = _("请填写价目编号")
    elif row.pk is None and PriceBook.objects.filter(code=row.code).exists():
        errors["code"] = _("价目编号 {code} 已被使用，请换一个", code=row.code)
    if not row.name:
        errors["name"] = _("请填写价目名称")
    if row.kind not in list(states.BookKind):
        errors["kind"] = _unknown(row.kind)
    if row.kind == states.BookKind.BRAND and not row.brand:
        errors["brand"] = _("品牌价目请选择品牌")
    if row.kind == states.BookKind.CONTRACT and not row.contract:
        errors["contract"] = _("合同价目请填写合同号")
    refuse(errors)


def _check_item(row: PriceItem) -> None:
    errors = overlong(row)
    if not row.code:
        errors["code"] = _("请填写项目编号")
    elif PriceItem.objects.filter(book=row.book_id, code=row.code).exclude(pk=row.pk).exists():
        errors["code"] = _("项目编号 {code} 已被使用，请换一个", code=row.code)
    if not row.name:
        errors["name"] = _("请填写项目名称")
    errors |= _wrong_words(row) | _wrong_money(row) | _wrong_heights(row) | _wrong_lists(row)
    refuse(errors)
    row.initials = initials(row.name)[:100]


def _wrong_words(row: PriceItem) -> dict[str, Text]:
    errors = {}
    if row.kind not in list(states.ItemKind):
        errors["kind"] = _unknown(row.kind)
    if row.role not in list(states.Role) or row.role == states.Role.ROUNDING:
        errors["role"] = _unknown(row.role)
    if row.mode and row.mode not in list(states.Mode):
        errors["mode"] = _unknown(row.mode)
    if row.warranty_rule not in list(states.WarrantyRule):
        errors["warranty_rule"] = _unknown(row.warranty_rule)
    return errors


def _wrong_money(row: PriceItem) -> dict[str, Text]:
    errors = {
        name: _("金额应在 0 到 {most:yuan} 之间，请更正", most=MAX_FEN)
        for name in ("price_fen", "low_fen", "high_fen", "labour_fen")
        if (value := getattr(row, name)) is not None and not 0 <= value <= MAX_FEN
    }
    if row.kind == states.ItemKind.WITH_PART and row.labour_fen is None and row.price_fen is not None:
        errors["labour_fen"] = _("含件价请填写其中的工费")
    elif not errors and row.labour_fen is not None and row.price_fen is not None and row.labour_fen > row.price_fen:
        errors["labour_fen"] = _("其中的工费不能大于单价 {price:yuan}", price=row.price_fen)
    return errors


def _wrong_heights(row: PriceItem) -> dict[str, Text]:
    if row.to_cm is not None and row.to_cm <= (row.from_cm or 0):
        return {"to_cm": _("高度到应大于高度从")}
    return {}


def _wrong_lists(row: PriceItem) -> dict[str, Text]:
    errors: dict[str, Text] = {}
    for name in ("excludes", "replaces"):
        codes = getattr(row, name)
        if not isinstance(codes, list) or not all(isinstance(c, str) and 0 < len(c) <= _CODE_LENGTH for c in codes):
            errors[name] = _("请填写项目编号，多个编号分开写")
    try:
        row.variants = [rules.Variant.from_json(stored).as_json() for stored in row.variants]
    except Invalid as wrong:
        errors |= wrong.errors
    except (TypeError, AttributeError):
        errors["variants"] = _("其他价格的写法不对，请重新填写")
    return errors


def _refuse_rival(row: PriceBook, valid_from: date) -> None:
    """Another book for the same place would leave it open which one holds."""
    rival = (
        PriceBook.objects.filter(
            Q(valid_to__isnull=True) | Q(valid_to__gte=valid_from),
            kind=row.kind,
            site=row.site_id,
            brand=row.brand,
            contract=row.contract,
            status=states.BookStatus.PUBLISHED,
        )
        .exclude(code=row.code)
        .first()
    )
    if rival is not None:
        raise Refused(
            _("“{rival}”与“{name}”适用范围相同、日期重叠，请先停用其中一本", rival=rival.name, name=row.name),
            code="book_overlaps",
        )


def _end_before(row: PriceBook, valid_from: date) -> None:
    """Earlier editions end the day before; one that would have started later never holds."""
    earlier = PriceBook.objects.select_for_update().filter(
        Q(valid_to__isnull=True) | Q(valid_to__gte=valid_from), code=row.code, status=states.BookStatus.PUBLISHED
    )
    for old in earlier:
        assert old.valid_from is not None
        if old.valid_from < valid_from:
            old.valid_to = valid_from - timedelta(days=1)
        else:
            old.status = states.BookStatus.RETIRED
        old.version += 1
        old.save(update_fields=["status", "valid_to", "version"])


def borrow(row: PriceBook, lender: PriceBook) -> int:
    """Copy what the lender has and this book has not; how many.

    Only what is chosen by hand: a book never takes another's travel model or surcharges.
    """
    own = row.items.values_list("code", flat=True)
    lent = lender.items.filter(role__in=_LENDABLE, is_active=True).exclude(code__in=own)
    return _copy_items(lent.order_by("position", "pk"), row, is_borrowed=True)


def _copy_items(items: Iterable[PriceItem], book: PriceBook, *, is_borrowed: bool | None = None) -> int:
    copies = []
    for item in items:
        item.pk, item.book, item.version = None, book, 1
        item._state.adding = True
        if is_borrowed is not None:
            item.is_borrowed = is_borrowed
        copies.append(item)
    return len(PriceItem.objects.bulk_create(copies))


def _key(row: Proposal) -> dict[str, str]:
    return {
        "category_name": row.category_name,
        "part_name": row.part_name,
        "keyword": row.keyword,
        "fault_code": row.fault_code,
        "item_code": row.item_code,
    }


def _words(row: Proposal) -> str:
    return row.part_name or row.keyword or row.fault_code
