"""Verbs on people: `sites`, `staff` with roles and tokens, `teams`, and the `settings` of the shop and its sites."""

from __future__ import annotations

from gongdan.people.actions.settings import (
    MOST_HOURS,
    MOST_MINUTES,
    drop_settings,
    edit_settings,
    save_values,
)
from gongdan.people.actions.sites import add_site, edit_site
from gongdan.people.actions.staff import (
    SHORTEST_PASSWORD,
    STAFF_FIELDS,
    CertificateDraft,
    add_certificate,
    add_staff,
    bring_back_staff,
    clear_sessions,
    edit_role,
    edit_staff,
    end_staff,
    issue_token,
    revoke_token,
    seed_roles,
    set_password,
)
from gongdan.people.actions.teams import add_team, edit_team
from gongdan.people.models import SETTINGS_FIELDS

__all__ = [
    "MOST_HOURS",
    "MOST_MINUTES",
    "SETTINGS_FIELDS",
    "SHORTEST_PASSWORD",
    "STAFF_FIELDS",
    "CertificateDraft",
    "add_certificate",
    "add_site",
    "add_staff",
    "add_team",
    "bring_back_staff",
    "clear_sessions",
    "drop_settings",
    "edit_role",
    "edit_settings",
    "edit_site",
    "edit_staff",
    "edit_team",
    "end_staff",
    "issue_token",
    "revoke_token",
    "save_values",
    "seed_roles",
    "set_password",
]
