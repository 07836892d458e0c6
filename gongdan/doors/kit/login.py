"""Log-in by allauth, closed: accounts are made by the shop, never by visitors."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongdan.doors.kit.errors import _answer


class ClosedAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """No sign-up; sentences in our own words."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": gettext_lazy("用户名或密码不对，请检查大小写后重试"),
        "too_many_login_attempts": gettext_lazy("尝试次数太多，请过几分钟再试"),
        "account_inactive": gettext_lazy("这个账号已停用，请联系管理员"),
        "enter_current_password": gettext_lazy("当前密码不对，请重新输入"),
        "incorrect_password": gettext_lazy("当前密码不对，请重新输入"),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """What allauth would tell ("signed in as ...") is left out: the page itself shows it."""

    def send_mail(self, *args: Any, **kwargs: Any) -> None:
        """No mail about log-ins: many shops have no mail server."""


def locked_out(request: HttpRequest, response: HttpResponse | None = None, credentials: Any = None) -> HttpResponse:
    """Too many wrong passwords: says how long to wait."""
    detail = _("密码连续输错次数太多，为了安全已暂停登录；请 15 分钟后再试，或请管理员重置密码")
    return _answer(request, 429, _("暂停登录"), detail, code="locked_out")
