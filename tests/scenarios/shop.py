"""A shop as it stands on the first day: roles, divisions, catalogue, warranty rows, price books, accounts, labels."""

from __future__ import annotations

from datetime import datetime

import pytest

from gongdan.catalog import actions as catalog
from gongdan.devices import actions as devices
from gongdan.followup import actions as followup
from gongdan.kernel.actor import SYSTEM
from gongdan.orders import actions as orders
from gongdan.pricing import actions as pricing
from gongdan.settlement import actions as settlement


@pytest.fixture
def shop(db: None, now: datetime) -> None:
    catalog.load_seed(by=SYSTEM, at=now)
    devices.load_seed(by=SYSTEM, at=now)
    pricing.load_seed(by=SYSTEM, at=now)
    settlement.seed_accounts()
    followup.seed_labels()
    orders.seed_rules()
