"""Empties a test database between tests. The log of a shop refuses to be emptied, and so does this command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands import flush
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.creation import TEST_DATABASE_PREFIX
from django.utils.translation import gettext as _


class Command(flush.Command):
    def handle(self, **options: Any) -> None:
        connection = connections[options["database"]]
        if not _is_for_tests(connection):
            raise CommandError(
                _("操作记录不能清空。如需重新开始，请停止程序，改用新的数据目录（GONGDAN_HOME）或新的数据库。")
            )
        with transaction.atomic(using=options["database"]), _guard_lifted(connection):
            super().handle(**options)


def _is_for_tests(connection: BaseDatabaseWrapper) -> bool:
    named = connection.settings_dict
    return str(named["NAME"]) == str(named["TEST"]["NAME"]) or str(named["NAME"]).startswith(TEST_DATABASE_PREFIX)


@contextmanager
def _guard_lifted(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Within: the triggers of the event table are off."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ALTER TABLE audit_event DISABLE TRIGGER USER")
            yield
            cursor.execute("ALTER TABLE audit_event ENABLE TRIGGER USER")
            return
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_event'")
        triggers = cursor.fetchall()
        for name, _sql in triggers:
            cursor.execute(f'DROP TRIGGER "{name}"')
        yield
        for _name, sql in triggers:
            cursor.execute(sql)
