"""Price books with their editions, their items, and what faults propose."""

from __future__ import annotations

from enum import StrEnum

from django.db import models

from gongdan.fields import FenField, LongText, ShortText
from gongdan.people.models import Site, User
from gongdan.pricing import states


def _one_of(field: str, words: type[StrEnum], *, name: str) -> models.CheckConstraint:
    return models.CheckConstraint(condition=models.Q(**{f"{field}__in": [word.value for word in words]}), name=name)


class PriceBook(models.Model):
    """One edition of a price book. Published editions never change: a change is a new edition."""

    code = ShortText(30)
    edition = models.PositiveIntegerField(default=1)  # 第几版
    name = ShortText(60)
    kind = ShortText(10, default=states.BookKind.STORE)
    site = models.ForeignKey(Site, null=True, blank=True, on_delete=models.PROTECT, related_name="+")  # null: all sites
    brand = ShortText(60, blank=True)  # of a brand's book
    contract = ShortText(60, blank=True)  # number, of a contract's book
    status = ShortText(10, default=states.BookStatus.DRAFT)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)  # included
    policy = models.JSONField(default=dict)  # rules.BookPolicy
    remark = LongText(500)
    published_at = models.DateTimeField(null=True)
    published_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "edition"], name="price_book_edition"),
            models.UniqueConstraint(
                fields=["code"], condition=models.Q(status=states.BookStatus.DRAFT), name="price_book_one_draft"
            ),
            _one_of("kind", states.BookKind, name="price_book_kind_known"),
            _one_of("status", states.BookStatus, name="price_book_status_known"),
            models.CheckConstraint(
                condition=models.Q(status=states.BookStatus.DRAFT) | models.Q(valid_from__isnull=False),
                name="price_book_published_from",
            ),
            models.CheckConstraint(
                condition=models.Q(valid_to__isnull=True)
                | models.Q(valid_from__isnull=True)
                | models.Q(valid_to__gte=models.F("valid_from")),
                name="price_book_period",
            ),
        ]
        indexes = [models.Index(fields=["status", "kind", "brand", "contract"], name="price_book_choice")]

    def __str__(self) -> str:
        return f"{self.name} 第{self.edition}版"


class PriceItem(models.Model):
    """One row of a book. Without a price it cannot be billed."""

    book = models.ForeignKey(PriceBook, on_delete=models.CASCADE, related_name="items")
    code = ShortText(20)
    position = models.PositiveIntegerField(default=0)
    group = ShortText(20, blank=True)  # as printed: 基础, 加价, 空调
    name = ShortText(100)
    initials = ShortText(100, blank=True)
    unit = ShortText(20, blank=True)
    kind = ShortText(10, default=states.ItemKind.LABOUR)
    role = ShortText(20, default=states.Role.WORK)
    price_fen = FenField(null=True, blank=True)
    low_fen = FenField(null=True, blank=True)
    high_fen = FenField(null=True, blank=True)
    labour_fen = FenField(null=True, blank=True)  # the labour in a 含件 price
    category_name = ShortText(40, blank=True)  # empty: all
    mode = ShortText(10, blank=True)  # empty: all
    warranty_rule = ShortText(12, default=states.WarrantyRule.FREE)
    from_cm = models.PositiveIntegerField(null=True, blank=True)
    to_cm = models.PositiveIntegerField(null=True, blank=True)
    variants = models.JSONField(default=list, blank=True)  # rules.Variant
    excludes = models.JSONField(default=list, blank=True)  # codes that cannot stand beside it
    replaces = models.JSONField(default=list, blank=True)  # codes that a package holds
    note = ShortText(300, blank=True)
    basis = ShortText(10, default=states.Basis.OWN)
    source = ShortText(300, blank=True)
    is_borrowed = models.BooleanField(default=False)  # copied from another book when this one was made
    is_active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["book", "code"], name="price_item_code"),
            _one_of("kind", states.ItemKind, name="price_item_kind_known"),
            _one_of("role", states.Role, name="price_item_role_known"),
            _one_of("warranty_rule", states.WarrantyRule, name="price_item_rule_known"),
            _one_of("basis", states.Basis, name="price_item_basis_known"),
            models.CheckConstraint(
                condition=models.Q(price_fen__isnull=True) | models.Q(price_fen__gte=0), name="price_item_not_negative"
            ),
        ]
        indexes = [models.Index(fields=["book", "category_name", "position"], name="price_item_list")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Proposal(models.Model):
    """A fault proposes a price item: by category, and by the part or a word of the fault. Stands above the books."""

    category_name = ShortText(40)
    part_name = ShortText(40, blank=True)
    keyword = ShortText(40, blank=True)  # found in the fault text
    fault_code = ShortText(20, blank=True)  # F017, of the fault table
    item_code = ShortText(20)
    rank = models.PositiveSmallIntegerField(default=0)  # lower comes first among equals

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["category_name", "part_name", "keyword", "fault_code", "item_code"], name="price_proposal_once"
            ),
        ]
        indexes = [models.Index(fields=["category_name", "part_name"], name="price_proposal_find")]

    def __str__(self) -> str:
        return f"{self.category_name} {self.part_name}{self.keyword} -> {self.item_code}"
