"""Refusals as problem details (RFC 9457), in Chinese with an English twin; the stable word stands in `code`."""

from __future__ import annotations

import logging
import secrets
from http import HTTPStatus
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import translation
from django.utils.translation import gettext
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError

from gongdan.kernel.errors import Forbidden, Invalid, Missing, Refused, Stale
from gongdan.kernel.text import Text, _

log = logging.getLogger("gongdan.api")

# Fields that somebody might send although they are always computed.
COMPUTED = frozenset(
    {"due", "due_fen", "amount", "amount_fen", "price", "price_fen", "total", "total_fen", "unit_fen", "share", "change", "change_fen"}
)  # fmt: skip
_REASONS: dict[str, Text] = {
    "missing": _("缺少这一项，请补上"),
    "extra_forbidden": _("没有这一项，请删去或检查拼写"),
    "string_too_long": _("内容太长，请缩短"),
    "string_type": _("要填写文字"),
    "int_type": _("要填写整数"),
    "int_parsing": _("要填写整数"),
    "bool_type": _("要填写 true 或 false"),
    "bool_parsing": _("要填写 true 或 false"),
    "enum": _("不在可选范围内，请从接口说明里选择"),
    "literal_error": _("不在可选范围内，请从接口说明里选择"),
    "greater_than_equal": _("数字太小，请检查"),
    "less_than_equal": _("数字太大，请检查"),
    "timezone_aware": _("时间要带时区，例如 2026-03-11T10:00:00+08:00"),
    "too_long": _("项数太多，请分批提交"),
    "json_invalid": _("内容不是有效的 JSON"),
}
_WRONG = _("内容格式不对，请按接口说明检查")
_AMOUNT = _("应收金额由价目计算，不能填写；请删去这一项")
_INVALID = _("有 {count} 处填写不对，请按提示修改")


class Problem(Schema):
    """What stands against a request."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    detail_en: str
    code: str
    errors: dict[str, str] | None = None
    number: str | None = None  # of the order that stands against it


def problem(
    status: int, text: Text, *, code: str, errors: dict[str, Text] | None = None, number: str | None = None
) -> HttpResponse:
    """One refusal as a response."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": _said(text, "zh-hans"),
        "detail_en": _said(text, "en"),
        "code": code,
        "errors": {name: _said(said, "zh-hans") for name, said in errors.items()} if errors else None,
        "number": number,
    }
    return JsonResponse(
        body, status=status, content_type="application/problem+json", json_dumps_params={"ensure_ascii": False}
    )


def install(api: NinjaAPI) -> None:
    """Answer every kind of failure of this API as a problem."""
    api.add_exception_handler(Refused, _refused)
    api.add_exception_handler(ValidationError, _invalid)
    api.add_exception_handler(AuthenticationError, _unauthenticated)
    api.add_exception_handler(HttpError, _http_error)
    api.add_exception_handler(Http404, _not_found)
    api.add_exception_handler(Exception, _broken)


def _refused(request: HttpRequest, refused: Any) -> HttpResponse:
    assert isinstance(refused, Refused)
    errors = refused.errors if isinstance(refused, Invalid) else None
    number = str(refused.text.facts["number"]) if refused.code == "duplicate_open" else None
    return problem(_status_of(refused), refused.text, code=refused.code, errors=errors, number=number)


def _status_of(refused: Refused) -> int:
    if isinstance(refused, Missing):
        return 404
    if isinstance(refused, Forbidden):
        return 403
    if isinstance(refused, Stale):
        return 409
    if isinstance(refused, Invalid) or refused.code in ("once_key_reused", "once_key_bad", "amount", "window"):
        return 422
    return 409


def _invalid(request: HttpRequest, failure: Any) -> HttpResponse:
    assert isinstance(failure, ValidationError)
    errors: dict[str, Text] = {}
    for row in failure.errors:
        place = ".".join(str(part) for part in row["loc"][1:] if part not in ("data", "payload")) or str(row["loc"][-1])
        name = place.rsplit(".", 1)[-1]
        if row["type"] == "extra_forbidden" and name in COMPUTED:
            errors[place] = _AMOUNT
        else:
            errors[place] = _REASONS.get(row["type"], _WRONG)
    return problem(422, Text(_INVALID.template, {"count": len(errors)}), code="invalid", errors=errors)


def _unauthenticated(request: HttpRequest, failure: Any) -> HttpResponse:
    response = problem(401, _("请先登录，或在请求头里带上有效的接口令牌"), code="unauthenticated")
    response["WWW-Authenticate"] = "Bearer"
    return response


def _http_error(request: HttpRequest, failure: Any) -> HttpResponse:
    assert isinstance(failure, HttpError)
    if failure.status_code == 400:
        return problem(400, _REASONS["json_invalid"], code="bad_request")
    if failure.status_code == 403:
        return problem(403, Forbidden().text, code="forbidden")
    return problem(failure.status_code, _WRONG, code="bad_request")


def _not_found(request: HttpRequest, failure: Any) -> HttpResponse:
    return problem(404, _("没有找到，请检查编号"), code="missing")


def _broken(request: HttpRequest, failure: Any) -> HttpResponse:
    reference = secrets.token_hex(4)
    log.error("reference %s for %s %s", reference, request.method, request.path, exc_info=failure)
    return problem(
        500,
        _("程序出错，已保存的数据没有变动；请把编号 {reference} 告诉管理员", reference=reference),
        code="server_error",
    )


def _said(text: Text, language: str) -> str:
    with translation.override(language):
        return text.render(gettext)
