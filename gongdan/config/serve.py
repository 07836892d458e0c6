"""The web server: `python -m gongdan.config.serve HOST PORT WORKERS`.

The application is loaded once, before its workers are forked off: what never changes stands in memory once for all of
them (a fifth less with two workers), and the first page of each is not slow.
"""

from __future__ import annotations

import multiprocessing
import sys
from importlib import import_module

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

APPLICATION = "gongdan.config.wsgi"


def main(host: str, port: str, workers: str) -> None:
    """Serve until a signal ends it."""
    if multiprocessing.get_start_method() == "fork":
        import_module(APPLICATION)
    Granian(
        f"{APPLICATION}:application",
        address=host,
        port=int(port),
        interface=Interfaces.WSGI,
        workers=int(workers),
        blocking_threads=1,
        respawn_failed_workers=True,
        log_access=False,
        log_level=LogLevels.warning,
    ).serve()


if __name__ == "__main__":
    main(*sys.argv[1:])
