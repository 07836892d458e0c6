"""Every job that the tables name is there and can be called as the runner calls it; every verb is known."""

from __future__ import annotations

import inspect

import pytest
from django.conf import settings
from django.utils.module_loading import import_string

from gongdan.config import words
from gongdan.reactions.table import PERIODIC, TABLE

JOBS = sorted({job for jobs in TABLE.values() for job in jobs})


@pytest.mark.parametrize("job", JOBS)
def test_a_job_that_follows_an_event_takes_its_id_and_the_time(job: str) -> None:
    parameters = inspect.signature(import_string(f"gongdan.{job}")).parameters.values()

    assert [(p.name, p.kind) for p in parameters] == [
        ("event_id", inspect.Parameter.POSITIONAL_OR_KEYWORD),
        ("at", inspect.Parameter.KEYWORD_ONLY),
    ]


@pytest.mark.parametrize("job", [periodic.job for periodic in PERIODIC])
def test_a_periodic_job_takes_the_time(job: str) -> None:
    parameters = inspect.signature(import_string(f"gongdan.{job}")).parameters.values()

    assert [(p.name, p.kind) for p in parameters] == [("at", inspect.Parameter.KEYWORD_ONLY)]


def test_every_verb_that_has_a_consequence_is_an_event_of_some_app() -> None:
    assert set(TABLE) - set(words.ALL.sentences) == set()


def test_each_periodic_job_stands_once_in_the_table() -> None:
    jobs = [periodic.job for periodic in PERIODIC]

    assert sorted(jobs) == sorted(set(jobs))


def test_the_settings_name_these_tables() -> None:
    assert import_string(settings.REACTIONS) is TABLE
    assert import_string(settings.PERIODIC) is PERIODIC
