"""The index table, and what each engine keeps beside it."""

from __future__ import annotations

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

import gongdan.fields

# A plain FTS5 table: with content='' a delete or update that gives other text than was put corrupts the index in silence.
# The tokenizer only splits at spaces and folds ASCII: terms come finished from `search.rules`.
SQLITE = (
    "CREATE VIRTUAL TABLE search_terms USING fts5(terms, tokenize='ascii', columnsize=0)",
    """CREATE TRIGGER search_indexrow_deleted AFTER DELETE ON search_indexrow BEGIN
        DELETE FROM search_terms WHERE rowid = old.position;
    END""",
    """CREATE TRIGGER search_indexrow_moved AFTER UPDATE OF position ON search_indexrow
    WHEN old.position <> new.position BEGIN
        DELETE FROM search_terms WHERE rowid = old.position;
    END""",
)
KINDS = ("order", "customer", "device")
POSTGRESQL = (
    "ALTER TABLE search_indexrow ADD COLUMN terms tsvector NOT NULL, ADD COLUMN text text NOT NULL",
    # Rare terms read the pending list from end to end: kept short, it costs them under a millisecond.
    "CREATE INDEX search_terms ON search_indexrow USING gin (terms) WITH (gin_pending_list_limit = 256)",
    # One index per kind: of a joint one (kind, position) the planner believes that its rows lie scattered, and walks the
    # primary key instead, past all other kinds.
    *(f"CREATE INDEX search_newest_{kind} ON search_indexrow (position) WHERE kind = '{kind}'" for kind in KINDS),
)
ENGINES = {"sqlite": SQLITE, "postgresql": POSTGRESQL}


def make_engine_part(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """The full-text part of the index in the database's own way."""
    for statement in ENGINES[editor.connection.vendor]:
        editor.execute(statement)


class Migration(migrations.Migration):
    initial = True
    dependencies: list[tuple[str, str]] = []
    operations = [
        migrations.CreateModel(
            name="IndexRow",
            fields=[
                ("position", models.BigIntegerField(primary_key=True, serialize=False)),
                ("kind", gongdan.fields.ShortText(max_length=20)),
                ("object_id", models.BigIntegerField()),
                ("site_id", models.BigIntegerField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("kind", "object_id"), name="search_thing_once"),
                ],
            },
        ),
        migrations.RunPython(make_engine_part, migrations.RunPython.noop),
    ]
