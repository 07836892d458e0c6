"""`manage.py import_file`: a spreadsheet of customers, devices or past orders, checked and loaded here and now."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from gongdan.imports import actions, queries
from gongdan.imports.actions import check, load
from gongdan.imports.queries import KIND_LABELS, VERDICT_LABELS, BatchCard
from gongdan.imports.rules.columns import LABELS, Field, fields_for
from gongdan.kernel.actor import SYSTEM
from gongdan.kernel.errors import Refused
from gongdan.people import access as people

SHOWN = 20


class Command(BaseCommand):
    help = "Check a spreadsheet (xlsx, xls, ods, csv) row by row; with --load bring it into the shop, all or nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--kind", choices=sorted(KIND_LABELS), default="past_orders", help="what the rows are")
        parser.add_argument("--site", default="", help="code of the site, e.g. TH; not needed where there is only one")
        parser.add_argument(
            "--mapping", action="append", default=[], metavar="列名=字段", help="may be given several times"
        )
        parser.add_argument("--header-row", type=int, help="the row of the column names, from 1; guessed when left out")
        parser.add_argument("--all", action="store_true", help="print every row that has a reason, not only the first")
        wish = parser.add_mutually_exclusive_group()
        wish.add_argument(
            "--dry-run", action="store_true", help="check only, which is also what happens without --load"
        )
        wish.add_argument("--load", action="store_true", help="load what is good")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self._run(options)
        except Refused as refused:
            raise CommandError(str(refused.text)) from refused

    def _run(self, options: dict[str, Any]) -> None:
        path: Path = options["file"]
        try:
            content = path.read_bytes()
        except OSError as failure:
            raise CommandError(f"读不到文件 {path}：{failure.strerror}") from failure
        kind, now = options["kind"], timezone.now()
        batch = actions.upload(
            kind, name=path.name, content=content, site_id=_site(options["site"]), by=SYSTEM, at=now, follow=False
        )
        check.run(batch.pk, at=now, clock=timezone.now)
        card = queries.card(batch.pk, SYSTEM)
        if (row := options["header_row"]) is not None:
            card = self._again(card, {}, header_row=row - 1)
        if options["mapping"]:
            card = self._again(card, _mapping(card, options["mapping"]))
        self._print(card, show_all=options["all"])
        if not options["load"]:
            self.stdout.write("只做了检查，没有导入；加 --load 导入")
            return
        actions.ask_load(card.id, seen=card.version, by=SYSTEM, at=timezone.now(), follow=False)
        load.run(card.id, at=timezone.now(), clock=timezone.now)
        done = queries.card(card.id, SYSTEM)
        if done.failure is not None:
            raise CommandError(str(done.failure))
        self.stdout.write(
            f"已导入 {done.good} 行：客户 {done.made['customers']}，设备 {done.made['devices']}，工单 {done.made['orders']}"
        )

    def _again(self, card: BatchCard, mapping: dict[int, str], header_row: int | None = None) -> BatchCard:
        """Check once more with another mapping or header row."""
        actions.remap(
            card.id, mapping, header_row=header_row, seen=card.version, by=SYSTEM, at=timezone.now(), follow=False
        )
        check.run(card.id, at=timezone.now(), clock=timezone.now)
        return queries.card(card.id, SYSTEM)

    def _print(self, card: BatchCard, *, show_all: bool) -> None:
        if card.failure is not None:
            raise CommandError(str(card.failure))
        self.stdout.write(
            f"{card.file_name}　{KIND_LABELS[card.kind]}　{card.site_name}　{card.encoding or card.sheet}"
        )
        self.stdout.write(f"列名在第 {card.header_row + 1} 行；对应{'（上次保存的）' if card.is_remembered else ''}：")
        for column in card.columns:
            samples = " | ".join(column.samples)
            self.stdout.write(f"  {column.head or '（无列名）'} → {LABELS[Field(column.field)]}　{samples}")
        for note in [*card.notes, *card.problems]:
            self.stdout.write(f"注意：{note}")
        self.stdout.write(
            f"共 {card.rows} 行：可导入 {card.good}（其中有提醒 {card.warned}），重复 {card.duplicate}，不能导入 {card.refused}"
        )
        rows = queries.verdicts(card.id, SYSTEM).exclude(verdict="good").order_by("row")
        for row in rows if show_all else rows[:SHOWN]:
            reasons = "；".join(str(reason) for reason in queries.reasons_of(row))
            self.stdout.write(f"  第 {row['row']} 行　{VERDICT_LABELS[row['verdict']]}　{reasons}")


def _site(code: str) -> int:
    sites = list(people.visible_sites(SYSTEM).order_by("pk").values_list("pk", "code"))
    found = [pk for pk, known in sites if not code or known == code]
    if len(found) == 1:
        return found[0]
    known = "、".join(known for _pk, known in sites) or "（没有）"
    raise CommandError(f"请用 --site 指明站点，现有：{known}")


def _mapping(card: BatchCard, told: list[str]) -> dict[int, str]:
    """The guessed mapping with what was told laid over it. A field goes by its word or its name."""
    words = {str(LABELS[field]): field for field in fields_for(card.kind)} | {str(f): f for f in fields_for(card.kind)}
    mapping = {column.index: column.field for column in card.columns}
    for pair in told:
        head, _equals, word = pair.rpartition("=")
        columns = [column.index for column in card.columns if column.head == head.strip()]
        if not columns:
            raise CommandError(f"文件里没有“{head}”这一列")
        if word.strip() not in words:
            raise CommandError(
                f"没有“{word}”这个字段，可用：{'、'.join(str(LABELS[f]) for f in fields_for(card.kind))}"
            )
        field = words[word.strip()]
        for n, taken in mapping.items():
            if taken == field:
                mapping[n] = Field.SKIP
        mapping[columns[0]] = field
    return mapping
