"""What follows from what: event verb -> jobs to run. Jobs are dotted paths below `gongdan` and safe to run twice."""

from __future__ import annotations

from collections.abc import Mapping

TABLE: Mapping[str, tuple[str, ...]] = {}
