"""A shop of N orders, made up and the same each time: 99 of 100 closed, some thousand open at two sites."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction

from gongdan.catalog import queries as catalog
from gongdan.customers import queries as customers
from gongdan.doors.cli.bench.beside import Beside, Busy
from gongdan.doors.cli.bench.statements import BUSY_PAGE, CREW_PAGE, counted
from gongdan.doors.cli.bench.tables import Row, Table, go_on_after, moment
from gongdan.doors.cli.demo import words
from gongdan.kernel.actor import SYSTEM
from gongdan.kernel.calendar import local_day
from gongdan.kernel.pinyin import initials
from gongdan.orders.events import Verb
from gongdan.orders.states import Status
from gongdan.people import actions as people
from gongdan.search import actions as search
from gongdan.search.rules import Card

PASSWORD = "gongdan-bench"  # noqa: S105 - of a shop that lives for minutes
CLERKS = 8
TECHNICIANS = 40  # at the first site: the page of dispatch ranks them all
OPEN = 2400  # what a shop has in hand does not grow with its past
YEARS = 3
BATCH = 2000
BUSY = "GDBUSY-0200"
PER_CUSTOMER = 4
_TURNS = (
    *(Status.REGISTERED, Status.TO_DISPATCH, Status.IN_REPAIR, Status.TO_SETTLE, Status.TO_FOLLOW_UP) * 3,
    *(Status.TO_DISPATCH, Status.IN_REPAIR, Status.TO_SETTLE, Status.TO_FOLLOW_UP),
    *(Status.IN_REPAIR, Status.TO_FOLLOW_UP),
)
_WAY = (Status.REGISTERED, Status.TO_DISPATCH, Status.IN_REPAIR, Status.TO_SETTLE, Status.TO_FOLLOW_UP, Status.CLOSED)
_VERBS = (
    Verb.REGISTERED,
    Verb.REPAIR_CHOSEN,
    Verb.REPAIR_STARTED,
    Verb.REPAIR_FINISHED,
    Verb.SETTLED,
    Verb.CLOSED,
)
_REGISTERED = {"source": "direct", "channel": "phone", "is_accepted": True, "version": 1}
_SECOND = "明华秀建国丽志桂海欣文宇美德静佳振晓春浩翠子玉永婷思家雅俊"
_THIRD = "强芬军英兰杰怡燕博航玲福云东梅然萍轩珍康远琴敏伟平红霞峰辉宁龙倩"


@dataclass(frozen=True, slots=True)
class Made:
    """One customer with his device."""

    id: int
    site: int
    name: str
    phone: str
    division: str
    address: str
    category: str
    brand: str
    model: str
    symptom: str
    serial: str

    @property
    def initials(self) -> str:
        """As clerks type them."""
        return initials_of(self.name)


def made(n: int) -> Made:
    """The customer of this number, the same each time."""
    site = 1 if n % 5 == 4 else 0
    at = n * 7919
    name = words.SURNAMES[at % len(words.SURNAMES)] + _SECOND[at // 7 % len(_SECOND)] + _THIRD[at // 11 % len(_THIRD)]
    division, pattern = words.PLACES[site][at % len(words.PLACES[site])]
    category, brand, model, symptom = words.DEVICES[n % len(words.DEVICES)]
    return Made(
        n,
        site,
        name,
        f"139{(at + 12345) % 10**8:08d}",
        division,
        pattern.format(a=at % 320 + 1, b=at % 18 + 1, c=at % 30 * 100 + at % 8 + 101),
        category,
        brand,
        model,
        symptom,
        f"SN{n * 104729 % 10**9:09d}{'ABCDEFGHJK'[n % 10]}",
    )


@lru_cache(maxsize=100_000)
def initials_of(name: str) -> str:
    """The pinyin initials of a person's name."""
    return initials(name, is_name=True)


def fill(count: int, *, now: datetime) -> None:
    """Fill the empty database with `count` orders and write down what the measuring needs to know."""
    call_command("migrate", interactive=False, verbosity=0)
    call_command("setup", verbosity=0)
    facts = _staff(now)
    if connection.vendor == "sqlite":
        connection.cursor().execute("PRAGMA synchronous=OFF")
    _Shop(count, now, facts).write()
    if connection.vendor == "sqlite":
        connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    else:
        connection.cursor().execute("VACUUM ANALYZE")
    _note(facts | {"rows": count})


