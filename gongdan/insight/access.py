"""Permission strings of the figures."""

from __future__ import annotations

VIEW = "insight.view"
PERMISSIONS = (VIEW,)
