"""Attaching files and signatures, and issuing papers."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models, transaction

from gongdan.files.models import Attachment, Paper, PdfCopy
from gongdan.files.queries import sheet_exists
from gongdan.files.rules import (
    PDF,
    SVG,
    FileKind,
    check_size,
    clean_name,
    digest,
    ink_of,
    kind_of_content,
    kind_of_table,
    plain_snapshot,
    svg_of,
)
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Refused
from gongdan.kernel.text import Text, _


def attach(
    subject_kind: str, subject_id: int, *, name: str, content: bytes, by: Actor, at: datetime, role: str = ""
) -> Attachment:
    """Keep a picture or PDF with its subject. Refused: empty, too large, or of another kind than its name may say."""
    check_size(len(content), limit=settings.ATTACHMENT_MAX_BYTES)
    kind = kind_of_content(content)
    return _attach(subject_kind, subject_id, clean_name(name, kind), kind, content, by=by, at=at, role=role)


def attach_table(
    subject_kind: str, subject_id: int, *, name: str, content: bytes, by: Actor, at: datetime
) -> Attachment:
    """Keep a spreadsheet with its subject. Refused: empty, too large, locked by a password, or no spreadsheet."""
    check_size(len(content), limit=settings.ATTACHMENT_MAX_BYTES)
    kind = kind_of_table(content)
    return _attach(subject_kind, subject_id, clean_name(name, kind), kind, content, by=by, at=at, role="table")


def attach_signature(
    subject_kind: str, subject_id: int, *, strokes: Sequence[Mapping[str, Any]], signer: str, by: Actor, at: datetime
) -> Attachment:
    """Keep a signature as the pad recorded it and as a drawing. Refused: nothing is drawn.

    `rules.ink_of(attachment.strokes)` puts it on a paper.
    """
    content = svg_of(ink_of(strokes))
    return _attach(
        subject_kind,
        subject_id,
        clean_name(f"签名 {signer}", SVG),
        SVG,
        content,
        by=by,
        at=at,
        role="signature",
        signer=signer.strip()[:60],
        strokes=[{"points": [{"x": p["x"], "y": p["y"]} for p in stroke["points"]]} for stroke in strokes],
    )


@transaction.atomic
def keep_paper(
    kind: str,
    number: str,
    snapshot: Mapping[str, Any],
    *,
    subject: models.Model,
    site_id: int,
    by: Actor,
    at: datetime,
    sheet: str = "",
    supersedes: Paper | None = None,
    reverses: Paper | None = None,
) -> Paper:
    """Issue a paper: what it says is fixed from now on, and reprinting reads it from here.

    `snapshot` is `asdict` of the app's frozen paper. The sheet is `<app of the subject>/<kind>.html` unless named. A paper
    that `supersedes` another keeps its number and is its next version. Refused: the other is superseded or reversed.
    """
    sheet = sheet or f"{subject._meta.app_label}/{kind}.html"
    assert sheet_exists(sheet), f"no template {sheet}"
    plain = plain_snapshot(snapshot)
    version = 1
    if other := supersedes or reverses:
        _lock_current(other)
    if supersedes is not None:
        assert (supersedes.kind, supersedes.number) == (kind, number), "a new version keeps kind and number"
        version = supersedes.version + 1
    return Paper.objects.create(
        kind=kind,
        number=number,
        version=version,
        subject_kind=subject._meta.label_lower,
        subject_id=subject.pk,
        site_id=site_id,
        sheet=sheet,
        snapshot=plain,
        sha256=digest(kind, number, version, plain),
        supersedes=supersedes,
        reverses=reverses,
        actor_kind=by.kind,
        actor_id=by.id,
        actor_name=by.name[:60],
        issued_at=at,
    )


@transaction.atomic
def keep_pdf(paper: Paper, size: str, content: bytes, *, by: Actor, at: datetime) -> PdfCopy:
    """Keep the PDF that was made of a paper; a second one of the same size replaces the first."""
    suffix = "" if paper.version == 1 else f" v{paper.version}"
    name = clean_name(f"{paper.number}{suffix} {size}", PDF)
    attachment = _attach("files.paper", paper.pk, name, PDF, content, by=by, at=at, role="pdf")
    copy, _made = PdfCopy.objects.update_or_create(
        paper=paper, size=size, defaults={"attachment": attachment, "trouble": None, "at": at}
    )
    return copy


def keep_pdf_trouble(paper: Paper, size: str, trouble: Text, *, at: datetime) -> PdfCopy:
    """Say on the paper's page why there is no PDF of it."""
    copy, _made = PdfCopy.objects.update_or_create(
        paper=paper, size=size, defaults={"attachment": None, "trouble": trouble.as_json(), "at": at}
    )
    return copy


def _lock_current(paper: Paper) -> None:
    current = Paper.objects.select_for_update().get(pk=paper.pk)
    if Paper.objects.filter(supersedes=current).exists():
        raise Refused(
            _("{number} 已经有新的版本，请打开最新版本再操作", number=current.number), code="paper_superseded"
        )
    if Paper.objects.filter(reverses=current).exists():
        raise Refused(_("{number} 已经冲红，不能再改；请重新开单", number=current.number), code="paper_reversed")


def _attach(
    subject_kind: str,
    subject_id: int,
    name: str,
    kind: FileKind,
    content: bytes,
    *,
    by: Actor,
    at: datetime,
    **more: Any,
) -> Attachment:
    sha256 = hashlib.sha256(content).hexdigest()
    path = f"{sha256[:2]}/{sha256}{kind.ending}"
    _store(Path(settings.MEDIA_ROOT) / path, content)
    return Attachment.objects.create(
        subject_kind=subject_kind,
        subject_id=subject_id,
        name=name,
        mime=kind.mime,
        size=len(content),
        sha256=sha256,
        path=path,
        actor_kind=by.kind,
        actor_id=by.id,
        actor_name=by.name[:60],
        at=at,
        **more,
    )


def _store(path: Path, content: bytes) -> None:
    """Write the file whole or not at all: a name that is its content's hash must never hold half of it.

    A transaction that is rolled back leaves a file that nothing points to; it costs its room only.
    """
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(part).replace(path)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise
