"""The bench fills a small shop, opens it, and every piece of its work is answered well."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from gongdan.doors.cli.bench.client import Took
from gongdan.doors.cli.bench.seed import made
from gongdan.doors.cli.bench.statements import BUSY_PAGE, MOST
from gongdan.doors.cli.bench.work import SETTLED

ROWS = 200


@pytest.mark.bench
def test_a_shop_of_200_orders_is_filled_and_every_page_answers(tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    command = [sys.executable, "manage.py", "bench", "--rows", str(ROWS), "--seconds", "0.3"]
    command += ["--keep", str(tmp_path / "shops"), "--json", str(figures)]
    environment = {**os.environ, "GONGDAN_HOME": str(tmp_path / "own")}
    process = subprocess.Popen(
        command, cwd=settings.BASE, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        printed, _ = process.communicate(timeout=300)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        raise

    assert process.returncode == 0
    assert "WRONG ANSWERS" not in printed
    cells = json.loads(figures.read_text())["sqlite"]["cells"]
    assert {cell["clients"] for cell in cells} == {1, 8}
    assert [cell["work"] for cell in cells if cell["passes"][0][3] == 0] == []
    facts = json.loads((tmp_path / f"shops/sqlite-{ROWS}/bench.json").read_text())
    assert (facts["rows"], len(facts["ready"]), len(facts["to_call"])) == (ROWS, SETTLED, SETTLED)
    assert facts["statements"][BUSY_PAGE] <= MOST[BUSY_PAGE]


def test_a_made_up_customer_is_the_same_each_time_and_no_two_share_a_telephone() -> None:
    assert made(17) == made(17)
    assert len({made(n).phone for n in range(5000)}) == 5000
    assert len({made(n).serial for n in range(5000)}) == 5000


def test_percentiles_and_rates_are_of_the_good_answers() -> None:
    took = Took([n / 1000 for n in range(1, 101)], elapsed=2.0)

    assert (took.percentile(0.5), took.percentile(0.95), took.rate) == (51.0, 96.0, 50.0)
