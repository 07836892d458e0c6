"""PDF copies of papers, made of the same HTML that is printed.

Only the work process calls this: the library that draws them costs 50 MB and more than a second to import.
"""

from __future__ import annotations

import shutil
import subprocess
from datetime import datetime
from functools import cache
from typing import Any, NoReturn

from gongdan.files import actions, queries
from gongdan.files.models import Paper
from gongdan.files.rules import size_of
from gongdan.kernel.actor import SYSTEM
from gongdan.kernel.text import _

USE_BROWSER = _("本机缺少生成 PDF 的组件（pango 或中文字体），请直接用浏览器打印，或在打印窗口选择“另存为 PDF”")
PX_PER_MM = 96 / 25.4
LONGEST_ROLL = 3000.0


def make_pdf(paper_id: int, size: str = "A4", *, at: datetime) -> None:
    """Make the PDF of a paper in one size, once. Where the machine cannot, the paper says so instead."""
    paper = queries.paper(paper_id)
    made = queries.pdf_of(paper, size)
    if made is not None and made.attachment_id is not None:
        return
    content = pdf_bytes(paper, size)
    if content is None:
        actions.keep_pdf_trouble(paper, size, USE_BROWSER, at=at)
    else:
        actions.keep_pdf(paper, size, content, by=SYSTEM, at=at)


def pdf_bytes(paper: Paper, size: str) -> bytes | None:
    """The PDF of a paper with its fonts inside; None where the machine lacks what is needed. A roll is cut to length."""
    try:
        from weasyprint import HTML
    except OSError:  # it loads pango and its kin while it is imported
        return None
    if not _has_chinese_font():
        return None
    height = None
    if size_of(size).is_roll:
        tall = _draw(HTML, queries.render_html(paper, size, height_mm=LONGEST_ROLL))
        height = _content_end(tall) / PX_PER_MM + size_of(size).bottom
    content: bytes = _draw(HTML, queries.render_html(paper, size, height_mm=height)).write_pdf(
        pdf_identifier=paper.sha256.encode()
    )
    return content


def _draw(html: Any, page: str) -> Any:
    return html(string=page, url_fetcher=_fetch_nothing).render(font_config=_font_configuration())


def _content_end(document: Any) -> float:
    """Where the body ends on the page, in CSS pixels. The page's boxes are not a public interface of the library, but the only one."""
    html = document.pages[0]._page_box.children[0]  # noqa: SLF001 - see above
    (body,) = (box for box in html.children if box.element_tag == "body")
    height: float = body.position_y + body.margin_height()
    return height


def _fetch_nothing(url: str, *_args: Any, **_more: Any) -> NoReturn:
    """Papers carry all they show; whatever points elsewhere must not make our machine ask for it."""
    message = f"papers load nothing: {url[:80]}"
    raise ValueError(message)


@cache
def _font_configuration() -> Any:
    from weasyprint.text.fonts import FontConfiguration

    return FontConfiguration()


def _has_chinese_font() -> bool:
    """Without one the PDF would come out as empty boxes and nobody told."""
    tool = shutil.which("fc-list")
    if tool is None:
        return True  # cannot be asked; fontconfig itself is there, or the import had failed
    listed = subprocess.run(  # noqa: S603 - fontconfig's own tool, asked a fixed question
        [tool, ":lang=zh", "family"], capture_output=True, text=True, check=False
    )
    return bool(listed.stdout.strip())