def known() -> dict[str, Any]:
    """What was written down of the shop in this data folder."""
    facts: dict[str, Any] = json.loads(_facts_file().read_text(encoding="utf-8"))
    return facts


def make_ready(count: int, *, now: datetime) -> None:
    """Add `count` finished orders with nothing due, which only wait for 确定结算, and as many whose call is due.

    Their numbers stand in the notes.
    """
    facts = known()
    shop = _Shop(0, now, facts)
    who = [made(n) for n in range(facts["customers"]) if n % 5 != 4][:50]
    for name, letter, status in (("ready", "X", Status.TO_SETTLE), ("to_call", "Y", Status.TO_FOLLOW_UP)):
        start = shop.orders.last_id()
        facts[name] = [f"GD{letter}{start + n + 1:08d}" for n in range(count)]
        with transaction.atomic():
            shop.write_orders(
                (start + n + 1, number, who[n % len(who)], status, now - timedelta(minutes=120 + count - n))
                for n, number in enumerate(facts[name])
            )
    go_on_after(shop.tables)
    pages = {BUSY_PAGE: f"/orders/{facts['busy']}/", CREW_PAGE: f"/dispatch/{facts['to_dispatch'][0]}/"}
    _note(facts | {"statements": counted(pages, username="bench0")})


def _facts_file() -> Path:
    return Path(settings.HOME) / "bench.json"


def _note(facts: dict[str, Any]) -> None:
    _facts_file().write_text(json.dumps(facts, ensure_ascii=False, indent=1), encoding="utf-8")


def _staff(now: datetime) -> dict[str, Any]:
    """Two sites, eight clerks who may do all of the desk's work at the first of them, and forty technicians there."""
    at = now - timedelta(days=366 * YEARS)
    sites = []
    for row in words.SITES:
        fields = {key: value for key, value in row.items() if key not in ("code", "name")}
        sites.append(people.add_site(code=row["code"], name=row["name"], by=SYSTEM, at=at, **fields).pk)
    clerks, tokens, technicians = [], [], []
    for n in range(CLERKS):
        user = people.add_staff(
            username=f"bench{n}", name=f"接待{n}", site_id=sites[0], roles=["consultant", "cashier"],
            password=PASSWORD, is_payee=True, by=SYSTEM, at=at,
        )  # fmt: skip
        clerks.append(user.pk)
        tokens.append(people.issue_token(user.pk, "bench", by=SYSTEM, at=at))
    for place, site in enumerate(sites):
        found = []
        for n in range(TECHNICIANS if place == 0 else 1):
            user = people.add_staff(
                username=f"tech{site}-{n}", name=f"李建{_SECOND[n % len(_SECOND)]}", site_id=site, roles=["technician"],
                password=PASSWORD, skills={words.DEVICES[n % len(words.DEVICES)][0]: n % 5 + 1}, by=SYSTEM, at=at,
            )  # fmt: skip
            found.append(user.pk)
        technicians.append(found)
    return {"sites": sites, "clerks": clerks, "tokens": tokens, "technicians": technicians}


