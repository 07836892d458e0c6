"""The dry run: read the file, understand its columns, judge every row, write nothing but verdicts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from gongdan.audit import actions as audit
from gongdan.audit.actions import record
from gongdan.imports.actions.reading import Judged, Tell, judge, table_of
from gongdan.imports.events import Verb
from gongdan.imports.models import Batch, RowVerdict, SavedMapping
from gongdan.imports.rules import cells, columns
from gongdan.imports.rules.columns import Field
from gongdan.imports.rules.tables import MOST_COLUMNS, Table
from gongdan.kernel.actor import SYSTEM
from gongdan.kernel.errors import Refused
from gongdan.kernel.text import Text, _

CHUNK = 500
GOOD_SAMPLES = 20
State = Batch.State


def run(batch_id: int, *, at: datetime, clock: Callable[[], datetime]) -> None:
    """Check the batch if it waits for that. Running it twice checks once. The clock goes on during the work."""
    batch = Batch.objects.select_related("site").get(pk=batch_id)
    if batch.state != State.UPLOADED:
        return
    try:
        table = table_of(batch)
        _understand(batch, table)
        judged = judge(batch, table, _mapping(batch), at=at, tell=_teller(batch, clock))
    except Refused as refused:
        _failed(batch, refused.text, at=clock())
        return
    _keep_verdicts(batch, judged)
    counts = Counter(one.verdict for one in judged)
    batch.row_count = len(judged)
    batch.good_count = counts["good"] + counts["warned"]
    batch.duplicate_count, batch.refused_count = counts["duplicate"], counts["refused"]
    batch.options["warned"] = counts["warned"]
    batch.state = State.CHECKED
    with transaction.atomic():
        batch.save(
            update_fields=[
                "encoding", "sheet", "header_row", "columns", "mapping", "options", "row_count", "good_count",
                "duplicate_count", "refused_count", "state",
            ]
        )  # fmt: skip
        facts: dict[str, Any] = {
            "good": batch.good_count,
            "duplicate": batch.duplicate_count,
            "refused": batch.refused_count,
        }
        record(Verb.CHECKED, batch, by=SYSTEM, at=at, **facts)
    if batch.progress_id:
        message = _("检查完毕：{good} 行可导入，{duplicate} 行重复，{refused} 行不能导入", **facts)
        audit.finish(batch.progress_id, message=message, at=clock())


def _understand(batch: Batch, table: Table) -> None:
    """Header and mapping: what the user chose, else what was chosen last time for such a header, else a guess."""
    chosen = batch.options
    if chosen.get("header_chosen") and batch.header_row >= len(table.rows):
        raise Refused(
            _("文件只有 {count} 行，列名不可能在第 {row} 行", count=len(table.rows), row=batch.header_row + 1)
        )
    found = columns.guess(
        table.rows, kind=batch.kind, header_row=batch.header_row if chosen.get("header_chosen") else None
    )
    batch.header_row, batch.columns = found.header_row, [head[:60] for head in found.columns]
    batch.encoding, batch.sheet = table.encoding, table.sheet[:100]
    if not chosen.get("mapping_chosen"):
        batch.mapping = {str(n): str(field) for n, field in found.mapping.items()}
        key = columns.header_key(batch.columns)
        saved = SavedMapping.objects.filter(kind=batch.kind, header_key=key).values_list("mapping", flat=True).first()
        if saved is not None:
            batch.mapping, chosen["remembered"] = saved, True
    below = table.rows[batch.header_row + 1 :]
    chosen["samples"] = [_samples(below, n) for n in range(len(batch.columns))]
    notes = []
    if table.is_cut:
        notes.append(_("表格太宽，只读了前 {most} 列", most=MOST_COLUMNS))
    done = Batch.objects.filter(site=batch.site, kind=batch.kind, sha256=batch.sha256, state=State.DONE).first()
    if done is not None:
        notes.append(_("同一个文件在 {at:datetime} 已经导入过", at=done.finished_at))
    chosen["notes"] = [note.as_json() for note in notes]


def _samples(rows: Sequence[Sequence[cells.Cell]], n: int) -> list[str]:
    """The first different cells of a column, cut short."""
    found: dict[str, None] = {}
    for row in rows[:200]:
        if n < len(row) and (text := cells.plain(row[n])[:30]):
            found[text] = None
        if len(found) == 3:
            break
    return list(found)


def _mapping(batch: Batch) -> dict[int, Field]:
    return {int(n): Field(word) for n, word in batch.mapping.items()}


def _keep_verdicts(batch: Batch, judged: Sequence[Judged]) -> None:
    """Every row with a reason, and the first good ones; what an earlier check kept goes."""
    while ids := list(RowVerdict.objects.filter(batch=batch).values_list("pk", flat=True)[:CHUNK]):
        RowVerdict.objects.filter(pk__in=ids).delete()
    good = [one for one in judged if one.verdict == "good"][:GOOD_SAMPLES]
    kept = [one for one in judged if one.verdict != "good"] + good
    for start in range(0, len(kept), CHUNK):
        RowVerdict.objects.bulk_create(
            RowVerdict(
                batch=batch,
                row=one.facts.row,
                verdict=one.verdict,
                reasons=[reason.as_json() for reason in one.reasons],
                preview=one.facts.preview(),
            )
            for one in kept[start : start + CHUNK]
        )


def _failed(batch: Batch, why: Text, *, at: datetime) -> None:
    batch.state, batch.options["failure"], batch.finished_at = State.FAILED, why.as_json(), at
    with transaction.atomic():
        batch.save(update_fields=["state", "options", "finished_at"])
        record(Verb.FAILED, batch, by=SYSTEM, at=at, reason=why)
    if batch.progress_id:
        audit.fail(batch.progress_id, message=why, at=at)


def _teller(batch: Batch, clock: Callable[[], datetime]) -> Tell:
    def tell(done: int, total: int) -> None:
        if batch.progress_id:
            audit.advance(batch.progress_id, done=done, total=total, at=clock())

    return tell
