"""Verbs on imports: what a page or a command asks. The work itself stands in `check`, `load` and `undo`.

Those three read sheets and run long, so only the work process and the commands import them; this room never does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from gongdan.audit import actions as audit
from gongdan.audit.actions import record
from gongdan.audit.queries import stale
from gongdan.files import actions as files
from gongdan.imports import access, queries
from gongdan.imports.events import Verb
from gongdan.imports.models import Batch, SavedMapping
from gongdan.imports.rules import columns
from gongdan.imports.rules.columns import Field
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Invalid, Refused
from gongdan.kernel.text import _
from gongdan.people import access as people_access
from gongdan.people import queries as people

State = Batch.State
MOST_HEADER = 1000


@transaction.atomic
def upload(
    kind: str, *, name: str, content: bytes, by: Actor, at: datetime, site_id: int | None = None, follow: bool = True
) -> Batch:
    """Keep a spreadsheet and have it checked. Refused: no spreadsheet, too large, a site that is not the actor's.

    `follow=False`: the caller checks it himself, at once (the command line).
    """
    by.require(access.RUN)
    if kind not in Batch.Kind.values:
        raise Invalid({"kind": _("请选择要导入的内容：客户、设备或历史工单")})
    site = people.home_site(by) if site_id is None else people_access.visible_sites(by).filter(pk=site_id).first()
    if site is None:
        raise Invalid({"site_id": _("请选择您所属的站点")})
    batch = Batch.objects.create(
        kind=kind,
        site=site,
        file_name=name[:200],
        sha256=hashlib.sha256(content).hexdigest(),
        by_id=by.id if by.kind in {"staff", "technician"} else None,
        created_at=at,
    )
    kept = files.attach_table("imports.batch", batch.pk, name=name, content=content, by=by, at=at)
    batch.attachment_id, batch.file_name = kept.pk, kept.name
    batch.progress_id = audit.start_progress("imports.check", kept.name, by=by, at=at, site_id=site.pk)
    batch.save(update_fields=["attachment_id", "file_name", "progress"])
    record(Verb.UPLOADED, batch, by=by, at=at, is_historic=not follow, name=batch.file_name)
    return batch


@transaction.atomic
def remap(
    batch_id: int,
    mapping: Mapping[int, str],
    *,
    header_row: int | None = None,
    seen: int,
    by: Actor,
    at: datetime,
    follow: bool = True,
) -> Batch:
    """Say anew what the columns mean (and, if told, in which row their names stand, from 0), and have it checked again.

    With another header row the columns are guessed anew. Refused: a colleague was faster, it is being loaded, it is over.
    """
    batch = _locked(batch_id, seen=seen, by=by)
    _in_state(batch, State.CHECKED, State.FAILED)
    if header_row is not None and header_row != batch.header_row:
        if not 0 <= header_row < MOST_HEADER:
            raise Refused(_("列名所在的行应在 1 到 {most} 之间", most=MOST_HEADER), field="header_row")
        batch.header_row, batch.mapping = header_row, {}
        batch.options = {"header_chosen": True}
    else:
        fitting = set(columns.fields_for(batch.kind))
        wanted = {n: Field(word) if word in set(Field) else Field.SKIP for n, word in mapping.items()}
        if set(wanted.values()) - fitting:
            raise Refused(_("有一列选了不能导入的内容，请重新选择"), field="mapping")
        batch.mapping = {str(n): str(wanted.get(n, Field.SKIP)) for n in range(len(batch.columns))}
        batch.options = {"header_chosen": True, "mapping_chosen": True}
    batch.state, batch.version = State.UPLOADED, batch.version + 1
    batch.progress_id = audit.start_progress("imports.check", batch.file_name, by=by, at=at, site_id=batch.site_id)
    batch.save(update_fields=["header_row", "mapping", "options", "state", "version", "progress"])
    record(Verb.MAPPED, batch, by=by, at=at, is_historic=not follow)
    return batch


@transaction.atomic
def ask_load(batch_id: int, *, seen: int, by: Actor, at: datetime, follow: bool = True) -> Batch:
    """Load what the check found good, and remember the mapping for the next file with the same columns.

    Refused: the columns are not enough, no row is good, the same file was loaded before, a colleague was faster.
    """
    batch = _locked(batch_id, seen=seen, by=by)
    _in_state(batch, State.CHECKED)
    mapping = {int(n): Field(word) for n, word in batch.mapping.items()}
    if wrong := columns.problems(mapping, kind=batch.kind):
        raise Refused(wrong[0], code="mapping")
    if not batch.good_count:
        raise Refused(_("没有可以导入的行，请调整列的对应或修改文件后再上传"), code="nothing_good")
    key = columns.header_key(batch.columns)
    SavedMapping.objects.update_or_create(
        kind=batch.kind, header_key=key, defaults={"mapping": batch.mapping, "used_at": at}
    )
    batch.state, batch.version = State.LOADING, batch.version + 1
    batch.progress_id = audit.start_progress(
        "imports.load", batch.file_name, by=by, at=at, total=batch.good_count, site_id=batch.site_id
    )
    batch.save(update_fields=["state", "version", "progress"])
    record(Verb.LOAD_ASKED, batch, by=by, at=at, is_historic=not follow)
    return batch


def cancel(batch_id: int, *, by: Actor, at: datetime) -> None:
    """Stop the load at its next chunk; nothing of it stays. Refused: it is not being loaded (any more)."""
    batch = access.find(by, batch_id)
    if batch.state != State.LOADING or batch.progress_id is None or batch.options.get("showing"):
        raise Refused(_("这次导入没有在进行，不能取消；已完成的可以撤销"), code="not_loading")
    audit.ask_cancel(batch.progress_id, by=by, at=at)


@transaction.atomic
def ask_undo(batch_id: int, *, seen: int, by: Actor, at: datetime, follow: bool = True) -> Batch:
    """Take a finished import out again as a whole. Refused: later work hangs on what it brought (see `undo`)."""
    batch = _locked(batch_id, seen=seen, by=by)
    _in_state(batch, State.DONE)
    if (why := queries.later_work(batch)) is not None:
        raise Refused(why, code="in_use")
    batch.state, batch.version = State.UNDOING, batch.version + 1
    batch.save(update_fields=["state", "version"])
    record(Verb.UNDO_ASKED, batch, by=by, at=at, is_historic=not follow)
    return batch


def _locked(batch_id: int, *, seen: int, by: Actor) -> Batch:
    access.find(by, batch_id)
    batch = Batch.objects.select_for_update(of=("self",)).select_related("site").get(pk=batch_id)
    if batch.version != seen:
        raise stale(batch, seen)
    return batch


def _in_state(batch: Batch, *states: str) -> None:
    if batch.state not in states:
        raise Refused(
            _("这次导入现在是“{state}”，不能这样做；请刷新页面", state=queries.STATE_LABELS[batch.state]), code="state"
        )
