"""Permission strings of quotes."""

EDIT = "quotes.edit"
ISSUE = "quotes.issue"
DECIDE = "quotes.decide"
PERMISSIONS = (EDIT, ISSUE, DECIDE)
