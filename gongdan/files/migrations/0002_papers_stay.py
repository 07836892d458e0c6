"""Issued papers are never changed: the database itself refuses. (They may be deleted, when a customer's data is erased.)

SQLite drops triggers with the table when Django remakes it for a later migration of Paper: such a migration must make
this one again (tests/files/test_papers.py tries to change a paper).
"""

from django.db import migrations

GUARDS = {
    "sqlite": [
        """CREATE TRIGGER files_paper_stays BEFORE UPDATE ON files_paper
        BEGIN SELECT RAISE(ABORT, 'papers are never changed'); END""",
    ],
    "postgresql": [
        """CREATE FUNCTION files_paper_stays() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'papers are never changed' USING ERRCODE = 'integrity_constraint_violation'; END $$""",
        """CREATE TRIGGER files_paper_stays BEFORE UPDATE ON files_paper
        FOR EACH ROW EXECUTE FUNCTION files_paper_stays()""",
    ],
}
LIFTS = {
    "sqlite": ["DROP TRIGGER IF EXISTS files_paper_stays"],
    "postgresql": [
        "DROP TRIGGER IF EXISTS files_paper_stays ON files_paper",
        "DROP FUNCTION IF EXISTS files_paper_stays()",
    ],
}


def guard(apps, schema_editor):
    for sql in GUARDS[schema_editor.connection.vendor]:
        schema_editor.execute(sql)


def lift(apps, schema_editor):
    for sql in LIFTS[schema_editor.connection.vendor]:
        schema_editor.execute(sql)


class Migration(migrations.Migration):
    dependencies = [("files", "0001_initial")]
    operations = [migrations.RunPython(guard, lift)]
