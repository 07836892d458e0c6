"""How many statements a page costs, asked in the shop's own process: time depends on the machine, this does not."""

from __future__ import annotations

from http import HTTPStatus

from django.contrib.auth import get_user_model
from django.db import connection
from django.test.client import Client
from django.test.utils import CaptureQueriesContext

BUSY_PAGE, CREW_PAGE = "工单页：200 条记录", "派工页：40 位师傅"
MOST = {BUSY_PAGE: 25, CREW_PAGE: 25}  # whatever happened to the order, and however many could go


def counted(paths: dict[str, str], *, username: str) -> dict[str, int]:
    """Statements of each page by its name, asked for the second time."""
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(
        get_user_model().objects.get_by_natural_key(username), "django.contrib.auth.backends.ModelBackend"
    )
    found = {}
    for name, path in paths.items():
        client.get(path)
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(path)
        assert answer.status_code == HTTPStatus.OK, f"{path} answered {answer.status_code}"
        found[name] = len(asked)
    return found
