"""The warranty table: shipped rows and what the shop makes of them."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from gongdan.audit.actions import record
from gongdan.audit.queries import stale
from gongdan.catalog import access as catalog
from gongdan.catalog.models import Brand, Category
from gongdan.catalog.rules import checksum
from gongdan.devices import rules, states
from gongdan.devices.actions.records import plain, unknown
from gongdan.devices.events import Verb
from gongdan.devices.models import PolicyRow, ProductKind
from gongdan.fields import overlong
from gongdan.kernel.actor import Actor
from gongdan.kernel.edits import changed, only
from gongdan.kernel.errors import Invalid, Missing
from gongdan.kernel.text import _

POLICY_FIELDS = (
    "category_id", "product_kind", "brand_id", "series", "condition", "use_kind", "scope", "components", "months",
    "level", "free_part", "free_labour", "free_visit", "start", "valid_from", "valid_to", "kind", "basis", "regulation",
    "source", "is_active",
)  # fmt: skip
_DATA = Path(__file__).parents[1] / "data"


@transaction.atomic
def load_seed(*, by: Actor, at: datetime) -> int:
    """Add the shipped policy rows and kinds of product that the shop has not; how many. Needs the seeded catalogue.

    Rows that are there stay as the shop has them, so it may run again after an update.
    """
    by.require(catalog.EDIT)
    category_ids = dict(Category.objects.values_list("name", "pk"))
    brand_ids = dict(Brand.objects.values_list("name", "pk"))
    known_kinds = set(ProductKind.objects.values_list("name", flat=True))
    kinds = [
        ProductKind(
            category_id=category_ids[row["category"]],
            name=row["name"],
            parent=row["parent"],
            words=_list(row["words"]),
            is_default=row["is_default"] == "1",
            position=position,
        )
        for position, row in enumerate(_rows("kinds.csv"), 1)
        if row["name"] not in known_kinds and row["category"] in category_ids
    ]
    for kind in kinds:
        kind.checksum = checksum(kind.category_id, kind.name, kind.parent, kind.words, kind.is_default, kind.position)
    ProductKind.objects.bulk_create(kinds)
    known = set(PolicyRow.objects.values_list("code", flat=True))
    policies = [
        _seed_policy(row, category_ids, brand_ids)
        for row in _rows("policies.csv")
        if row["code"] not in known
        and (not row["category"] or row["category"] in category_ids)
        and (not row["brand"] or row["brand"] in brand_ids)
    ]
    for policy in policies:
        _sum_up(policy)
    PolicyRow.objects.bulk_create(policies)
    if policies:
        count = len(policies)
        record(Verb.POLICIES_SEEDED, policies[0], by=by, at=at, is_historic=True, count=count)
    return len(kinds) + len(policies)


@transaction.atomic
def add_policy(*, code: str, months: int, by: Actor, at: datetime, **columns: Any) -> PolicyRow:
    """A new row of the warranty table. Refused: the code is taken, or the row contradicts itself."""
    by.require(catalog.EDIT)
    row = PolicyRow(code=code.strip(), **only(columns | {"months": months}, POLICY_FIELDS))
    _check_policy(row)
    _sum_up(row)
    row.save()
    record(Verb.POLICY_ADDED, row, by=by, at=at, code=row.code)
    return row


@transaction.atomic
def edit_policy(policy_id: int, *, seen: int, by: Actor, at: datetime, **columns: Any) -> PolicyRow:
    """Change a row of the warranty table. Refused: it contradicts itself, or somebody saved meanwhile."""
    by.require(catalog.EDIT)
    row = PolicyRow.objects.select_for_update().filter(pk=policy_id).first()
    if row is None:
        raise Missing
    if row.version != seen:
        raise stale(row, seen, at=at)
    edits = changed(row, columns, POLICY_FIELDS)
    changes = {name: [plain(old), plain(new)] for name, (old, new) in edits.items()}
    _check_policy(row)
    if changes:
        row.version += 1
        _sum_up(row)
        row.save()
        record(Verb.POLICY_EDITED, row, by=by, at=at, code=row.code, changes=changes)
    return row


def _check_policy(row: PolicyRow) -> None:
    errors = overlong(row)
    if not row.code:
        errors["code"] = _("请填写编号，如 W100")
    elif PolicyRow.objects.filter(code=row.code).exclude(pk=row.pk).exists():
        errors["code"] = _("编号 {code} 已被使用，请换一个", code=row.code)
    words = {
        "scope": states.Scope, "level": states.Level, "kind": states.PolicyKind, "basis": states.PolicyBasis,
    }  # fmt: skip
    for name, known in words.items():
        if getattr(row, name) not in list(known):
            errors[name] = unknown(getattr(row, name))
    if row.use_kind and row.use_kind not in list(states.UseKind):
        errors["use_kind"] = unknown(row.use_kind)
    if row.start not in ("", rules.StartRule.INSTALLATION, rules.StartRule.INVOICE):
        errors["start"] = unknown(row.start)
    if not 0 <= row.months <= rules.MOST_MONTHS:
        errors["months"] = _("月数应在 0 到 {most} 之间", most=rules.MOST_MONTHS)
    if row.scope in (states.Scope.MAIN, states.Scope.OWN) and not row.components:
        errors["components"] = _("请填写部件名称")
    if row.valid_from is not None and row.valid_to is not None and row.valid_to < row.valid_from:
        errors["valid_to"] = _("购买日期的范围前后颠倒，请核对")
    if errors:
        raise Invalid(errors)


def _sum_up(row: PolicyRow) -> None:
    row.checksum = checksum(row.code, *(str(getattr(row, name)) for name in POLICY_FIELDS))


def _seed_policy(row: Mapping[str, str], category_ids: Mapping[str, int], brand_ids: Mapping[str, int]) -> PolicyRow:
    flags = {
        "all": rules.ALL_FREE, "part": rules.PART_FREE, "part_paid": rules.PART_PAID, "none": rules.NOTHING_FREE,
    }[row["preset"]]  # fmt: skip
    return PolicyRow(
        code=row["code"],
        category_id=category_ids[row["category"]] if row["category"] else None,
        product_kind=row["product_kind"],
        brand_id=brand_ids[row["brand"]] if row["brand"] else None,
        series=_list(row["series"]),
        condition=row["condition"],
        use_kind=row["use_kind"],
        scope=row["scope"],
        components=_list(row["components"]),
        months=int(row["months"]),
        level=row["level"],
        free_part=flags.part,
        free_labour=flags.labour,
        free_visit=flags.visit,
        start=row["start"],
        valid_from=row["valid_from"] or None,
        valid_to=row["valid_to"] or None,
        kind=row["kind"],
        basis=row["basis"],
        regulation=row["regulation"],
        source=row["source"],
        is_active=row["is_active"] == "1",
    )


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (_DATA / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _list(cell: str) -> list[str]:
    return [word for word in cell.split(";") if word]
