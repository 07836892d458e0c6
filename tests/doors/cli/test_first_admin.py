from __future__ import annotations

import io
import re

import pytest
from django.contrib.auth import authenticate
from django.core.management import call_command
from django.test import RequestFactory

from gongdan.config.roles import ROLES
from gongdan.people import access, actions
from gongdan.people.queries import actor_for


@pytest.mark.django_db
def test_a_shop_without_staff_gets_one_administrator_whose_password_is_shown_once() -> None:
    actions.seed_roles(ROLES)
    first, second = io.StringIO(), io.StringIO()

    call_command("first_admin", stdout=first)
    call_command("first_admin", stdout=second)

    shown = re.search(r"登录名 (\S+)，密码 (\S+)（", first.getvalue())
    assert shown is not None
    user = authenticate(RequestFactory().get("/"), username=shown[1], password=shown[2])
    assert user is not None
    assert actor_for(user).may(access.MANAGE)
    assert second.getvalue() == ""
