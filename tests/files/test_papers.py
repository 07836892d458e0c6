"""Issued papers: fixed when issued, drawn from their snapshot, copied as PDF."""

from __future__ import annotations

import dataclasses
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from gongdan.files import jobs, queries
from gongdan.files.actions import keep_paper
from gongdan.files.models import Attachment, Paper
from gongdan.files.rules import SIZES
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Missing, Refused
from gongdan.kernel.text import Text
from tests.files.sample import sample

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 11, 9, 42, tzinfo=UTC)
WANG = Actor("staff", 3, "王芳")
SUBJECT = Attachment(pk=5)  # any row can be what a paper is about
NUMBER = "TH260311-0007"


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


def issue(number: str = NUMBER, *, advice: str = "", **more: Any) -> Paper:
    paper = sample(number)
    snapshot = asdict(replace(paper, advice=advice) if advice else paper)
    facts: dict[str, Any] = {
        "subject": SUBJECT,
        "site_id": 1,
        "by": WANG,
        "at": NOW,
        "sheet": "files/sample.html",
    } | more
    kept = keep_paper("sample", number, snapshot, **facts)
    return queries.paper(kept.pk)


def test_a_paper_keeps_what_it_says_and_who_issued_it() -> None:
    paper = issue()

    assert (paper.kind, paper.number, paper.version, paper.subject_kind, paper.subject_id) == (
        *("sample", NUMBER, 1, "files.attachment", 5),
    )
    assert (paper.site_id, paper.actor_name, paper.issued_at) == (1, "王芳", NOW)
    assert paper.snapshot["totals"][2] == {
        "label": "应付",
        "amount": "¥320.00",
        "capitals": "人民币（大写）叁佰贰拾元整",
        "is_final": True,
    }
    assert queries.is_intact(paper)
    assert queries.papers_of(SUBJECT) == [paper]
    assert queries.papers_of(SUBJECT, kind="other") == []


def test_the_database_refuses_to_change_a_paper() -> None:
    paper = issue()

    with pytest.raises(DatabaseError, match="papers are never changed"), transaction.atomic():
        Paper.objects.filter(pk=paper.pk).update(snapshot={})

    assert queries.is_intact(queries.paper(paper.pk))


def test_a_number_is_issued_once() -> None:
    issue()

    with pytest.raises(DatabaseError), transaction.atomic():
        issue()


@pytest.mark.req("R-166")
def test_a_later_edit_makes_a_new_version_and_the_old_one_says_so() -> None:
    first = issue()

    second = issue(advice="新的建议", supersedes=first)

    assert (second.version, second.number) == (2, NUMBER)
    assert second.sha256 != first.sha256
    assert queries.paper_by_number("sample", NUMBER) == second
    assert marks(queries.render_html(queries.paper(first.pk), "A4")) == ["旧版"]
    assert marks(queries.render_html(second, "A4")) == []
    with pytest.raises(Refused, match="TH260311-0007 已经有新的版本"):
        issue(supersedes=first)
    with pytest.raises(Refused, match="TH260311-0007 已经有新的版本"):
        issue("TH260311-0009", reverses=first)


def test_a_reversed_paper_says_so_and_is_reversed_once() -> None:
    paper = issue()

    issue("TH260311-0008", reverses=paper)

    assert marks(queries.render_html(queries.paper(paper.pk), "A4")) == ["已冲红"]
    with pytest.raises(Refused, match="TH260311-0007 已经冲红"):
        issue("TH260311-0009", reverses=paper)
    with pytest.raises(Refused, match="TH260311-0007 已经冲红"):
        issue(supersedes=paper)


def test_a_paper_that_was_tampered_with_says_so() -> None:
    paper = issue()
    paper.snapshot["totals"][2]["amount"] = "¥3.20"

    assert marks(queries.render_html(paper, "A4")) == ["内容已被改动"]


def test_a_draft_says_so_on_every_size() -> None:
    assert [marks(queries.render_draft("files/sample.html", asdict(sample()), size)) for size in SIZES] == [
        ["草稿 未签发"] for _size in SIZES
    ]


def test_a_missing_paper_is_missing() -> None:
    with pytest.raises(Missing):
        queries.paper(99)
    assert queries.paper_by_number("sample", "x") is None


def test_a_paper_without_its_sheet_or_with_numbers_in_it_is_a_mistake_of_the_program() -> None:
    with pytest.raises(AssertionError, match="no template"):
        issue(sheet="files/nothing.html")
    with pytest.raises(AssertionError, match="no template"):
        issue(sheet="../config/settings.py")
    with pytest.raises(AssertionError, match="not final"):
        keep_paper("x", "1", {"n": 1}, subject=SUBJECT, site_id=1, by=WANG, at=NOW, sheet="files/sample.html")


@pytest.mark.parametrize("size", SIZES.values(), ids=list(SIZES))
def test_every_size_has_its_page_and_every_word(size: Any) -> None:
    page = queries.render_html(issue(), size.code)

    assert f"size: {size.width}mm {size.height}mm;" in page
    assert f'<body class="{size.look}">' in page
    for words in strings(asdict(sample())):
        assert escaped(words) in page


@pytest.mark.req("O-051")
def test_a_slip_can_be_had_in_large_type() -> None:
    page = queries.render_html(issue(), "A4L")

    assert '<body class="sheet large">' in page
    size = re.search(r"\.large \{[^}]*--text: (\d+)pt", page)
    assert size is not None
    assert int(size[1]) >= 16


def test_reprinting_reads_the_snapshot() -> None:
    paper = issue(advice="当时的建议")

    assert "当时的建议" in queries.render_html(queries.paper(paper.pk), "80mm")


def test_what_customers_type_is_only_text_on_paper() -> None:
    page = queries.render_html(issue(advice="<script>alert(1)</script>{{ 7*7 }}"), "A4")

    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{ 7*7 }}" in page


