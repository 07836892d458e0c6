"""`manage.py seed_demo`: the living demo shop, in an empty database."""

from __future__ import annotations

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from gongdan.doors.cli.demo.build import build
from gongdan.kernel.actor import SYSTEM
from gongdan.people.access import visible_sites


class Command(BaseCommand):
    help = "Build the demo shop around now (or --now 2026-11-25T10:30+08:00). Does nothing where a shop stands already."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--now", default="", help="the moment that the shop stands around, with its time zone")

    def handle(self, *args: Any, **options: Any) -> None:
        if visible_sites(SYSTEM).exists():
            self.stdout.write("已有站点资料，演示数据不再生成")
            return
        call_command("setup", stdout=self.stdout)
        now = parse_datetime(options["now"]) if options["now"] else timezone.now()
        assert now is not None, "--now is not a date and time"
        count = build(now)
        self.stdout.write(f"演示门店已就绪：2 个站点、15 名员工、一百多位客户、{count} 张工单")
