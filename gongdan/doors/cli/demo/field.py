"""The stories of dispatch and technicians: queues, promises, wasted trips, help, devices taken along or refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO

from PIL import Image, ImageDraw

from gongdan.dispatch import actions as dispatch
from gongdan.dispatch import queries as dispatching
from gongdan.dispatch.actions import ConfirmationDraft, MoveDraft, OfferDraft, VisitDraft
from gongdan.doors.cli.demo.shop import STROKES, Known, Shop
from gongdan.files import actions as files
from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.kernel.calendar import local_day, local_moment, moment_on
from gongdan.orders import actions as orders
from gongdan.orders import queries as order_queries
from gongdan.people import actions as people
from gongdan.repair import actions as repair
from gongdan.repair.actions import HelpDraft, PickUpDraft, RefusalDraft


@dataclass(frozen=True, slots=True)
class OnSite:
    """An order whose technician is at the customer's."""

    order_id: int
    line_id: int
    visit_id: int
    technician: Actor


def tell(shop: Shop) -> None:
    """All of them."""
    offer_to_a_team(shop)
    move_a_promise(shop)
    keep_a_moved_promise(shop)
    keep_a_promise_by_another(shop)
    bring_to_the_supervisor(shop)
    come_late(shop)
    go_in_vain(shop)
    ask_a_colleague(shop)
    ask_the_department(shop)
    take_along(shop)
    refuse_to_work(shop)


def offer_to_a_team(shop: Shop) -> None:
    """Two air conditioners wait for whoever of the team takes them first; the technical department stands by."""
    start = shop.now - timedelta(days=400)
    members = [shop.staff["shifu"].id, shop.staff["shifu2"].id]
    team = people.add_team(name="空调班", members=members, site_id=shop.site_ids[0], kind="team", by=SYSTEM, at=start)
    experts = [shop.staff["zhuguan"].id]
    people.add_team(name="技术部", members=experts, site_id=None, kind="department", by=SYSTEM, at=start)
    for minutes, hours in ((130, 9), (65, 14)):
        who = shop.pick("空调")
        order_id = _to_dispatch(shop, who, minutes)
        begin = _tomorrow(shop, hours)
        draft = OfferDraft(team.pk, f"{who.fault}；带压力表", begin, begin + timedelta(hours=2))
        dispatch.offer_to_team(
            order_id, draft, seen=shop.seen(order_id), by=shop.staff["paigong"], at=shop.ago(minutes - 20)
        )


def move_a_promise(shop: Shop) -> None:
    """We had to move the window, once: he agreed and had an apology."""
    who = shop.pick("冰箱")
    order_id = _assigned(shop, who, 250, _tomorrow(shop, 9))
    dispatch.move_promise(
        order_id,
        _tomorrow(shop, 14),
        _tomorrow(shop, 16),
        consent="yes",
        consent_of=who.name,
        way="phone",
        reason="压缩机配件要明天中午才到货",
        apology_made=True,
        seen=shop.seen(order_id),
        by=shop.staff["paigong"],
        at=shop.ago(80),
    )


def keep_a_promise_by_another(shop: Shop) -> None:
    """He did not agree to another time: a colleague comes at the old one."""
    who = shop.pick("热水器")
    order_id = _assigned(shop, who, 320, _tomorrow(shop, 10))
    draft = MoveDraft(
        _tomorrow(shop, 16), _tomorrow(shop, 18), who.name, "李建国上一单要换整机，赶不上", apology_made=True
    )
    dispatch.refuse_move(
        order_id,
        draft,
        to_id=shop.staff["shifu2"].id,
        from_id=shop.technician(who).id,
        seen=shop.seen(order_id),
        by=shop.staff["paigong"],
        at=shop.ago(100),
    )


def bring_to_the_supervisor(shop: Shop) -> None:
    """Nobody is free at the time that the customer wants."""
    order_id = _to_dispatch(shop, shop.pick("洗衣机"), 150)
    dispatch.to_coordinate(
        order_id,
        "客户只有今晚七点后在家，会修洗衣机的师傅都排满了",
        seen=shop.seen(order_id),
        by=shop.staff["paigong"],
        at=shop.ago(45),
    )


