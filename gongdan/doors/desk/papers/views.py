"""Papers as they were issued, their PDF, and attached files: through the eyes of whoever may see what they hang on."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from csp.constants import NONCE
from csp.decorators import csp_update
from django.http import FileResponse, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from gongdan.doors.desk.papers.subjects import may_see, order_number
from gongdan.doors.kit.middleware import StaffRequest
from gongdan.doors.kit.render import render_block, see
from gongdan.doors.kit.spoken import sentence
from gongdan.files import queries as files
from gongdan.files.rules import SIZES
from gongdan.flows import pdf as pdfs
from gongdan.kernel.errors import Forbidden
from gongdan.kernel.text import Text

SHORT = {"241": "241x140", "80": "80mm", "a4": "A4"}  # as people write them
SHOWN_IN_PLACE = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif", "application/pdf"})


@require_safe
@csp_update({"style-src": [NONCE]})  # type: ignore[arg-type]  # the request is ours
def paper(request: StaffRequest, pk: int) -> HttpResponse:
    """The paper in one size, with a bar above it that is not printed. Refused: no such size."""
    found = _paper(request, pk)
    size = _size(request.GET.get("size", ""))
    bar = render_block(request, "desk/papers/bar.html", "bar", _bar(request, found, size))
    nonce = str(request.csp_nonce)  # type: ignore[attr-defined]  # of the policy's middleware
    return HttpResponse(files.render_html(found, size, nonce=nonce, toolbar=bar))


@require_http_methods(["GET", "HEAD", "POST"])
def pdf(request: StaffRequest, pk: int) -> HttpResponse:
    """GET: whether the PDF is there, as JSON. POST: have it made; the page then waits for it."""
    found = _paper(request, pk)
    size = _size(request.GET.get("size", ""))
    copy = files.pdf_of(found, size)
    if request.method == "POST":
        if copy is not None and copy.attachment_id is not None:
            return see(request, reverse("desk:attachment", args=[copy.attachment_id]))
        pdfs.ask(found.pk, size, by=request.actor, at=request.now)
        return see(request, f"{reverse('desk:paper', args=[pk])}?size={size}&pdf=1")
    return JsonResponse({"url": _file_url(copy), "trouble": _trouble(copy)})


@require_safe
def attachment(request: StaffRequest, pk: int) -> FileResponse:
    """A file as it was attached. Pictures and PDFs open in the browser, all else is saved."""
    found = files.attachment(pk)
    if not may_see(found.subject_kind, found.subject_id, request.actor):
        raise Forbidden
    way = "inline" if found.mime in SHOWN_IN_PLACE else "attachment"
    response = FileResponse(files.file_of(found).open("rb"), content_type=found.mime)
    response["Content-Disposition"] = f"{way}; filename*=UTF-8''{quote(found.name, safe='')}"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    response["Cache-Control"] = "private, max-age=3600"
    return response


def _paper(request: StaffRequest, pk: int) -> Any:
    found = files.paper(pk)
    if not may_see(found.subject_kind, found.subject_id, request.actor):
        raise Forbidden
    return found


def _size(typed: str) -> str:
    return SHORT.get(typed, typed or "A4")


def _bar(request: StaffRequest, found: Any, size: str) -> dict[str, Any]:
    copy = files.pdf_of(found, size)
    number = order_number(found.subject_kind, found.subject_id, request.actor)
    here = reverse("desk:paper", args=[found.pk])
    return {
        "back": reverse("desk:order", args=[number]) if number else "",
        "back_label": number,
        "sizes": [(one.label, f"{here}?size={code}", code == size) for code, one in SIZES.items() if code != "A5"],
        "pdf_url": f"{reverse('desk:paper-pdf', args=[found.pk])}?size={size}",
        "file_url": _file_url(copy),
        "trouble": _trouble(copy),
        "is_waiting": request.GET.get("pdf") == "1" and not _file_url(copy) and not _trouble(copy),
    }


def _file_url(copy: Any) -> str:
    return reverse("desk:attachment", args=[copy.attachment_id]) if copy is not None and copy.attachment_id else ""


def _trouble(copy: Any) -> str:
    return sentence(Text.from_json(copy.trouble)) if copy is not None and copy.trouble else ""
