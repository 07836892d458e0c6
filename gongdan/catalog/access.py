"""Permission strings of the catalogue. Everybody reads it."""

from __future__ import annotations

EDIT = "catalog.edit"
PERMISSIONS = (EDIT,)
