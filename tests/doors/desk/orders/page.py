"""Reading a page as people do: its words, its buttons, its timeline."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

TAG = re.compile(r"<[^>]+>")
GONE = re.compile(r"<(script|style)\b.*?</\1>", re.DOTALL)


def text_of(page: Any) -> str:
    """The words of the page, one blank between them."""
    return " ".join(unescape(TAG.sub(" ", GONE.sub(" ", page.content.decode()))).split())


def button_labels(page: Any) -> list[str]:
    """What stands on buttons and on links that look like them."""
    found = re.findall(r"<(button|a|summary)\b[^>]*k-button[^>]*>(.*?)</\1>", page.content.decode(), re.DOTALL)
    return ["".join(TAG.sub("", inside).split()) for _tag, inside in found]


def timeline_of(page: Any) -> list[tuple[str, str, str]]:
    """Who, what and the exact time, as 处理过程 tells them from the top."""
    listed = page.content.decode().partition('class="k-timeline"')[2].partition("</ol>")[0]
    pattern = r'<b>(.*?)</b><time datetime="([^"]+)".*?<p>(.*?)</p>'
    return [(who, unescape(what.strip()), at) for who, at, what in re.findall(pattern, listed, re.DOTALL)]
