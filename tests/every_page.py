"""Every page of the desk, found by following its links, and what is looked at on each in a browser."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

from django.test import Client
from django.urls import Resolver404, URLPattern, resolve, reverse
from playwright.sync_api import Page

from gongdan.doors.desk import urls as desk
from gongdan.orders.states import Status

# Documents of one kind stand in several states, each with other forms: as many of these are looked at.
SEVERAL = {"order": 10, "repair-order": 3, "settlement-order": 3, "dispatch-order": 3, "quote": 2}
AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
SERIOUS = """
async () => {
  const found = await axe.run(document, {resultTypes: ["violations"]});
  return found.violations
    .filter((v) => v.impact === "serious" || v.impact === "critical")
    .flatMap((v) => v.nodes.map((n) => `${v.id} ${n.target.join(" ")} ${n.html.slice(0, 160)}`));
}
"""
# What can be pressed or typed into has a place in the order of Tab; what only looks like it is found by its role.
OUT_OF_REACH = """
() => {
  const shown = (e) => e.checkVisibility({visibilityProperty: true, contentVisibilityAuto: true});
  const name = (e) => e.outerHTML.slice(0, 120);
  // Rows, questions and choices are one stop of Tab each; arrows walk among them. The commonest faults have digits.
  const together = "[data-rows], [data-questions], [role=listbox], [role=radiogroup]";
  const byArrows = (e) => [...(e.closest(together)?.querySelectorAll("*") ?? [])].some((one) => one.tabIndex >= 0 && shown(one));
  const byKey = (e) => byArrows(e) || e.matches("[data-pick-clear], [data-common-fault]");
  const all = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")];
  return [
    ...[...document.querySelectorAll("[tabindex]")].filter((e) => e.tabIndex > 0).map((e) => `tabindex: ${name(e)}`),
    ...all.filter((e) => shown(e) && !e.disabled && e.tabIndex < 0 && !byKey(e))
          .map((e) => `not by Tab: ${name(e)}`),
    ...[...document.querySelectorAll("[onclick], [role=button], [role=link], [role=tab], [data-url]")]
          .filter((e) => shown(e) && e.tabIndex < 0 && !byKey(e) && !e.querySelector("a[href], button, input, [tabindex='0']"))
          .map((e) => `only by mouse: ${name(e)}`),
  ];
}
"""
# Where Tab has to stop, but for what it has stopped at since `watch`. Radios of one name are one stop.
STOPS = """
() => {
  const shown = (e) => e.checkVisibility({visibilityProperty: true, contentVisibilityAuto: true}) && !e.closest("[inert]");
  const group = (e) => (e.type === "radio" ? [...document.getElementsByName(e.name)].filter((r) => r.form === e.form) : [e]);
  window.reached ??= new Set();
  return [...document.querySelectorAll("*")]
    .filter((e) => e.tabIndex >= 0 && !e.disabled && shown(e) && !group(e).some((one) => window.reached.has(one)))
    .map((e) => e.outerHTML.slice(0, 120));
}
"""
WATCH = """
() => {
  window.reached = new Set();
  document.addEventListener("focusin", (event) => window.reached.add(event.target), true);
}
"""
SPARE = 60  # presses beyond the stops: what appears on the way, and places that scroll
AT_A_TIME = 20


Kind = tuple[str, str]
# What a page is made of, whatever its data: classes, names of fields, where its forms and buttons lead.
PARTS = re.compile(r'\b(class|name|action|formaction|hx-post)="([^"]*)"')


class Crawl:
    """Follows the links of the desk from page to page, one page of each kind."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.parts: dict[str, set[str]] = {}  # of each page that was reached
        self._seen: Counter[Kind] = Counter()
        self._waiting: list[str] = []
        self._known: set[str] = set()

    def pages(self) -> list[str]:
        """The addresses of all pages that were reached."""
        found: list[str] = []
        for pattern in desk.urlpatterns:
            if isinstance(pattern, URLPattern) and not pattern.pattern.converters and pattern.name:
                self._add(reverse(f"desk:{pattern.name}"))
        for status in Status:
            self._add(f"{reverse('desk:orders')}?state={status}", is_kept=False)
        while self._waiting:
            url = self._waiting.pop(0)
            answer = self._client.get(url)
            kind = answer.headers.get("Content-Type", "")
            if answer.status_code != 200 or not kind.startswith("text/html"):
                continue
            text = answer.content.decode()
            if "<html" not in text or "/kit/" not in text:  # a fragment, or a paper, which is as wide as it is printed
                continue
            if "?state=" not in url:
                found.append(url)
                self.parts[url] = set(_parts(text))
            links = [html.unescape(link) for link in re.findall(r'(?:href|data-url)="(/[^"#]*)', text)]
            for link in links:
                self._add(link)
        return found

    def beside(self, other: Crawl) -> list[str]:
        """The pages here that hold what no page of their kind holds there: another role sees other things.

        Of several with the same only the first.
        """
        known: dict[Kind, set[str]] = {}
        for url, parts in other.parts.items():
            known.setdefault(_kind(url), set()).update(parts)
        found = []
        for url, parts in self.parts.items():
            of_kind = known.setdefault(_kind(url), set())
            if parts - of_kind:
                of_kind |= parts
                found.append(url)
        return found

    def _add(self, url: str, *, is_kept: bool = True) -> None:
        path = urlsplit(url).path if is_kept else url
        if path in self._known:
            return
        self._known.add(path)
        if is_kept:
            try:
                match = resolve(path)
            except Resolver404:
                return
            kind = _kind(path)
            if match.app_names != ["desk"] or self._seen[kind] >= SEVERAL.get(match.url_name or "", 1):
                return
            self._seen[kind] += 1
        self._waiting.append(path)


