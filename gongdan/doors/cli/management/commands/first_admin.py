"""`manage.py first_admin`: the way into a shop that nobody can log in to yet."""

from __future__ import annotations

import secrets
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.translation import gettext as _

from gongdan.kernel.actor import SYSTEM
from gongdan.people import access, actions


class Command(BaseCommand):
    help = "Make a first site with an administrator and show the password once. Does nothing when there is staff."

    def handle(self, *args: Any, **options: Any) -> None:
        if access.visible_to(SYSTEM).exists():
            return
        now = timezone.now()
        password = secrets.token_urlsafe(9)
        site = actions.add_site(code="01", name=_("总店"), by=SYSTEM, at=now)
        actions.add_staff(
            username="admin",
            name=_("系统管理员"),
            site_id=site.pk,
            roles=["admin"],
            password=password,
            by=SYSTEM,
            at=now,
        )
        self.stdout.write(_("登录名 admin，密码 %(password)s（只显示这一次，请登录后修改）") % {"password": password})
