"""The product's settings, on the database of the running test and with the jobs of the trial."""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path

from gongdan.audit import rules
from gongdan.config.settings import *  # noqa: F403 - settings are meant to be taken whole
from gongdan.config.settings import DATABASES

rules.LEASE = timedelta(seconds=5)  # a test does not wait a minute for a dead process's work
DATABASES["default"]["NAME"] = os.environ["TRIAL_DATABASE"]
REACTIONS = "tests.doors.cli.trial.TABLE"
PERIODIC = "tests.doors.cli.trial.PERIODIC"


class TrialFinder:
    """Finds trial.py below `gongdan`, where jobs are looked for."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Where the module is, if it is ours."""
        return spec_from_file_location(name, Path(__file__).with_name("trial.py")) if name == "gongdan.trial" else None


sys.meta_path.insert(0, TrialFinder())