def come_late(shop: Shop) -> None:
    """The promised window is over, nobody is there, and the customer was told in time."""
    who = shop.pick("厨房电器", "电视")
    end = _hour(shop.ago(20))
    order_id = shop.to_dispatch(who, 22 * 60)
    visit = dispatch.assign(
        order_id,
        VisitDraft(shop.staff["shifu2"].id, planned_from=end - timedelta(hours=2), planned_to=end),
        seen=shop.seen(order_id),
        by=shop.staff["paigong"],
        at=shop.ago(21 * 60),
        confirm_conflict=True,
    )
    dispatch.accept(visit.pk, by=shop.staff["shifu2"], at=shop.ago(20 * 60))
    dispatch.report_delay(
        visit.pk,
        "上一单换电机，超时了",
        told_how="phone",
        new_estimate=end + timedelta(minutes=90),
        by=shop.staff["shifu2"],
        at=end - timedelta(minutes=25),
    )


def go_in_vain(shop: Shop) -> None:
    """Nobody opened; without a photograph and the calls no fee may be taken."""
    who = shop.pick("打印机", "宽带/ONU", "电脑")
    site = _on_site(shop, who, 95, by="shifu4")
    orders.log_contact(
        site.order_id,
        purpose="contact",
        result="no_answer",
        number=who.phone,
        note="在门口打的，没人接",
        next_at=shop.now + timedelta(hours=2),
        by=site.technician,
        at=shop.ago(90),
    )
    dispatch.report_wasted_trip(
        site.visit_id, "家里没人，电话不接", photo_id=None, by=site.technician, at=shop.ago(86), confirm_unproven=True
    )


def ask_a_colleague(shop: Shop) -> None:
    """He is stuck and has asked a colleague."""
    site = _on_site(shop, shop.pick("空调"), 80, by="shifu")
    question = "变频外机启动三分钟后停机，报 E6；压力正常，通讯线电压在跳，先查主板还是先换通讯线？"
    repair.ask_for_help(
        site.order_id,
        HelpDraft(1, question, asked_to_id=shop.staff["shifu2"].id),
        by=site.technician,
        at=shop.ago(30),
    )


def ask_the_department(shop: Shop) -> None:
    """The colleague has answered, it did not help, and now the technical department is asked."""
    site = _on_site(shop, shop.pick("冰箱"), 140, by="shifu2")
    asked = repair.ask_for_help(
        site.order_id,
        HelpDraft(1, "换了温控器压缩机还是不停，是不是冷媒少了？", asked_to_id=shop.staff["shifu"].id),
        by=site.technician,
        at=shop.ago(110),
    )
    repair.answer_help(
        asked.pk,
        "先摸过滤器前后温差，结霜就是堵；没有结霜再查冷媒，压力低于 0.04 兆帕要检漏",
        by=shop.staff["shifu"],
        at=shop.ago(90),
    )
    repair.ask_for_help(
        site.order_id,
        HelpDraft(2, "过滤器没有结霜，压力 0.02 兆帕，但外露管路检不到漏点，内漏能不能开背修？"),
        by=site.technician,
        at=shop.ago(40),
    )


def take_along(shop: Shop) -> None:
    """The set is with us; the customer signed for it."""
    who = shop.pick("电视")
    since = _minutes_since(shop, 1, 14.5)
    site = _on_site(shop, who, since, by="shifu2")
    at = shop.ago(since - 50)
    draft = PickUpDraft(
        accessories="遥控器一个、电源线一根、底座两只",
        condition="屏幕无裂痕，右下边框有一道 3 厘米旧划痕，能通电不显示",
        signer=who.name,
        promised_on=local_day(shop.now) + timedelta(days=3),
        signature_id=_signature(site, who.name, at),
        fee="agreed",
    )
    repair.take_away(site.line_id, draft, by=site.technician, at=at)


def refuse_to_work(shop: Shop) -> None:
    """The flue ends in the room: nobody works on this heater until that is changed."""
    who = shop.pick("热水器")
    site = _on_site(shop, who, 185, by="shifu")
    at = shop.ago(160)
    photo = files.attach("orders.order", site.order_id, name="排烟管.png", content=_photo(), by=site.technician, at=at)
    draft = RefusalDraft(
        hazard="烟道不通或直排室内",
        reason="排烟管没有伸出室外，断在厨房吊顶里；试火两分钟一氧化碳报警器就响",
        photo_id=photo.pk,
        signer=who.name,
        signature_id=_signature(site, who.name, at),
    )
    repair.refuse_for_safety(site.line_id, draft, by=site.technician, at=at)


