"""Pages for when something stands in the way: what happened, what stays safe, what to do next."""

from __future__ import annotations

import logging
import secrets
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import REASON_NO_CSRF_COOKIE
from django.utils.translation import gettext as _

from gongdan.doors.kit.render import _render, is_htmx
from gongdan.doors.kit.spoken import sentence
from gongdan.kernel.errors import Forbidden, Invalid, Missing, Refused

log = logging.getLogger("gongdan.errors")
API = "/api/"


def refusal_page(request: HttpRequest, refused: Refused) -> HttpResponse:
    """A refusal that no view answered, as a page of its own."""
    if isinstance(refused, Missing):
        return _answer(request, 404, _("没有找到"), sentence(refused.text), code=refused.code)
    if isinstance(refused, Forbidden):
        return _answer(request, 403, _("没有权限"), sentence(refused.text), code=refused.code)
    status = 422 if isinstance(refused, Invalid) else 409
    return _answer(request, status, _("没有办成"), sentence(refused.text), code=refused.code)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: what was sent cannot be read."""
    return _answer(
        request, 400, _("请求看不懂"), _("发来的内容不完整或格式不对，请返回上一页重新提交"), code="bad_request"
    )


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: seen but not allowed."""
    return _answer(request, 403, _("没有权限"), _("您没有权限进行此操作，请联系主管或管理员开通权限"), code="forbidden")


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: no such address."""
    return _answer(
        request,
        404,
        _("没有这个页面"),
        _("网址可能不完整，或内容已被移走；可以从菜单进入，或用上方的查找"),
        code="missing",
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """500: our fault. The reference stands in the log beside the traceback."""
    reference = secrets.token_hex(4)
    log.error("reference %s for %s %s", reference, request.method, request.path)
    detail = _("这一页没有打开，已保存的数据没有变动。请稍后再试；若再次出现，请把编号 %(reference)s 告诉管理员") % {
        "reference": reference
    }
    return _answer(request, 500, _("程序出错了"), detail, code="server_error")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the page was open too long, or cookies are off. The typed text is kept by the page."""
    detail = (
        _("浏览器没有保存 Cookie，无法提交；请允许本站使用 Cookie 后重试")
        if reason == REASON_NO_CSRF_COOKIE
        else _("页面打开太久，安全口令已过期；请返回上一页刷新后重新提交，填过的内容会自动恢复")
    )
    return _answer(request, 403, _("没有提交成功"), detail, code="csrf")


def _answer(request: HttpRequest, status: int, title: str, detail: str, *, code: str) -> HttpResponse:
    if request.path.startswith(API):
        return JsonResponse(
            {"type": "about:blank", "title": title, "status": status, "detail": detail, "code": code},
            status=status,
            content_type="application/problem+json",
            json_dumps_params={"ensure_ascii": False},
        )
    if is_htmx(request):
        bar = _render(request, "kit/_message.html", {"text": detail, "tone": "danger", "undo": ""})
        return HttpResponse(bar, status=status, headers={"HX-Retarget": "#messages", "HX-Reswap": "innerHTML"})
    context = {"status": status, "phrase": HTTPStatus(status).phrase, "title": title, "detail": detail}
    return HttpResponse(_render(request, "kit/error.html", context), status=status)
