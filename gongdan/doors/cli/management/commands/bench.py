"""`manage.py bench`: fills shops of its own with made-up orders and measures the program over HTTP."""

from __future__ import annotations

import json
import os
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from gongdan.doors.cli.bench import report, seed, server
from gongdan.doors.cli.bench.client import log_in, press
from gongdan.doors.cli.bench.report import Cell, Results
from gongdan.doors.cli.bench.server import Shop
from gongdan.doors.cli.bench.work import SETTLED, pieces

CLIENTS = (1, 8)


class Command(BaseCommand):
    requires_system_checks = ()
    help = "Measure over HTTP against the production server: times, rates, memory; in data folders of its own."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--rows", nargs="+", type=int, default=[10_000, 100_000], help="orders in each shop")
        parser.add_argument("--engine", choices=["sqlite", "postgresql", "both"], default="sqlite")
        parser.add_argument("--passes", type=int, default=1, help="alternating passes; medians are printed")
        parser.add_argument("--seconds", type=float, default=2.5, help="for each piece of work and number of clients")
        parser.add_argument("--quick", action="store_true", help="10,000 orders, one pass of half a second each")
        parser.add_argument("--keep", type=Path, help="a folder in which the filled shops stay for the next time")
        parser.add_argument("--only", default="", help="only pieces of work with these words in their name")
        parser.add_argument("--json", type=Path, help="also write all figures to this file")
        parser.add_argument("--fill", type=int, help="(used inside) fill the shop of this data folder")
        parser.add_argument("--ready", type=int, help="(used inside) add finished orders to it")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["fill"] is not None:
            seed.fill(options["fill"], now=timezone.now())
            return
        if options["ready"] is not None:
            seed.make_ready(options["ready"], now=timezone.now())
            return
        if options["quick"]:
            options |= {"rows": [10_000], "passes": 1, "seconds": 0.5}
        engines = ["sqlite", "postgresql"] if options["engine"] == "both" else [options["engine"]]
        everything: dict[str, Any] = {}
        with _folder(options["keep"]) as folder:
            for engine in engines:
                everything[engine] = self._measure(engine, folder, options)
        if options["json"]:
            options["json"].write_text(json.dumps(everything, ensure_ascii=False, indent=1), encoding="utf-8")

    def _measure(self, engine: str, folder: Path, options: dict[str, Any]) -> Any:
        """Fill, open, measure pass by pass, print."""
        results = Results(engine, sorted(options["rows"]), load=os.getloadavg()[0])
        with ExitStack() as stack:
            urls: Mapping[str, str] = {}
            if engine == "postgresql":
                urls = stack.enter_context(server.postgres(folder / "postgresql"))
            shops: dict[int, Shop] = {}
            for rows in results.sizes:
                home = folder / f"{engine}-{rows}"
                home.mkdir(parents=True, exist_ok=True)
                shops[rows] = Shop(home, urls[f"bench{rows}"] if engine == "postgresql" else "")
                self._fill(shops[rows], rows, options["passes"])
            for rows, shop in shops.items():
                stack.callback(shop.close)
                shop.open()
                time.sleep(2)
                results.idle[rows] = shop.memory()
            supplies = {
                rows: (_Ready(_facts(shop)["ready"]), _Ready(_facts(shop)["to_call"])) for rows, shop in shops.items()
            }
            results.statements = {rows: _facts(shop)["statements"] for rows, shop in shops.items()}
            for number in range(options["passes"]):
                for rows, shop in shops.items():
                    self._say(f"{engine} {rows:,}: pass {number + 1}")
                    self._one_pass(shop, rows, results, supplies[rows], options)
        self.stdout.write(report.printed(results))
        return results.as_json()

    def _fill(self, shop: Shop, rows: int, passes: int) -> None:
        if not (shop.home / "bench.json").exists():
            started = time.monotonic()
            self._say(f"filling {shop.home.name}")
            shop.manage("bench", "--fill", str(rows))
            self._say(f"filled in {time.monotonic() - started:.0f} s")
        shop.manage("bench", "--ready", str(SETTLED * passes))

    def _one_pass(
        self, shop: Shop, rows: int, results: Results, supplies: tuple[_Ready, _Ready], options: dict[str, Any]
    ) -> None:
        facts = _facts(shop)
        seats = [log_in(shop.port, f"bench{n}", seed.PASSWORD, facts["tokens"][n]) for n in range(max(CLIENTS))]
        for supply in supplies:
            supply.start()
        for piece in pieces(facts, *supplies):
            if options["only"] not in piece.name:
                continue
            press(shop.port, seats[:2], piece.work, good=piece.good, seconds=0.3)  # both workers have seen it once
            for clients in CLIENTS:
                for supply in supplies:
                    supply.share(clients / sum(CLIENTS))
                before = shop.cpu()
                took = press(shop.port, seats[:clients], piece.work, good=piece.good, seconds=options["seconds"])
                took.cpu = shop.cpu() - before
                results.add(Cell(piece, clients, rows), took)
        results.queue.setdefault(rows, []).append(shop.drained())
        results.memory[rows] = shop.memory()

    def _say(self, words: str) -> None:
        self.stdout.write(words)
        self.stdout.flush()


class _Ready:
    """Orders to settle or to call about: so many a pass, shared out among the cells; used up, the work ends early."""

    def __init__(self, numbers: list[str]) -> None:
        self._numbers = iter(numbers)
        self._left = self._cell = 0

    def start(self) -> None:
        """A new pass; two tenths of its orders may go before the first cell."""
        self._left, self._cell = SETTLED, SETTLED // 10

    def share(self, part: float) -> None:
        """So much of the pass for the next cell."""
        self._cell = min(max(int(SETTLED * 0.9 * part), 40), self._left)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self._cell <= 0:
            raise StopIteration
        self._cell -= 1
        self._left -= 1
        return next(self._numbers)


def _facts(shop: Shop) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads((shop.home / "bench.json").read_text(encoding="utf-8"))
    return facts


@contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    """The folder given, or one that goes afterwards."""
    if kept is not None:
        kept.mkdir(parents=True, exist_ok=True)
        yield kept.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="gongdan-bench-") as name:
        Path(name).chmod(0o711)  # PostgreSQL runs as nobody and must find its folder in here
        yield Path(name)
