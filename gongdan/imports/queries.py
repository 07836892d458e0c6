"""Reading imports: the list, one batch with its columns and counts, its rows with their reasons."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from gongdan.audit import queries as audit
from gongdan.audit.queries import ProgressRow
from gongdan.customers.models import Customer
from gongdan.devices.models import ArchiveEntry, Cover, Device, Stay
from gongdan.imports import access
from gongdan.imports.models import Batch, RowVerdict
from gongdan.imports.rules import columns
from gongdan.imports.rules.columns import Field
from gongdan.kernel.actor import Actor
from gongdan.kernel.text import Text, _
from gongdan.orders.models import DeviceLine, Order

KIND_LABELS: dict[str, Text] = {
    Batch.Kind.PAST_ORDERS: _("历史工单"),
    Batch.Kind.CUSTOMERS: _("客户"),
    Batch.Kind.DEVICES: _("设备"),
}
STATE_LABELS: dict[str, Text] = {
    Batch.State.UPLOADED: _("检查中"),
    Batch.State.CHECKED: _("待导入"),
    Batch.State.LOADING: _("导入中"),
    Batch.State.UNDOING: _("撤销中"),
    Batch.State.DONE: _("已导入"),
    Batch.State.FAILED: _("未导入"),
    Batch.State.UNDONE: _("已撤销"),
}
VERDICT_LABELS: dict[str, Text] = {
    RowVerdict.Verdict.REFUSED: _("不能导入"),
    RowVerdict.Verdict.DUPLICATE: _("重复"),
    RowVerdict.Verdict.WARNED: _("有提醒"),
    RowVerdict.Verdict.GOOD: _("可导入"),
}


@dataclass(frozen=True, slots=True)
class ColumnCard:
    """A column of the file: its name, some of its cells, and what it is taken for."""

    index: int
    head: str
    samples: list[str]
    field: str


@dataclass(frozen=True, slots=True)
class BatchCard:
    """One import as its page shows it. `good` counts the rows that go in; `warned` of them carry a note."""

    id: int
    kind: str
    state: str
    site_name: str
    file_name: str
    encoding: str
    sheet: str
    header_row: int
    columns: list[ColumnCard]
    is_remembered: bool
    rows: int
    good: int
    warned: int
    duplicate: int
    refused: int
    problems: list[Text]
    notes: list[Text]
    failure: Text | None
    progress: ProgressRow | None
    made: dict[str, int]
    version: int
    created_at: datetime
    finished_at: datetime | None

    @property
    def is_busy(self) -> bool:
        """Whether the work process has something to do: the page asks again."""
        return self.state in {Batch.State.UPLOADED, Batch.State.LOADING, Batch.State.UNDOING}

    @property
    def may_load(self) -> bool:
        """Whether it may be loaded as it stands."""
        return self.state == Batch.State.CHECKED and self.good > 0 and not self.problems

    def time_left(self, now: datetime) -> timedelta | None:
        """How long the load will still take, by how long it took so far; None while too little is known."""
        row = self.progress
        if row is None or not row.done or row.done >= row.total:
            return None
        return (now - row.created_at) / row.done * (row.total - row.done)


def batches(actor: Actor) -> QuerySet[Batch, Any]:
    """The actor's imports, for a list."""
    return access.visible_to(actor).values(
        "id", "kind", "state", "file_name", "row_count", "good_count", "duplicate_count", "refused_count",
        "created_at", "site__name", "by__name",
    )  # fmt: skip


def card(batch_id: int, actor: Actor) -> BatchCard:
    """One import. Missing: there is none; Forbidden: not yours."""
    return card_of(access.find(actor, batch_id))


def card_of(batch: Batch) -> BatchCard:
    """One import as its page shows it."""
    options = batch.options
    samples: list[list[str]] = options.get("samples", [])
    mapping = {int(n): Field(word) for n, word in batch.mapping.items()}
    failure = options.get("failure")
    return BatchCard(
        id=batch.pk,
        kind=batch.kind,
        state=batch.state,
        site_name=batch.site.name,
        file_name=batch.file_name,
        encoding=batch.encoding,
        sheet=batch.sheet,
        header_row=batch.header_row,
        columns=[
            ColumnCard(n, head, samples[n] if n < len(samples) else [], str(mapping.get(n, Field.SKIP)))
            for n, head in enumerate(batch.columns)
        ],
        is_remembered=bool(options.get("remembered")),
        rows=batch.row_count,
        good=batch.good_count,
        warned=options.get("warned", 0),
        duplicate=batch.duplicate_count,
        refused=batch.refused_count,
        problems=columns.problems(mapping, kind=batch.kind) if batch.state == Batch.State.CHECKED else [],
        notes=[Text.from_json(note) for note in options.get("notes", [])],
        failure=Text.from_json(failure) if failure else None,
        progress=audit.progress(batch.progress_id) if batch.progress_id else None,
        made=options.get("made", {}),
        version=batch.version,
        created_at=batch.created_at,
        finished_at=batch.finished_at,
    )


def verdicts(batch_id: int, actor: Actor) -> QuerySet[RowVerdict, Any]:
    """The rows of an import that need a look, and some good ones, for a list."""
    access.find(actor, batch_id)
    rows = RowVerdict.objects.filter(batch=batch_id)
    return rows.values("id", "row", "verdict", "reasons", "preview")


def reasons_of(row: dict[str, Any]) -> list[Text]:
    """Why a row of `verdicts` got its verdict."""
    return [Text.from_json(reason) for reason in row["reasons"]]


def later_work(batch: Batch) -> Text | None:
    """What was done since with what this import brought, so that it cannot go any more; None if nothing was."""
    customers = Customer.objects.filter(batch_id=batch.pk)
    own_devices = Device.objects.filter(batch_id=batch.pk)
    others = Q(batch_id__isnull=True) | ~Q(batch_id=batch.pk)
    of_others = Q(order__batch_id__isnull=True) | ~Q(order__batch_id=batch.pk)
    order = Order.objects.filter(others, customer__in=customers).first()
    if order is None:
        line = DeviceLine.objects.filter(of_others, device__in=own_devices).first()
        order = line.order if line is not None else None
    if order is not None:
        return _("工单 {number} 已经用到这次导入的客户或设备，不能撤销", number=order.number)
    if Device.objects.filter(others, customer__in=customers).exists():
        return _("这次导入的客户名下又登记了设备，不能撤销")
    if ArchiveEntry.objects.filter(others, device__in=own_devices).exists():
        return _("这次导入的设备又有了新的维修记录，不能撤销")
    if Cover.objects.filter(device__in=own_devices).exists() or Stay.objects.filter(device__in=own_devices).exists():
        return _("这次导入的设备又登记了延保、合同或在修时间，不能撤销")
    edited = customers.filter(version__gt=1).first() or own_devices.filter(version__gt=1).first()
    if edited is not None:
        return _("这次导入的“{name}”已被修改过，不能撤销", name=str(edited)[:40])
    return None
