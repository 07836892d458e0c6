"""What people do with a page, in a word."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect


def choose(page: Page | Locator, name: str, label: str) -> None:
    """Presses the segment of that field."""
    page.locator(f"label:has(input[name={name}])", has_text=re.compile(f"^{re.escape(label)}$")).click()


def press(page: Page | Locator, label: str) -> None:
    """Presses the button that says just this."""
    page.get_by_role("button", name=label, exact=True).click()


def unfold(page: Page | Locator, label: str) -> None:
    """Opens what lies under this heading."""
    page.locator("summary", has_text=label).click()


def told(page: Page, words: str) -> None:
    """The message bar says it."""
    expect(page.locator(".k-message", has_text=words).first).to_be_visible()
