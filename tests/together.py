"""Two people at the same moment: the same work in threads, each with a connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable

from django.db import connection


def at_once(count: int, work: Callable[[int], None]) -> list[BaseException | None]:
    """Runs `work` so many times at the same moment; answers what went wrong in each."""
    gate = threading.Barrier(count)
    ended: list[BaseException | None] = [None] * count

    def run(place: int) -> None:
        try:
            gate.wait()
            work(place)
        except Exception as error:  # noqa: BLE001 - whatever it is, the test looks at it
            ended[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ended
