"""Refusals: the only exceptions that a user is meant to read."""

from __future__ import annotations

from gongdan.kernel.text import Text, _


class Refused(Exception):  # noqa: N818 - it is an answer to the user, not an error in the program
    """The system says no, in a sentence that tells what stands against it and what to do next.

    `field` names the form field that it belongs to, if any; `code` is a stable word for API clients.
    """

    def __init__(self, text: Text, *, code: str = "refused", field: str = "") -> None:
        super().__init__(str(text))
        self.text = text
        self.code = code
        self.field = field


class Invalid(Refused):
    """Several fields are wrong at once: `errors` maps each field name to its sentence (422 at the API)."""

    def __init__(self, errors: dict[str, Text]) -> None:
        first = next(iter(errors))
        super().__init__(errors[first], code="invalid", field=first)
        self.errors = errors


class Stale(Refused):
    """Somebody else saved in the meantime (409). The sentence names who, when and what changed."""

    def __init__(self, text: Text) -> None:
        super().__init__(text, code="stale")


class Forbidden(Refused):
    """The actor may not do this, or may not see this thing (403)."""

    def __init__(self, text: Text = _("您没有权限进行此操作，请联系主管或管理员开通权限")) -> None:  # noqa: B008 - frozen sentence
        super().__init__(text, code="forbidden")


class Missing(Refused):
    """There is no such thing (404)."""

    def __init__(self, text: Text = _("没有找到这条记录，可能已被删除，请返回列表查找")) -> None:  # noqa: B008 - frozen sentence
        super().__init__(text, code="missing")
