"""Queries whose SQL is put together once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from gongdan.audit.actions import record
from gongdan.audit.models import Event
from gongdan.fields.prepared import Prepared
from gongdan.kernel.actor import SYSTEM
from gongdan.people.models import Site


@pytest.mark.django_db
def test_it_gives_what_the_query_gives_for_each_number_in_one_statement(
    site: Site, other_site: Site, now: datetime, django_assert_num_queries: Any
) -> None:
    def build(pk: int) -> Any:
        return Event.objects.filter(about_kind="people.site", about_id=pk).values_list("id", "at", "facts", "verb")

    for place in (site, other_site):
        record("test.edited", place, by=SYSTEM, at=now)
    prepared = Prepared(build)
    for place in (site, other_site):
        with django_assert_num_queries(1):
            rows = prepared.rows(place.pk)
        assert rows == list(build(place.pk))
        assert rows
