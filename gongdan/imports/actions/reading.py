"""A batch's file as judged rows: what check shows and load takes in are the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from gongdan.files import queries as files
from gongdan.imports.actions.known import OTHER_NAME, STEP, Categories, Customers, Devices, device_keys
from gongdan.imports.models import Batch
from gongdan.imports.rules import rows, tables
from gongdan.imports.rules.columns import Field
from gongdan.imports.rules.rows import Facts
from gongdan.imports.rules.tables import Table
from gongdan.kernel.calendar import local_day
from gongdan.kernel.errors import Missing, Refused
from gongdan.kernel.text import Text, _
from gongdan.orders.models import Order
from gongdan.people.queries import settings_for

Tell = Callable[[int, int], None]  # done, of how many


@dataclass(slots=True)
class Judged:
    """A row with its verdict (a value of `RowVerdict.Verdict`) and the reasons for it."""

    facts: Facts
    verdict: str
    reasons: list[Text]

    @property
    def goes_in(self) -> bool:
        """Whether the row is imported."""
        return self.verdict in {"good", "warned"}


def table_of(batch: Batch) -> Table:
    """The batch's file, read. Refused: it cannot be read, or is gone from the disk."""
    try:
        content = files.file_of(files.attachment(batch.attachment_id or 0)).read_bytes()
    except (Missing, OSError) as gone:
        raise Refused(_("上传的文件已不在磁盘上，请重新上传"), code="file_gone") from gone
    return tables.read(content)


def judge(batch: Batch, table: Table, mapping: dict[int, Field], *, at: datetime, tell: Tell) -> list[Judged]:
    """Every row that is not blank, with its verdict; duplicates are told from rows before it and from what is there."""
    below = table.rows[batch.header_row + 1 :]
    area_code, today = batch.site.area_code, local_day(at)
    doubtful = settings_for(batch.site_id).of(rows.DOUBTFUL_YUAN)
    judged: list[Judged] = []
    for n, row in enumerate(below):
        if n % 2000 == 0:
            tell(n, len(below))
        if rows.is_blank(row):
            continue
        number = batch.header_row + 2 + n
        facts = rows.read(
            row, mapping, number=number, kind=batch.kind, area_code=area_code, today=today, doubtful_yuan=doubtful
        )
        judged.append(Judged(facts, facts.verdict, [*facts.refusals, *facts.warnings]))
    if batch.kind != Batch.Kind.CUSTOMERS:
        _note_categories(judged)
    _DUPLICATES[batch.kind](batch, [one for one in judged if one.goes_in])
    tell(len(below), len(below))
    return judged


def _note_categories(judged: Sequence[Judged]) -> None:
    categories = Categories()
    for one in judged:
        if one.goes_in and one.facts.category and not categories.is_known(one.facts):
            one.reasons.append(_("没有“{word}”这个品类，归入“{other}”", word=one.facts.category, other=OTHER_NAME))
            one.verdict = "warned"


def _refuse(one: Judged, why: Text) -> None:
    one.verdict = "duplicate"
    one.reasons.insert(0, why)


def _past_orders(batch: Batch, judged: Sequence[Judged]) -> None:
    known: dict[str, str] = {}
    numbered = [one for one in judged if one.facts.old_number]
    for some in _steps(numbered):
        found = Order.objects.filter(site=batch.site, old_number__in=[one.facts.old_number for one in some])
        known |= dict(found.exclude(batch_id=batch.pk).values_list("old_number", "number"))
    plain = [one for one in judged if not one.facts.old_number]
    same: dict[tuple[datetime, str, str], str] = {}
    if plain:
        times = [one.facts.received_at for one in plain if one.facts.received_at]
        past = Order.objects.filter(
            site=batch.site, is_historic=True, old_number="", received_at__gte=min(times), received_at__lte=max(times)
        ).exclude(batch_id=batch.pk)
        columns = ("received_at", "phone_code", "contact_name", "symptom", "number")
        for received_at, code, name, symptom, number in past.values_list(*columns).iterator(chunk_size=2000):
            same[received_at, code or name, symptom] = number
    seen: dict[tuple[object, ...], int] = {}
    for one in judged:
        facts = one.facts
        if facts.old_number:
            key: tuple[object, ...] = (facts.old_number,)
            there = known.get(facts.old_number)
        else:
            key = (
                facts.received_at, facts.customer_keys, facts.category, facts.brand, facts.model, facts.serial,
                facts.telling,
            )  # fmt: skip
            assert facts.received_at is not None, "a row without a day was refused"
            there = same.get((facts.received_at, facts.codes[0] if facts.codes else facts.name, facts.telling))
        if key in seen:
            _refuse(one, _in_file(seen[key], _("单号相同") if facts.old_number else _("内容相同")))
        elif there:
            _refuse(one, _("系统里已有这张工单：{number}", number=there))
        seen.setdefault(key, facts.row)


def _customers(batch: Batch, judged: Sequence[Judged]) -> None:
    known = Customers(batch.site, batch_id=batch.pk)
    seen: dict[str, int] = {}
    for some in _steps(judged):
        known.learn(one.facts for one in some)
        for one in some:
            before = next((seen[key] for key in one.facts.customer_keys if key in seen), None)
            if before is not None:
                _refuse(one, _in_file(before, _("电话相同") if one.facts.codes else _("姓名和地址相同")))
            elif known.find(one.facts) is not None:
                same = _("电话相同") if one.facts.codes else _("姓名和地址相同")
                _refuse(one, _("系统里已有这位客户（{same}）", same=same))
            for key in one.facts.customer_keys:
                seen.setdefault(key, one.facts.row)


def _devices(batch: Batch, judged: Sequence[Judged]) -> None:
    customers, devices, categories = Customers(batch.site, batch_id=batch.pk), Devices(), Categories()
    seen: dict[tuple[object, ...], int] = {}
    for some in _steps(judged):
        customers.learn(one.facts for one in some)
        owners = [customers.find(one.facts) for one in some]
        devices.learn(owner for owner in owners if owner is not None)
        for one, owner in zip(some, owners, strict=True):
            facts = one.facts
            keys = device_keys(owner or 0, categories.find(facts), facts.brand, facts.model, facts.serial)
            key = (facts.customer_keys[0], *keys[0][1:])
            if key in seen:
                _refuse(one, _in_file(seen[key], _("同一客户的同一台设备")))
            elif owner is not None and devices.find(keys) is not None:
                _refuse(one, _("系统里该客户名下已有这台设备"))
            seen.setdefault(key, facts.row)


_DUPLICATES: dict[str, Callable[[Batch, Sequence[Judged]], None]] = {
    Batch.Kind.PAST_ORDERS: _past_orders,
    Batch.Kind.CUSTOMERS: _customers,
    Batch.Kind.DEVICES: _devices,
}


def _in_file(row: int, same: Text) -> Text:
    return _("与文件第 {row} 行重复（{same}）", row=row, same=same)


def _steps(rows: Sequence[Judged]) -> Iterator[Sequence[Judged]]:
    for start in range(0, len(rows), STEP):
        yield rows[start : start + STEP]