class _Shop:
    """The tables of the shop while it is filled."""

    def __init__(self, count: int, now: datetime, facts: dict[str, Any]) -> None:
        self.count, self.now, self.facts = count, now, facts
        self.customer_count = max(count // PER_CUSTOMER, 1) if count else facts["customers"]
        self.categories = {row.name: row.pk for row in catalog.categories()}
        facts["categories"] = self.categories
        codes = {code for site in words.PLACES for code, _pattern in site}
        self.places = {code: row.full_name for code in codes if (row := customers.division(code)) is not None}
        self.customers = Table("customers.Customer", "id", "number", "site_id", "name", "initials", "created_at")
        self.contacts = Table("customers.Contact", "customer_id", "name", "phone", "phone_code")
        self.addresses = Table("customers.Address", "customer_id", "division_id", "detail")
        self.devices = Table(
            "devices.Device", "id", "customer_id", "site_id", "category_id", "brand_text", "model_text", "serial",
            "serial_key", "purchase_on", "created_at",
        )  # fmt: skip
        self.orders = Table(
            "orders.Order", "id", "number", "site_id", "status", "customer_id", "contact_name", "phone", "phone_code",
            "division_id", "address", "category_id", "symptom", "received_at", "received_by_id", "accepted_at",
            "device_text", "technician_names", "result", "flow", "finished_at", "settled_at", "closed_at", "due_fen",
            "money_state", "mode", "chased", "last_chased_at",
        )  # fmt: skip
        self.lines = Table(
            "orders.DeviceLine", "order_id", "device_id", "category_id", "brand_text", "model_text", "serial", "result",
            coverage_label="保内", free_part=True, free_labour=True, free_visit=True,
        )  # fmt: skip
        self.visits = Table(
            "dispatch.Visit", "order_id", "technician_id", "status", "planned_from", "planned_to", "dispatched_at",
            "dispatched_by_id", "accepted_at", "arrived_at", "left_at",
        )  # fmt: skip
        self.parts = Table("orders.Participant", "order_id", "user_id", "since", part="technician")
        self.events = Table(
            "audit.Event", "verb", "subject_id", "about_id", "site_id", "actor_id", "actor_name", "at", "facts",
            subject_kind="orders.order", about_kind="orders.order", actor_kind="staff",
        )  # fmt: skip
        self.beside = Beside()
        self.busy = Busy(self.events, self.beside)
        self.tables = (
            self.customers, self.contacts, self.addresses, self.devices, self.orders, self.lines, self.visits,
            self.parts, self.events, *self.beside.tables, self.busy.personal,
        )  # fmt: skip

    def write(self) -> None:
        """Everything, in batches: customers with their devices, then their orders."""
        for start in range(0, self.customer_count, BATCH):
            with transaction.atomic():
                self._write_customers(range(start, min(start + BATCH, self.customer_count)))
        told = self._told()
        while batch := list(islice(told, BATCH)):
            with transaction.atomic():
                self.write_orders(iter(batch))
        with transaction.atomic():
            self._write_busy()
        go_on_after(self.tables)
        step = max(self.customer_count // 400, 1)
        chosen = [made(n) for n in range(0, self.customer_count, step)][:400]
        chosen = [who for who in chosen if who.site == 0]
        self.facts |= {
            "customers": self.customer_count,
            "numbers": [self._number(n, self._received(n)) for n in self._samples(chosen)],
            "phones": [who.phone for who in chosen],
            "names": [who.name for who in chosen],
            "initials": [who.initials for who in chosen],
            "serials": [who.serial for who in chosen],
            "symptoms": [who.symptom for who in chosen],
            "known": [who.id + 1 for who in chosen],
            "to_dispatch": self._waiting(Status.TO_DISPATCH),
            "busy": BUSY,
            "tomorrow": str(local_day(self.now) + timedelta(days=1)),
        }

    def _waiting(self, status: Status) -> list[str]:
        """Orders of the first site in this status."""
        told = islice(self._told(), max(self.count - 2 * OPEN, 0), None)
        return [number for _pk, number, who, now, _at in told if now is status and who.site == 0][:200]

    def _write_busy(self) -> None:
        """The order to which 200 things happened."""
        at, who, pk = self.now - timedelta(days=3), made(0), self.count + 1
        self.write_orders(iter([(pk, BUSY, who, Status.IN_REPAIR, at)]))
        site, clerk = self.facts["sites"][who.site], self.facts["clerks"][0]
        self.busy.write(pk, site=site, clerk=clerk, at=at + timedelta(hours=1), events_there=3)

    def _samples(self, chosen: list[Made]) -> Iterator[int]:
        """An order of each, from all of the shop's years."""
        for turn, who in enumerate(chosen):
            n = who.id + turn % PER_CUSTOMER * self.customer_count
            yield n if n < self.count else who.id

    def _write_customers(self, numbers: range) -> None:
        at = self.now - timedelta(days=365 * YEARS + 1)
        people_here = [made(n) for n in numbers]
        created, bought = moment(at), local_day(at) - timedelta(days=200)
        sites = self.facts["sites"]
        self.customers.write(
            (who.id + 1, f"KX{who.id:07d}", sites[who.site], who.name, who.initials, created) for who in people_here
        )
        self.contacts.write((who.id + 1, who.name, who.phone, f"+86{who.phone}") for who in people_here)
        self.addresses.write((who.id + 1, who.division, who.address) for who in people_here)
        self.devices.write(
            (
                who.id + 1, who.id + 1, sites[who.site], self.categories[who.category], who.brand, who.model,
                who.serial, who.serial, str(bought + timedelta(days=who.id % 900)), created,
            )
            for who in people_here
        )  # fmt: skip
        search.put_many(self._customer_cards(people_here, at))

    def _customer_cards(self, people_here: list[Made], at: datetime) -> Iterator[Card]:
        for who in people_here:
            site = self.facts["sites"][who.site]
            place = f"{self.places[who.division]}{who.address}"
            yield Card("customer", who.id + 1, site, f"{who.name} {place}", at, (who.phone,), (who.initials,))
            what = f"{who.category} {who.brand} {who.model} {who.name}"
            yield Card("device", who.id + 1, site, what, at, (), (who.initials,), (who.serial, who.model))

    def _received(self, n: int) -> datetime:
        return self.now - timedelta(days=365 * YEARS) * (1 - n / max(self.count, 1))

    def _number(self, n: int, at: datetime) -> str:
        return f"GD{at:%y%m%d}-{n:07d}"

    def _told(self) -> Iterator[tuple[int, str, Made, Status, datetime]]:
        newest = self.count - 2 * min(OPEN, self.count // 4)  # every other one of the newest is still open
        for n in range(self.count):
            at = self._received(n)
            is_open = n >= newest and n % 2 == 0
            status = _TURNS[n // 2 % len(_TURNS)] if is_open else Status.CLOSED
            yield n + 1, self._number(n, at), made(n % self.customer_count), status, at

    def write_orders(self, told: Iterator[tuple[int, str, Made, Status, datetime]]) -> None:
        """Orders with their device line, visit, what lies beside them, events and search card."""
        orders: list[Row] = []
        lines: list[Row] = []
        visits: list[Row] = []
        parts: list[Row] = []
        events: list[Row] = []
        cards: list[Card] = []
        for pk, number, who, status, at in told:
            site, step = self.facts["sites"][who.site], _WAY.index(status)
            crew = self.facts["technicians"][who.site]
            clerk, technician = self.facts["clerks"][pk % CLERKS], crew[pk % len(crew)]
            moments = [at + timedelta(minutes=20 * n) for n in range(6)]
            times = [moment(one) for one in moments]
            chased = self.beside.take(pk, status, site=site, clerk=clerk, phone=who.phone, times=moments)
            is_done = step >= 3
            category = self.categories[who.category]
            text = f"{who.category} {who.brand} {who.model}"
            orders.append(
                (
                    pk, number, site, status.value, who.id + 1, who.name, who.phone, f"+86{who.phone}", who.division,
                    who.address, category, who.symptom, times[0], clerk, times[0], text,
                    "李建国" if step >= 2 else "", "repaired" if is_done else "", "repair" if step else "",
                    times[3] if is_done else None, times[4] if step >= 4 else None, times[5] if step >= 5 else None,
                    0 if is_done else None, "paid" if is_done else "", "in_store" if is_done else "on_site",
                    chased, times[1] if chased else None,
                )
            )  # fmt: skip
            result = "repaired" if is_done else ""
            lines.append((pk, who.id + 1, category, who.brand, who.model, who.serial, result))
            if step >= 2:
                ends = (times[2], times[3]) if is_done else (None, None)
                visits.append(
                    (
                        pk,
                        technician,
                        "left" if is_done else "accepted",
                        times[1],
                        times[3],
                        times[1],
                        clerk,
                        times[1],
                        *ends,
                    )
                )
            if step == 2:
                parts.append((pk, technician, times[1]))
            for n in range(min(step, 5) + 1):
                if n == 2 and step >= 3:
                    continue  # three to five events an order
                moved = {"status": [_WAY[n - 1].value, _WAY[n].value], "version": n + 1}
                facts = moved if n else _REGISTERED | {"number": number}
                events.append((_VERBS[n].value, pk, pk, site, clerk, f"接待{pk % CLERKS}", times[n], json.dumps(facts)))
            place = f"{self.places[who.division]}{who.address}"
            cards.append(
                Card(
                    "order", pk, site, f"{who.name} {place} {who.symptom} {text}", at, (number, who.phone),
                    (who.initials,), (who.serial, who.model),
                )
            )  # fmt: skip
        written = zip(
            (self.orders, self.lines, self.visits, self.parts, self.events),
            (orders, lines, visits, parts, events),
            strict=True,
        )
        for table, rows in written:
            if rows:
                table.write(rows)
        self.beside.write()
        search.put_many(cards)