def test_nonce_and_toolbar_reach_the_page() -> None:
    page = queries.render_html(issue(), "A4", nonce="abc123", toolbar="<a href='?size=80mm'>80 mm</a>")

    assert '<style nonce="abc123">' in page
    assert "<nav class=\"toolbar\"><a href='?size=80mm'>80 mm</a></nav>" in page
    assert " style=" not in page  # the content policy would drop it


def test_an_empty_paper_has_no_empty_headings() -> None:
    bare = replace(sample(), parts=(), advice="", lines=(), stub=None)
    bare = replace(bare, head=replace(bare.head, qr=None, notes=(), copies=()))
    page = queries.render_draft("files/sample.html", asdict(bare), "A4")

    assert re.findall(r"<h2>(.*?)</h2>", page) == ["客户", "机器", "收费明细"]
    assert "无收费项目" in page
    assert 'class="qr"' not in page


needs_poppler = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils is not installed")


@needs_poppler
@pytest.mark.parametrize(
    ("size", "points"),
    [("A4", "595.28 x 841.89"), ("241x280", "683.15 x 792"), ("241x140", "683.15 x 396"), ("A5", "419.53 x 595.28")],
)
def test_a_pdf_has_the_exact_size_and_its_chinese_inside(size: str, points: str, tmp_path: Path) -> None:
    paper = issue()

    jobs.make_pdf(paper.pk, size, at=NOW)

    copy = queries.pdf_of(paper, size)
    assert copy is not None
    assert copy.attachment is not None
    assert (copy.attachment.name, copy.attachment.mime, copy.attachment.role) == (
        f"{NUMBER} {size}.pdf",
        "application/pdf",
        "pdf",
    )
    file = queries.file_of(copy.attachment)
    assert page_size(file) == pytest.approx([float(part) for part in points.split(" x ")], abs=0.05)
    text = tool("pdftotext", "-raw", str(file), "-")
    for words in ("广州天河惠民电器维修部", "人民币（大写）叁佰贰拾元整", "王小明", "¥320.00"):
        assert words in re.sub(r"\s", "", text)
    fonts = [line.split() for line in tool("pdffonts", str(file)).splitlines()[2:]]
    assert fonts
    assert all("yes" in row[-5] for row in fonts)  # embedded


@needs_poppler
def test_a_roll_is_cut_where_its_text_ends() -> None:
    short, long = issue("TH260311-0001"), issue("TH260311-0002", advice="保养建议。" * 200)

    heights = []
    for paper in (short, long):
        jobs.make_pdf(paper.pk, "80mm", at=NOW)
        copy = queries.pdf_of(paper, "80mm")
        assert copy is not None
        assert copy.attachment is not None
        file = queries.file_of(copy.attachment)
        width, height = page_size(file)
        heights.append(height)
        assert width == pytest.approx(226.77, abs=0.05)
        assert "Pages:           1\n" in tool("pdfinfo", str(file))

    assert 900 < heights[0] < heights[1] - 500


def test_a_pdf_is_made_once() -> None:
    paper = issue()
    jobs.make_pdf(paper.pk, "A5", at=NOW)
    made = queries.pdf_of(paper, "A5")

    jobs.make_pdf(paper.pk, "A5", at=datetime(2027, 1, 1, tzinfo=UTC))

    assert queries.pdf_of(paper, "A5") == made
    assert made is not None
    assert made.at == NOW
    assert queries.attachments_of("files.paper", paper.pk) == [made.attachment]


def test_without_fonts_the_paper_says_to_print_from_the_browser(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    no_fonts = tmp_path / "fc-list"
    no_fonts.write_text("#!/bin/sh\nexit 0\n")
    no_fonts.chmod(0o755)
    paper = issue()

    with monkeypatch.context() as patch:
        patch.setenv("PATH", str(tmp_path), prepend=":")
        jobs.make_pdf(paper.pk, "A4", at=NOW)
    refused = queries.pdf_of(paper, "A4")
    jobs.make_pdf(paper.pk, "A4", at=NOW)  # the fonts have been installed

    assert refused is not None
    assert refused.attachment is None
    assert refused.trouble is not None
    assert str(Text.from_json(refused.trouble)) == (
        "本机缺少生成 PDF 的组件（pango 或中文字体），请直接用浏览器打印，或在打印窗口选择“另存为 PDF”"
    )
    made = queries.pdf_of(paper, "A4")
    assert made is not None
    assert made.attachment is not None
    assert made.trouble is None


def test_papers_are_drawn_without_the_pdf_library() -> None:
    """A web worker imports all of this; the library would cost it 50 MB."""
    script = (
        "import django, sys; django.setup(); import gongdan.files.queries, gongdan.files.jobs, gongdan.files.actions;"
        "sys.exit('weasyprint' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_blocks_of_papers_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        sample().head.number = "2"  # type: ignore[misc]  # that is the point


def marks(page: str) -> list[str]:
    return re.findall(r'<p class="mark">(.*?)</p>', page)


def strings(value: Any) -> Iterator[str]:
    """Every word of the paper, but those of facts that are empty and left out."""
    if isinstance(value, dict):
        if value.get("value") == "":
            return
        for key, inner in value.items():
            if key not in ("qr", "box", "path"):
                yield from strings(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from strings(inner)
    elif isinstance(value, str) and value:
        yield value


def escaped(words: str) -> str:
    return words.replace("&", "&amp;").replace("<", "&lt;")


def tool(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def page_size(file: Path) -> list[float]:
    found = re.search(r"Page size:\s+([\d.]+) x ([\d.]+) pts", tool("pdfinfo", str(file)))
    assert found
    return [float(found[1]), float(found[2])]
