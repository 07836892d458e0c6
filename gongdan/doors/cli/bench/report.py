"""What came out: medians over the passes, beside the aims."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median
from typing import Any

from gongdan.doors.cli.bench.client import Took
from gongdan.doors.cli.bench.server import Memory
from gongdan.doors.cli.bench.statements import MOST
from gongdan.doors.cli.bench.work import Piece

SERVER_MB, WHOLE_MB = 250, 450


@dataclass(frozen=True, slots=True)
class Cell:
    """One piece of work with so many clients in a shop of so many orders."""

    piece: Piece
    clients: int
    rows: int

    @property
    def key(self) -> tuple[str, int, int]:
        """Its name."""
        return (self.piece.name, self.clients, self.rows)


@dataclass(frozen=True, slots=True)
class Figures:
    """Milliseconds, answers a second, how many, and milliseconds of the server's processor time for each."""

    p50: float
    p95: float
    rate: float
    count: int
    cpu: float


@dataclass(slots=True)
class Results:
    """All figures of one engine."""

    engine: str
    sizes: list[int]
    load: float
    cells: dict[tuple[str, int, int], list[Figures]] = field(default_factory=dict)
    pieces: dict[str, Piece] = field(default_factory=dict)
    wrong: dict[tuple[str, int, int], dict[str, int]] = field(default_factory=dict)
    queue: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    idle: dict[int, Memory] = field(default_factory=dict)
    memory: dict[int, Memory] = field(default_factory=dict)
    statements: dict[int, dict[str, int]] = field(default_factory=dict)

    def add(self, cell: Cell, took: Took) -> None:
        """The figures of one cell in one pass."""
        count = len(took.times)
        cpu = took.cpu * 1000 / count if count else 0.0
        figures = Figures(took.percentile(0.5), took.percentile(0.95), took.rate, count, cpu)
        self.cells.setdefault(cell.key, []).append(figures)
        self.pieces[cell.piece.name] = cell.piece
        if took.wrong:
            self.wrong[cell.key] = dict(took.wrong)

    def middle(self, name: str, clients: int, rows: int) -> Figures:
        """The median of each figure over the passes."""
        every = self.cells[name, clients, rows]
        return Figures(
            median(one.p50 for one in every),
            median(one.p95 for one in every),
            median(one.rate for one in every),
            sum(one.count for one in every),
            median(one.cpu for one in every),
        )

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "load": self.load,
            "cells": [
                {"work": name, "clients": clients, "rows": rows}
                | {"passes": [[f.p50, f.p95, f.rate, f.count, f.cpu] for f in every]}
                for (name, clients, rows), every in self.cells.items()
            ],
            "queue": self.queue,
            "statements": self.statements,
            "memory": {rows: [one.server, one.whole] for rows, one in self.memory.items()},
            "idle": {rows: [one.server, one.whole] for rows, one in self.idle.items()},
        }


def printed(results: Results) -> str:
    """The table that the terminal shows. An exclamation mark stands behind a figure that misses its aim."""
    lines = [f"\n{results.engine}, load at the start {results.load:.1f}; medians; ms and answers a second"]
    smallest, largest = results.sizes[0], results.sizes[-1]
    lines.append(
        "| | orders | 1 client: p50 | p95 | a second | 8 clients: p50 | p95 | a second | server CPU ms |"
        + (" p95 to smallest |" if largest > smallest else "")
    )
    lines.append("|---|---|---|---|---|---|---|---|---|" + ("---|" if largest > smallest else ""))
    for name, piece in results.pieces.items():
        for rows in results.sizes:
            one, eight = results.middle(name, 1, rows), results.middle(name, 8, rows)
            late = "!" if piece.aim_ms and one.p95 > piece.aim_ms else ""
            aim = piece.aim_rate[results.engine == "postgresql"] if piece.aim_rate else 0
            slow = "!" if eight.rate < aim else ""
            line = f"| {name} | {rows:,} | {one.p50:.1f} | {one.p95:.1f}{late} | {one.rate:.0f}"
            line += f" | {eight.p50:.1f} | {eight.p95:.1f} | {eight.rate:.0f}{slow} | {eight.cpu:.1f} |"
            if largest > smallest:
                line += f" {_growth(results, name, rows)} |"
            lines.append(line)
    for rows in results.sizes:
        idle, busy = results.idle[rows], results.memory[rows]
        lines.append(
            f"{rows:,}: memory idle, server {idle.server:.0f} MB, all {idle.whole:.0f} MB;"
            f" after the work, server {busy.server:.0f} MB (aim {SERVER_MB}), all {busy.whole:.0f} MB (aim {WHOLE_MB})"
        )
        ends = ", ".join(f"{before} -> {after}" for before, after in results.queue[rows])
        lines.append(f"{rows:,}: deliveries due at the end of each pass, and after draining: {ends}")
        for name, count in results.statements[rows].items():
            missed = "!" if count > MOST.get(name, count) else ""
            lines.append(f"{rows:,}: {name}: {count}{missed} statements")
    for (name, clients, rows), wrong in results.wrong.items():
        lines.append(f"WRONG ANSWERS {name}, {clients} clients, {rows:,}: {wrong}")
    return "\n".join(lines)


def _growth(results: Results, name: str, rows: int) -> str:
    """How p95 with one client grew from the smallest shop: at most 1.3 times, or 3 ms."""
    first, here = results.middle(name, 1, results.sizes[0]).p95, results.middle(name, 1, rows).p95
    if rows == results.sizes[0] or not first:
        return ""
    return f"{here / first:.2f}{'!' if here > max(first * 1.3, first + 3) else ''}"
