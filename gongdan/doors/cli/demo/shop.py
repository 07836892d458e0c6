"""Building the demo shop through the same verbs that the pages call."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from gongdan.catalog import queries as catalog
from gongdan.customers import actions as customers
from gongdan.customers.rules import AddressDraft, ContactDraft, CustomerDraft
from gongdan.devices import actions as devices
from gongdan.devices.rules import DeviceDraft as RegisteredDraft
from gongdan.dispatch import actions as dispatch
from gongdan.dispatch.actions import ConfirmationDraft, VisitDraft
from gongdan.doors.cli.demo import words
from gongdan.files import actions as files
from gongdan.followup import actions as followup
from gongdan.followup.actions import ResultDraft
from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.kernel.calendar import local_day, moment_on
from gongdan.orders import actions as orders
from gongdan.orders import queries as order_queries
from gongdan.orders.rules import DeviceDraft, OrderDraft
from gongdan.people import actions as people
from gongdan.people.queries import actor_of
from gongdan.quotes import actions as quotes
from gongdan.quotes.actions import ItemDraft
from gongdan.repair import actions as repair
from gongdan.repair import queries as repairs
from gongdan.repair.actions import CheckDraft, DiagnosisDraft, PartDraft
from gongdan.settlement import actions as settlement
from gongdan.settlement import queries as money
from gongdan.settlement.actions import PaymentDraft

STROKES = [{"points": [{"x": 20.0 + 6 * n, "y": 40.0 + (12 if n % 2 else -9) + n} for n in range(14)]}]

# How far each kind of story is told, and how many orders of it stand in the shop.
STAGES = (
    ("registered", 7),
    ("answering", 3),
    ("answered", 3),
    ("complaint", 2),
    ("to_dispatch", 9),
    ("dispatched", 9),
    ("diagnosed", 4),
    ("quoted", 5),
    ("working", 6),
    ("to_settle", 8),
    ("to_follow_up", 9),
    ("closed", 34),
    ("declined", 4),
    ("cancelled", 3),
)


class Numbered(Protocol):
    """An order as registering answers it."""

    pk: int
    number: str


@dataclass
class Known:
    """A customer of the demo with one of his devices, as the stories need them."""

    site: int
    customer_id: int
    name: str
    phone: str
    device_id: int
    category: str
    fault: str


@dataclass
class Shop:
    """The demo shop while it is built. `now` is the moment that everything stands around."""

    now: datetime
    dice: random.Random = field(default_factory=lambda: random.Random(20260101))  # noqa: S311 - a repeatable demo
    staff: dict[str, Actor] = field(default_factory=dict)
    site_ids: list[int] = field(default_factory=list)
    known: list[Known] = field(default_factory=list)
    used: int = 0
    picked: set[int] = field(default_factory=set)  # devices of the stories that are told one by one
    numbers: dict[int, str] = field(default_factory=dict)  # of every order, in order of registering
    whose: dict[int, Known] = field(default_factory=dict)
    closed: list[int] = field(default_factory=list)  # at the first site
    stages: tuple[tuple[str, int], ...] = STAGES
    hotel: Known | None = None  # a company of the first site

    def build(self) -> None:
        """Staff, customers, and orders in every state."""
        self.hire()
        self.take_in_customers()
        for stage, how_many in self.stages:
            for _n in range(how_many):
                self.tell(stage)

    def hire(self) -> None:
        """Two sites and fifteen staff."""
        start = self.now - timedelta(days=400)
        for row in words.SITES:
            fields = {key: value for key, value in row.items() if key not in ("code", "name")}
            site = people.add_site(code=row["code"], name=row["name"], by=SYSTEM, at=start, **fields)
            self.site_ids.append(site.pk)
        for n, (username, name, site_no, roles, is_payee, skills) in enumerate(words.STAFF):
            user = people.add_staff(
                username=username,
                name=name,
                site_id=self.site_ids[site_no],
                roles=roles,
                password=words.PASSWORD,
                staff_no=f"{n + 1:03d}",
                phone=f"1380000{n + 1:04d}",
                is_payee=is_payee,
                skills=skills,
                by=SYSTEM,
                at=start,
            )
            self.staff[username] = actor_of(user.pk)
        for username in ("shifu", "py_shifu"):
            people.add_certificate(
                self.staff[username].id,
                "制冷与空调作业",
                number="T4401****",
                valid_until=local_day(self.now) + timedelta(days=200),
                by=SYSTEM,
                at=start,
            )

    def take_in_customers(self) -> None:
        """Some hundred customers, each with a device or two."""
        categories = {row.name: row.pk for row in catalog.categories()}
        for n in range(100):
            site = 1 if n % 5 == 4 else 0
            by = self.staff["py_kefu" if site else "kefu"]
            at = self.now - timedelta(days=self.dice.randint(60, 390), minutes=self.dice.randint(0, 500))
            division, pattern = self.dice.choice(words.PLACES[site])
            place = pattern.format(
                a=self.dice.randint(1, 320),
                b=self.dice.randint(1, 18),
                c=self.dice.randint(1, 30) * 100 + self.dice.randint(1, 8),
            )
            phone = f"139{n:04d}{(n * 7919) % 10000:04d}"
            if n % 10 == 9:
                name, kind = words.COMPANIES[n // 10], "company"
                contacts: tuple[ContactDraft, ...] = (
                    ContactDraft(phone, self._name(), "in_charge"),
                    ContactDraft(f"020-8{(n * 104729) % 10_000_000:07d}", self._name(), "equipment"),
                )
                rules, transport = (
                    "进场要登记身份证，工作日 9:00–17:00 可施工",
                    "地铁华师站 D 出口步行 6 分钟，货梯在东门",
                )
            else:
                name, kind = self._name(), "person"
                contacts = (ContactDraft(phone, name),)
                rules = transport = ""
            customer = customers.add(
                CustomerDraft(
                    name,
                    kind,
                    contacts,
                    (AddressDraft(place, division),),
                    rules,
                    transport,
                    site_id=self.site_ids[site],
                ),
                by=by,
                at=at,
            )
            for m in range(1 if n % 3 else 2):
                category, brand, model, fault = words.DEVICES[(n * 3 + m * 7) % len(words.DEVICES)]
                bought = local_day(self.now) - timedelta(days=self.dice.randint(40, 1500))
                device = devices.register_device(
                    customer.pk,
                    RegisteredDraft(
                        category_id=categories[category],
                        brand_text=brand,
                        model_text=model,
                        serial=f"{brand[0].encode('utf-8').hex().upper()[:4]}{n:03d}{m}{self.dice.randint(10000, 99999)}",
                        purchase_on=bought,
                        invoice_no=f"FP{bought:%y%m}{n:04d}" if self.dice.random() < 0.8 else "",
                        made_on=bought - timedelta(days=self.dice.randint(30, 200)),
                    ),
                    by=by,
                    at=max(at, moment_on(bought) + timedelta(days=2)),
                )
                self.known.append(Known(site, customer.pk, name, phone, device.pk, category, fault))

    def tell(self, stage: str) -> None:
        """One order, as far as this stage."""
        self.follow(stage, self._next_customer(), self._started(stage))

    def follow(self, stage: str, who: Known, started: datetime, **fields: Any) -> int:
        """The order of this customer from its beginning to this stage; `fields` of its draft are other than usual."""
        agent = self.staff["py_kefu"] if who.site else self.staff[self.dice.choice(("kefu", "kefu2"))]
        if stage in ("answering", "answered", "complaint"):
            return self._ask(stage, who, agent, started)
        order_id = self.register(who, agent, started, **fields)
        if stage == "registered":
            return order_id
        at = started + timedelta(minutes=6)
        orders.choose_repair(order_id, seen=self.seen(order_id), by=agent, at=at)
        if stage == "cancelled":
            orders.cancel(
                order_id, "客户自己重启后好了", seen=self.seen(order_id), by=agent, at=at + timedelta(minutes=20)
            )
        elif stage != "to_dispatch":
            self._work(stage, order_id, who, agent, at)
        return order_id

    def _work(self, stage: str, order_id: int, who: Known, agent: Actor, at: datetime) -> None:
        dispatcher = self.staff["py_kefu" if who.site else "paigong"]
        technician = self.technician(who)
        at += timedelta(minutes=self.dice.randint(4, 25))
        start = at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=self.dice.randint(1, 4))
        if stage == "dispatched":
            start = max(
                start, self.now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=self.dice.randint(1, 8))
            )
        visit = dispatch.assign(
            order_id,
            VisitDraft(technician.id, planned_from=start, planned_to=start + timedelta(hours=2)),
            seen=self.seen(order_id),
            by=dispatcher,
            at=at,
            confirm_conflict=True,
        )
        orders.log_contact(
            order_id,
            purpose="appointment",
            result="reached",
            number=who.phone,
            note="约好时间，家里有人",
            next_at=None,
            by=dispatcher,
            at=at,
        )
        if stage == "dispatched":
            if self.dice.random() < 0.5:
                dispatch.accept(visit.pk, by=technician, at=at + timedelta(minutes=5))
            return
        dispatch.accept(visit.pk, by=technician, at=at + timedelta(minutes=5))
        rings = max(start - timedelta(minutes=40), at + timedelta(minutes=6))
        told = max(start, rings)
        called = ConfirmationDraft(is_convenient=True, told_at=told, device_ok=True, fault_ok=True, address_ok=True)
        dispatch.confirm_before_visit(visit.pk, called, by=technician, at=rings)
        dispatch.depart(visit.pk, by=technician, at=max(start - timedelta(minutes=25), rings))
        at = start + timedelta(minutes=self.dice.randint(5, 70))
        dispatch.arrive(visit.pk, by=technician, at=at)
        self._repair(stage, order_id, who, visit.pk, by=(agent, technician), at=at)

    def _repair(
        self, stage: str, order_id: int, who: Known, visit_id: int, *, by: tuple[Actor, Actor], at: datetime
    ) -> None:
        agent, technician = by
        item, cause, remedy, part, inspection = words.WORK[who.category]
        line_id = order_queries.devices(order_id, technician)[0].id
        at += timedelta(minutes=15)
        damage = who.category in ("手机", "平板")
        repair.diagnose(
            line_id,
            DiagnosisDraft(
                inspection=f"试机复现：{who.fault}；测量后判断为{cause}",
                cause=cause,
                methods=("询问", "试机", "仪器"),
                needs_part=True,
                exclusion_codes=("X1",) if damage else (),
            ),
            by=technician,
            at=at,
        )
        if stage == "diagnosed":
            return
        quote = quotes.start(order_id, by=technician, at=at)
        quote = quotes.set_items(
            quote.pk,
            [ItemDraft(inspection, device_line_id=line_id), ItemDraft(item, device_line_id=line_id)],
            plan=remedy,
            seen=quote.version,
            by=technician,
            at=at,
        )
        quote = quotes.issue(quote.pk, seen=quote.version, by=technician, at=at)
        if stage == "quoted":
            return
        at += timedelta(minutes=5)
        accepted = stage != "declined"
        quotes.decide(
            quote.pk,
            is_accepted=accepted,
            name=who.name,
            way="in_person",
            reason="" if accepted else "觉得旧机器不值得修",
            seen=quote.version,
            by=technician,
            at=at,
        )
        if accepted:
            repair.add_action(line_id, remedy, kind="replace", by=technician, at=at)
            repair.add_part(line_id, PartDraft(part, old_part="left", fits=True, connected=True), by=technician, at=at)
            if stage == "working":
                return
            at += timedelta(minutes=40)
            repair.record_tests(
                line_id,
                [
                    CheckDraft("通电开机", passed=True),
                    CheckDraft("主要功能", passed=True),
                    CheckDraft("安全检查", passed=True),
                ],
                by=technician,
                at=at,
            )
            signature = files.attach_signature(
                "orders.order", order_id, strokes=STROKES, signer=who.name, by=technician, at=at
            )
            repair.record_trial(
                order_id,
                is_accepted=True,
                tester=who.name,
                signature_id=signature.pk,
                satisfaction="满意",
                by=technician,
                at=at,
            )
        dispatch.leave(visit_id, by=technician, at=at + timedelta(minutes=5))
        for step in repairs.demands(order_id):
            repair.tick(order_id, step.code, device_line_id=step.device_line_id, by=technician, at=at)
        repair.finish(order_id, "repaired" if accepted else "declined", seen=self.seen(order_id), by=technician, at=at)
        if stage == "to_settle":
            return
        self._settle(stage, order_id, who, agent, at + timedelta(minutes=25))

    def _settle(self, stage: str, order_id: int, who: Known, agent: Actor, at: datetime) -> None:
        cashier = self.staff["py_kefu" if who.site else "shouyin"]
        due = money.due_now(order_id)
        if due:
            account = self.dice.choice(("wechat", "wechat", "cash", "alipay"))
            settlement.receive(order_id, PaymentDraft(due, cashier.id, local_day(at), account), by=cashier, at=at)
        settlement.post(order_id, seen=self.seen(order_id), by=cashier, at=at)
        followup.plan_call(order_id, at=at)
        if stage == "to_follow_up":
            if self.dice.random() < 0.3:
                followup.log_unreached(
                    order_id,
                    result="no_answer",
                    next_at=self.now + timedelta(hours=3),
                    note="没人接",
                    by=agent,
                    at=at + timedelta(minutes=30),
                )
            return
        followup.record_result(
            order_id,
            ResultDraft(
                "已正常使用，服务满意",
                is_fixed=True,
                label="closed_well",
                is_on_time=True,
                price_matched=True,
                score=self.dice.choice((4, 5, 5, 5)),
                survey=self._survey(),
            ),
            by=agent,
            at=min(at + timedelta(days=1), self.now - timedelta(minutes=30)),
        )
        if not who.site:
            self.closed.append(order_id)

    def _survey(self) -> dict[str, int]:
        """The scores of every second customer."""
        if self.dice.random() < 0.5:
            return {}
        return {item: self.dice.choice((3, 4, 5, 5, 5)) for item in words.SURVEYED}

    def _ask(self, stage: str, who: Known, agent: Actor, at: datetime) -> int:
        text, reply = self.dice.choice(words.COMPLAINTS if stage == "complaint" else words.QUESTIONS)
        order_id = self.keep(
            orders.register(
                OrderDraft(symptom=text, source="direct", channel="phone", customer_id=who.customer_id), by=agent, at=at
            ),
            who,
        )
        at += timedelta(minutes=3)
        choose = orders.choose_complaint if stage == "complaint" else orders.choose_inquiry
        choose(order_id, seen=self.seen(order_id), by=agent, at=at)
        if stage == "complaint":
            subject = self.dice.choice(("态度", "迟到", "收费"))
            orders.judge(order_id, subject=subject, liability="shop", seen=self.seen(order_id), by=agent, at=at)
            orders.handle(order_id, handling=reply, outcome="", seen=self.seen(order_id), by=agent, at=at)
        elif stage != "answering":
            orders.answer(order_id, question=text, text=reply, seen=self.seen(order_id), by=agent, at=at)
        if stage == "answered":
            orders.close_answered(order_id, seen=self.seen(order_id), by=agent, at=at + timedelta(minutes=2))
        return order_id

    def register(self, who: Known, agent: Actor, at: datetime, **fields: Any) -> int:
        """A repair order of this customer's device; `fields` of its draft are other than the dice would have it."""
        in_store = who.category in ("手机", "平板", "电脑")
        urgent = self.dice.random()
        draft = OrderDraft(
            symptom=who.fault,
            source=self.dice.choice(("direct", "direct", "direct", "centre", "maker", "property")),
            channel="in_store" if in_store else self.dice.choice(("phone", "phone", "phone", "online")),
            customer_id=who.customer_id,
            devices=(DeviceDraft(device_id=who.device_id, appearance="外观完好", accessories="无"),),
            mode="in_store" if in_store else "on_site",
            urgency="critical" if urgent < 0.06 else "urgent" if urgent < 0.25 else "normal",
            occurred=self.dice.choice(("昨晚开始", "今天早上", "断断续续一周了", "")),
            wished_from=None if in_store else moment_on(local_day(at + timedelta(days=1))) + timedelta(hours=9),
            wished_to=None if in_store else moment_on(local_day(at + timedelta(days=1))) + timedelta(hours=12),
        )
        return self.keep(orders.register(replace(draft, **fields), by=agent, at=at), who)

    def to_dispatch(self, who: Known, minutes: float, **fields: Any) -> int:
        """An order that came in so long ago and was sent to dispatch."""
        agent = self.staff["kefu"]
        order_id = self.register(who, agent, self.ago(minutes), **fields)
        orders.choose_repair(order_id, seen=self.seen(order_id), by=agent, at=self.ago(minutes - 5))
        return order_id

    def keep(self, order: Numbered, who: Known) -> int:
        """Remember what was registered and whose it is; answers its key."""
        self.numbers[order.pk], self.whose[order.pk] = order.number, who
        return order.pk

    def _started(self, stage: str) -> datetime:
        """When an order of this stage came in: the younger the stage, the nearer to now."""
        spans = {"registered": (4, 90), "answering": (3, 60), "to_dispatch": (15, 240), "dispatched": (60, 300)}
        if stage in spans:
            return self.now - timedelta(minutes=self.dice.randint(*spans[stage]))
        old = stage in ("closed", "declined", "answered", "complaint", "cancelled")
        day = local_day(self.now) - timedelta(days=self.dice.randint(3, 75) if old else self.dice.randint(1, 2))
        return moment_on(day) + timedelta(hours=8, minutes=30 + self.dice.randint(0, 150))

    def technician(self, who: Known) -> Actor:
        if who.site:
            return self.staff["py_shifu"]
        for username, _name, site_no, roles, _payee, skills in words.STAFF:
            if site_no == 0 and "technician" in roles and who.category in skills:
                return self.staff[username]
        return self.staff["shifu2"]

    def _next_customer(self) -> Known:
        who = self.known[(self.used * 11) % len(self.known)]
        self.used += 1
        return who

    def pick(self, *categories: str) -> Known:
        """A customer of the first site with such a device, whom no open order is about if there is one."""
        free = [*range(self.used, len(self.known)), *reversed(range(self.used))]
        for n in free:
            who: Known = self.known[(n * 11) % len(self.known)]
            if not who.site and who.category in categories and who.device_id not in self.picked:
                self.picked.add(who.device_id)
                return who
        raise LookupError(f"no customer of the demo has {categories}")

    def ago(self, minutes: float) -> datetime:
        """So long before now. What would fall into the night is pressed into the hour before nine in the evening."""
        at = self.now - timedelta(minutes=minutes)
        morning = moment_on(local_day(at)) + timedelta(hours=9)
        evening = moment_on(local_day(at)) + timedelta(hours=20)
        if morning <= at < evening:
            return at
        if at < morning:
            evening -= timedelta(days=1)
        return evening + (at - evening) / 13.5

    def _name(self) -> str:
        return self.dice.choice(words.SURNAMES) + self.dice.choice(words.GIVEN)

    def seen(self, order_id: int) -> int:
        return order_queries.version(order_id)
