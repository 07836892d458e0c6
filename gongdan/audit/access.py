"""Who may look at the log beyond the timeline of a document."""

from __future__ import annotations

VIEW = "audit.view"
PERMISSIONS = (VIEW,)
