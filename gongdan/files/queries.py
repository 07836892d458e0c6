"""Reading attachments and papers, and drawing a paper as HTML for screen and printer."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import segno
from django.apps import apps
from django.conf import settings
from django.db import models
from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from gongdan.fields.prepared import Prepared
from gongdan.files.models import Attachment, Paper, PdfCopy
from gongdan.files.rules import code128, digest, size_of
from gongdan.kernel.errors import Missing


def attachments_of(subject_kind: str, subject_id: int, *, role: str | None = None) -> list[Attachment]:
    """What hangs on a thing, oldest first, without the recorded strokes of signatures."""
    found: list[Attachment] = _ATTACHED.rows(subject_kind, subject_id)
    return found if role is None else [one for one in found if one.role == role]


_ATTACHED = Prepared(
    lambda kind, pk: Attachment.objects.filter(subject_kind=kind, subject_id=pk).defer("strokes").order_by("id"),
    str,
    int,
)


def attachment(attachment_id: int) -> Attachment:
    """The attachment. Refused: there is none."""
    found = Attachment.objects.filter(pk=attachment_id).first()
    if found is None:
        raise Missing
    return found


def file_of(attachment: Attachment) -> Path:
    """Where the content lies. Refused: the file is gone from the disk."""
    path = Path(settings.MEDIA_ROOT) / attachment.path
    if not path.is_file():
        raise Missing
    return path


def paper(paper_id: int) -> Paper:
    """The paper, whatever became of it. Refused: there is none."""
    found = _papers().filter(pk=paper_id).first()
    if found is None:
        raise Missing
    return found


def paper_by_number(kind: str, number: str) -> Paper | None:
    """The latest version of the paper of this number."""
    return _papers().filter(kind=kind, number=number).order_by("-version").first()


def papers_of(subject: models.Model, *, kind: str | None = None) -> list[Paper]:
    """The papers issued about a thing, newest first, all versions."""
    found = _papers().filter(subject_kind=subject._meta.label_lower, subject_id=subject.pk).order_by("-id")
    return list(found if kind is None else found.filter(kind=kind))


@dataclass(frozen=True, slots=True)
class PaperRow:
    """A paper as a list shows it."""

    id: int
    kind: str
    number: str
    version: int
    title: str
    issued_at: datetime
    is_reversed: bool
    is_superseded: bool


def papers_about(subjects: Mapping[str, Collection[int]]) -> list[PaperRow]:
    """The papers issued about any of these things, ids by kind, newest first, all versions. One query."""
    asked = models.Q()
    for kind, ids in subjects.items():
        if ids:
            asked |= models.Q(subject_kind=kind, subject_id__in=ids)
    if not asked:
        return []
    columns = (
        "id", "kind", "number", "version", "snapshot__head__title", "issued_at", "reversed_by", "superseded_by",
    )  # fmt: skip
    found = [
        PaperRow(pk, kind, number, version, str(title or ""), at, reversed_by is not None, superseded_by is not None)
        for pk, kind, number, version, title, at, reversed_by, superseded_by in Paper.objects.filter(asked).values_list(
            *columns
        )
    ]
    return sorted(found, key=lambda paper: -paper.id)


def is_intact(paper: Paper) -> bool:
    """Whether the paper still says what it said when it was issued."""
    return digest(paper.kind, paper.number, paper.version, paper.snapshot) == paper.sha256


def pdf_of(paper: Paper, size: str) -> PdfCopy | None:
    """The PDF copy with its attachment, or with the trouble that kept it from being made; None: not made yet."""
    return PdfCopy.objects.select_related("attachment").filter(paper=paper, size=size).first()


def sheet_exists(sheet: str) -> bool:
    """Whether an app has this sheet, "<app>/<name>.html"."""
    return _read_sheet(sheet) is not None


def render_html(paper: Paper, size: str, *, nonce: str = "", toolbar: str = "", height_mm: float | None = None) -> str:
    """The paper as one HTML page for screen and printer, from its snapshot. Refused: no such size.

    A paper that was superseded, reversed or changed behind our back says so across its face. `nonce` lets its style sheet
    through the content policy; `toolbar` is HTML shown above it on the screen only; `height_mm` is for rolls.
    """
    if not is_intact(paper):
        mark = "内容已被改动"
    elif hasattr(paper, "reversed_by"):
        mark = "已冲红"
    elif hasattr(paper, "superseded_by"):
        mark = "旧版"
    else:
        mark = ""
    return _render(paper.sheet, paper.snapshot, size, mark=mark, nonce=nonce, toolbar=toolbar, height_mm=height_mm)


def render_draft(sheet: str, snapshot: Mapping[str, Any], size: str, *, nonce: str = "", toolbar: str = "") -> str:
    """A paper that is not issued, marked 草稿 across its face. Refused: no such size."""
    return _render(sheet, snapshot, size, mark="草稿 未签发", nonce=nonce, toolbar=toolbar, height_mm=None)


def _papers() -> models.QuerySet[Paper]:
    return Paper.objects.select_related("superseded_by", "reversed_by")


def _render(
    sheet: str,
    snapshot: Mapping[str, Any],
    size_code: str,
    *,
    mark: str,
    nonce: str,
    toolbar: str,
    height_mm: float | None,
) -> str:
    size = size_of(size_code)
    return (
        _environment()
        .get_template(sheet)
        .render(
            s=_by_name(snapshot),
            size=size,
            height=height_mm or size.height,
            mark=mark,
            nonce=nonce,
            toolbar=Markup(toolbar),  # noqa: S704 - made by the door, not typed
        )
    )


def _by_name(value: Any) -> Any:
    """The snapshot with fields by name: in a plain dict Jinja would find the method `items` before the field of that name."""
    if isinstance(value, Mapping):
        return SimpleNamespace(**{key: _by_name(inner) for key, inner in value.items()})
    if isinstance(value, list | tuple):
        return [_by_name(inner) for inner in value]
    return value


@cache
def _environment() -> Environment:
    """An environment of its own: papers know no request, no user and no translation, only their snapshot."""
    environment = Environment(
        loader=FunctionLoader(_read_sheet),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"qr": _qr, "barcode": _barcode}
    return environment


def _read_sheet(name: str) -> str | None:
    """`<app>/<file>` is that file in the app's folder `sheets`."""
    found = re.fullmatch(r"([a-z]+)/(\w+\.(?:html|css))", name)
    if not found or not apps.is_installed(f"gongdan.{found[1]}"):
        return None
    path = Path(apps.get_app_config(found[1]).path) / "sheets" / found[2]
    return path.read_text(encoding="utf-8") if path.is_file() else None


def _qr(content: str) -> Markup:
    """The QR code as SVG that fills its place."""
    code = segno.make(content, micro=False, error="m")
    return Markup(code.svg_inline(omitsize=True, border=0, svgclass="qr", lineclass=None))  # noqa: S704 - drawn here


def _barcode(text: str) -> Markup:
    """The Code 128 bar code as SVG that fills its place."""
    widths = code128(text)
    x, bars = 0, []
    for n, width in enumerate(widths):
        if n % 2 == 0:
            bars.append(f"M{x} 0h{width}v10h-{width}z")
        x += width
    return Markup(  # noqa: S704 - numbers only
        f'<svg class="barcode" viewBox="0 0 {x} 10" preserveAspectRatio="none"><path d="{"".join(bars)}"/></svg>'
    )
