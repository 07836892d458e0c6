"""Addresses that only take what was sent: opened, they lead to the document they are about."""

from __future__ import annotations

from gongdan.doors.kit.posting import sent_to

posted = sent_to("desk:repair-order", "number")
posted_quote = sent_to("desk:quote", "number")
posted_device = sent_to("desk:device", "pk")
