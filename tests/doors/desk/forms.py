"""What a browser would send of a form on a page."""

from __future__ import annotations

from html.parser import HTMLParser


class _Inputs(HTMLParser):
    """Collects the inputs of the form that sends to `action`, of the only one with `was` where none is named."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self.action, self.is_in, self.area, self.select = action, False, "", ""
        self.values: dict[str, str] = {}
        self.found: list[dict[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        name = told.get("name", "")
        if tag == "form":
            self.is_in, self.values = self.action in told.get("action", ""), {}
        if not self.is_in:
            return
        if tag == "input" and name:
            is_choice = told.get("type") in {"checkbox", "radio"}
            if not is_choice or "checked" in told:
                self.values[name] = told.get("value", "on" if is_choice else "")
        elif tag == "textarea":
            self.area = name
            self.values[name] = ""
        elif tag == "select":
            self.select = name
        elif tag == "option" and self.select and ("selected" in told or self.select not in self.values):
            self.values[self.select] = told.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self.area = ""
        elif tag == "select":
            self.select = ""
        elif tag == "form" and self.is_in:
            self.found.append(self.values)
            self.is_in = False

    def handle_data(self, data: str) -> None:
        if self.area and self.is_in:
            self.values[self.area] += data


def inputs_of(html: str, action: str = "") -> dict[str, str]:
    """All inputs of the form whose address contains `action`; without one, of the form that remembers what it held."""
    parser = _Inputs(action)
    parser.feed(html)
    return next(values for values in parser.found if action or "was" in values)
