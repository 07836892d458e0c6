"""`manage.py logins`: who can log in to the demo shop."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from gongdan.doors.cli.demo import words
from gongdan.kernel.actor import SYSTEM
from gongdan.orders.queries import station_rows
from gongdan.orders.states import Status

_SHOWN = (
    ("laoban", "系统管理员/老板"),
    ("kefu", "客服：接待、回访"),
    ("paigong", "派工员"),
    ("shifu", "师傅"),
    ("shouyin", "收银"),
    ("zhuguan", "主管"),
)


class Command(BaseCommand):
    help = "Print the log-ins of the demo shop."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--orders", action="store_true", help="one order number per status instead, for pictures")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["orders"]:
            for status in Status:
                for row in station_rows(SYSTEM, [status], limit=1).rows:
                    self.stdout.write(f"{status.value}={row['number']}")
            return
        self.stdout.write(f"演示账号（密码都是 {words.PASSWORD}）/ demo log-ins (password {words.PASSWORD}):")
        for username, what in _SHOWN:
            self.stdout.write(f"  {username:<10}{what}")