def _kind(path: str) -> Kind:
    """Name and words of an address: pages of one kind differ in their data only."""
    match = resolve(path)
    words = "/".join(str(v) for v in match.kwargs.values() if isinstance(v, str) and v.isalpha())
    return (match.url_name or "", words)


def _parts(text: str) -> Iterator[str]:
    for what, value in PARTS.findall(text):
        if what == "class":
            yield from value.split()
        elif what == "name":
            yield re.sub(r"\d+", "#", value)
        else:
            path = urlsplit(html.unescape(value)).path
            yield f"to {_kind(path)[0]}" if path.startswith("/") else ""


def look_at_phone(page: Page, url: str) -> dict[str, list[str]]:
    """What is wrong with one page on a telephone: serious and critical findings of axe, sideways scrolling."""
    page.set_viewport_size({"width": 375, "height": 812})
    page.goto(url)
    page.wait_for_selector("html.js")
    page.evaluate(AXE)
    wrong: dict[str, list[str]] = {"axe, 375 px": page.evaluate(SERIOUS), "375 px": _too_wide(page)}
    return {what: some for what, some in wrong.items() if some}


def look_at(page: Page, url: str) -> dict[str, list[str]]:
    """What is wrong with one page: serious and critical findings of axe, sideways scrolling at 375 px, out of reach."""
    page.set_viewport_size({"width": 1366, "height": 768})
    page.goto(url)
    page.wait_for_selector("html.js")
    page.evaluate(AXE)
    wrong: dict[str, list[str]] = {
        "axe": page.evaluate(SERIOUS),
        "keyboard": page.evaluate(OUT_OF_REACH),
    }
    page.set_viewport_size({"width": 375, "height": 812})
    wrong["375 px"] = _too_wide(page)
    return {what: some for what, some in wrong.items() if some}


def _too_wide(page: Page) -> list[str]:
    width = int(page.evaluate("document.scrollingElement.scrollWidth"))
    return [f"{width} px wide"] if width > 375 else []


def walk_by_tab(page: Page, url: str) -> list[str]:
    """What pressing Tab does not reach once around the page."""
    page.set_viewport_size({"width": 1366, "height": 768})
    page.goto(url)
    page.wait_for_selector("html.js")
    page.evaluate(WATCH)
    left: list[str] = page.evaluate(STOPS)
    assert left, f"{url} has nothing to press"
    for _some in range(0, len(left) + SPARE, AT_A_TIME):
        for _press in range(AT_A_TIME):
            page.keyboard.press("Tab")
        left = page.evaluate(STOPS)
        if not left:
            break
    return left


def summary(wrong: dict[str, Any]) -> str:
    """Findings by page, to be read."""
    return "\n".join(
        f"{url} {what}: {one}" for url, some in wrong.items() for what, ones in some.items() for one in ones
    )
