"""Events are only ever inserted: the database itself refuses to change, delete or empty them.

SQLite drops triggers with the table when Django remakes it for a later migration of Event: such a migration must make
them again (tests/audit/test_models.py looks for them after all migrations).
"""

from typing import Any

from django.db import migrations

SQLITE = [
    """CREATE TRIGGER audit_event_stays_as_it_is BEFORE UPDATE ON audit_event
    BEGIN SELECT RAISE(ABORT, 'events are never changed'); END""",
    """CREATE TRIGGER audit_event_stays BEFORE DELETE ON audit_event
    BEGIN SELECT RAISE(ABORT, 'events are never deleted'); END""",
]
SQLITE_BACK = ["DROP TRIGGER IF EXISTS audit_event_stays_as_it_is", "DROP TRIGGER IF EXISTS audit_event_stays"]
POSTGRESQL = [
    """CREATE FUNCTION audit_event_stays() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'events are never changed or deleted' USING ERRCODE = 'integrity_constraint_violation'; END $$""",
    """CREATE TRIGGER audit_event_stays BEFORE UPDATE OR DELETE ON audit_event
    FOR EACH ROW EXECUTE FUNCTION audit_event_stays()""",
    # Row triggers do not see TRUNCATE.
    """CREATE TRIGGER audit_event_stays_filled BEFORE TRUNCATE ON audit_event
    FOR EACH STATEMENT EXECUTE FUNCTION audit_event_stays()""",
]
POSTGRESQL_BACK = [
    "DROP TRIGGER IF EXISTS audit_event_stays ON audit_event",
    "DROP TRIGGER IF EXISTS audit_event_stays_filled ON audit_event",
    "DROP FUNCTION IF EXISTS audit_event_stays()",
]


def guard(apps: Any, schema_editor: Any) -> None:
    for sql in {"sqlite": SQLITE, "postgresql": POSTGRESQL}[schema_editor.connection.vendor]:
        schema_editor.execute(sql)


def lift(apps: Any, schema_editor: Any) -> None:
    for sql in {"sqlite": SQLITE_BACK, "postgresql": POSTGRESQL_BACK}[schema_editor.connection.vendor]:
        schema_editor.execute(sql)


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunPython(guard, lift)]
