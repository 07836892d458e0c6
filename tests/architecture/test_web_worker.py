"""What a web worker carries in memory: the libraries that cost 10 to 50 MB each belong to the work process."""

from __future__ import annotations

import subprocess
import sys

import pytest
from django.db import connection

from tests.architecture.house import ROOT

SERVE_ONE_REQUEST = """
import sys
from wsgiref.util import setup_testing_defaults
from gongdan.config import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"  # none collected
from django.template import engines
from django.urls import get_resolver
from gongdan.config.wsgi import application

def names(resolver):
    for pattern in resolver.url_patterns:
        if hasattr(pattern, "url_patterns"):
            names(pattern)

engines.all()
names(get_resolver())
environ = {"PATH_INFO": "/accounts/login/"}
setup_testing_defaults(environ)
application(environ, lambda status, headers: print(status, file=sys.stderr))
for name in sorted({name.partition(".")[0] for name in sys.modules}):
    print(name)
"""


@pytest.mark.django_db(transaction=True)
def test_a_web_worker_does_not_carry_the_libraries_of_the_work_process() -> None:
    heavy = {"weasyprint", "python_calamine", "xlsxwriter", "pypinyin", "holidays", "huey", "babel", "phonenumbers"}

    served = subprocess.run(
        [sys.executable, "-c", SERVE_ONE_REQUEST, str(connection.settings_dict["NAME"])],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert served.returncode == 0, served.stderr
    assert served.stderr.splitlines()[-1] == "200 OK"
    assert heavy & set(served.stdout.split()) == set()