def keep_a_moved_promise(shop: Shop) -> None:
    """Two days ago he asked for another time himself, and somebody was there."""
    who = shop.pick("空调", "热水器")
    technician = shop.technician(who)
    asked, came = _minutes_since(shop, 3, 9.5), _minutes_since(shop, 2, 15.4)
    start = moment_on(local_day(shop.now) - timedelta(days=2)) + timedelta(hours=9)
    order_id = _assigned(shop, who, asked, start)
    dispatch.move_promise(
        order_id,
        start + timedelta(hours=6),
        start + timedelta(hours=8),
        consent="yes",
        consent_of=who.name,
        way="phone",
        reason="客户上午要开家长会，改下午",
        moved_by="customer",
        seen=shop.seen(order_id),
        by=shop.staff["paigong"],
        at=shop.ago(asked - 90),
    )
    visit = dispatching.visits_of(order_id)[0]
    _arrive(shop, visit.pk, technician, came, start + timedelta(hours=6))


def _to_dispatch(shop: Shop, who: Known, minutes: float) -> int:
    return shop.to_dispatch(who, minutes, mode="on_site", channel="phone", source="direct")


def _assigned(shop: Shop, who: Known, minutes: float, start: datetime) -> int:
    order_id = _to_dispatch(shop, who, minutes)
    dispatch.assign(
        order_id,
        VisitDraft(shop.technician(who).id, planned_from=start, planned_to=start + timedelta(hours=2)),
        seen=shop.seen(order_id),
        by=shop.staff["paigong"],
        at=shop.ago(minutes - 20),
        confirm_conflict=True,
    )
    return order_id


def _on_site(shop: Shop, who: Known, minutes: float, *, by: str) -> OnSite:
    """The technician arrived so long ago, in the promised window."""
    technician = shop.staff[by]
    order_id = _to_dispatch(shop, who, minutes + 200)
    start = _hour(shop.ago(minutes))
    visit = dispatch.assign(
        order_id,
        VisitDraft(technician.id, planned_from=start, planned_to=start + timedelta(hours=2)),
        seen=shop.seen(order_id),
        by=shop.staff["paigong"],
        at=shop.ago(minutes + 180),
        confirm_conflict=True,
    )
    _arrive(shop, visit.pk, technician, minutes, start)
    return OnSite(order_id, order_queries.devices(order_id, technician)[0].id, visit.pk, technician)


def _arrive(shop: Shop, visit_id: int, technician: Actor, minutes: float, start: datetime) -> None:
    """He takes it, calls before he sets out, and is there so long ago."""
    dispatch.accept(visit_id, by=technician, at=shop.ago(minutes + 170))
    told = max(start, shop.ago(minutes))
    called = ConfirmationDraft(is_convenient=True, told_at=told, device_ok=True, fault_ok=True, address_ok=True)
    dispatch.confirm_before_visit(visit_id, called, by=technician, at=shop.ago(minutes + 40))
    dispatch.depart(visit_id, by=technician, at=shop.ago(minutes + 25))
    dispatch.arrive(visit_id, by=technician, at=shop.ago(minutes))


def _tomorrow(shop: Shop, hour: int) -> datetime:
    return moment_on(local_day(shop.now) + timedelta(days=1)) + timedelta(hours=hour)


def _minutes_since(shop: Shop, days: int, hour: float) -> float:
    """How many minutes ago that hour of an earlier day was."""
    return (shop.now - moment_on(local_day(shop.now) - timedelta(days=days))) / timedelta(minutes=1) - hour * 60


def _hour(at: datetime) -> datetime:
    return local_moment(at).replace(minute=0, second=0, microsecond=0)


def _signature(site: OnSite, signer: str, at: datetime) -> int:
    return files.attach_signature(
        "orders.order", site.order_id, strokes=STROKES, signer=signer, by=site.technician, at=at
    ).pk


def _photo() -> bytes:
    """A drawing in the place of a photograph: a pipe that ends under a ceiling."""
    picture = Image.new("RGB", (480, 360), "#d9d4cb")
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 0, 480, 70), fill="#b8b1a4")
    pen.rectangle((190, 210, 290, 340), fill="#f4f4f2", outline="#777777", width=3)
    pen.rectangle((228, 100, 252, 210), fill="#9aa0a6", outline="#555555", width=2)
    pen.ellipse((205, 70, 275, 110), outline="#c0392b", width=5)
    target = BytesIO()
    picture.save(target, "PNG")
    return target.getvalue()
