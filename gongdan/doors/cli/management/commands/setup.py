"""`manage.py setup`: what every shop starts with - roles, divisions, catalogue, warranty rows, price books, accounts."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.module_loading import import_string

from gongdan.catalog import actions as catalog
from gongdan.customers import actions as customers
from gongdan.devices import actions as devices
from gongdan.followup import actions as followup
from gongdan.kernel.actor import SYSTEM
from gongdan.orders import actions as orders
from gongdan.people import actions as people
from gongdan.pricing import actions as pricing
from gongdan.settlement import actions as settlement


class Command(BaseCommand):
    help = "Make or complete the seed that every shop starts with. Safe to run again."

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        people.seed_roles(import_string(settings.ROLES))
        customers.load_divisions()
        catalog.load_seed(by=SYSTEM, at=now)
        devices.load_seed(by=SYSTEM, at=now)
        pricing.load_seed(by=SYSTEM, at=now)
        settlement.seed_accounts()
        followup.seed_labels()
        followup.seed_periodic()
        orders.seed_rules()
        self.stdout.write("基础资料已就绪：角色、行政区划、品类与故障、保修规则、价目、收款账户")
