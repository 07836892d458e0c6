"""The stories of the reception desk: chased orders, wrong numbers, complaints, help by telephone, and a whole hotel."""

from __future__ import annotations

from datetime import timedelta

from gongdan.catalog import queries as catalog
from gongdan.customers import actions as customers
from gongdan.customers import queries as customer_queries
from gongdan.customers.rules import AddressDraft, ContactDraft, CustomerDraft
from gongdan.devices import actions as devices
from gongdan.devices.rules import DeviceDraft as RegisteredDraft
from gongdan.dispatch import actions as dispatch
from gongdan.dispatch.actions import VisitDraft
from gongdan.doors.cli.demo import words
from gongdan.doors.cli.demo.shop import Known, Shop
from gongdan.followup import actions as followup
from gongdan.kernel.calendar import local_day, moment_on
from gongdan.orders import actions as orders
from gongdan.orders.rules import OrderDraft, Room


def tell(shop: Shop) -> None:
    """All of them."""
    chase_twice(shop)
    chase_three_times(shop)
    come_back_again(shop)
    give_a_wrong_number(shop)
    complain(shop)
    ask_and_be_called(shop)
    help_by_phone(shop)
    judge_before_the_visit(shop)
    try_to_reach(shop)
    report_a_hotel(shop)


def chase_twice(shop: Shop) -> None:
    """It waits for dispatch since yesterday; he has called twice."""
    who = shop.pick("冰箱")
    order_id = shop.to_dispatch(who, 20 * 60)
    _chase(shop, order_id, who, 260, 55)


def chase_three_times(shop: Shop) -> None:
    """Somebody is to come, and he has called three times: the supervisor's."""
    who = shop.pick("洗衣机")
    order_id = shop.to_dispatch(who, 50 * 60)
    tomorrow = moment_on(local_day(shop.now) + timedelta(days=1)) + timedelta(hours=10)
    dispatch.assign(
        order_id,
        VisitDraft(shop.technician(who).id, planned_from=tomorrow, planned_to=tomorrow + timedelta(hours=2)),
        seen=shop.seen(order_id),
        by=shop.staff["paigong"],
        at=shop.ago(47 * 60),
        confirm_conflict=True,
    )
    _chase(shop, order_id, who, 27 * 60, 230, 35)


def come_back_again(shop: Shop) -> None:
    """The same device for the third time within the month: it waits for the supervisor's word."""
    who = shop.pick("空调", "热水器")
    for days in (24, 11):
        shop.follow("closed", who, moment_on(local_day(shop.now) - timedelta(days=days)) + timedelta(hours=9))
    order_id = shop.register(who, shop.staff["kefu"], shop.now, symptom=f"又坏了：{who.fault}，这个月第三次")
    orders.choose_repair(order_id, seen=shop.seen(order_id), by=shop.staff["kefu"], at=shop.now)


def give_a_wrong_number(shop: Shop) -> None:
    """The number of the order is somebody else's: its source is asked."""
    who = shop.pick("厨房电器", "热水器")
    order_id = shop.to_dispatch(who, 190, source="maker", phone="13700009981")
    orders.mark_wrong_number(order_id, note="接电话的人说不认识这位客户", by=shop.staff["kefu"], at=shop.ago(170))


def complain(shop: Shop) -> None:
    """One complaint is judged and must be dealt with; one is dealt with and waits for its call."""
    agent, supervisor = shop.staff["kefu"], shop.staff["zhuguan"]
    text, finding = words.LATE_COMPLAINT
    first = _complaint(shop, shop.closed[2], text, 160)
    orders.judge(
        first, subject="迟到", liability="shop", finding=finding, seen=shop.seen(first), by=agent, at=shop.ago(110)
    )
    text, finding, handling, outcome = words.BILL_COMPLAINT
    second = _complaint(shop, shop.closed[5], text, 27 * 60)
    orders.judge(
        second,
        subject="收费",
        liability="shop",
        finding=finding,
        seen=shop.seen(second),
        by=supervisor,
        at=shop.ago(25 * 60),
    )
    at = shop.ago(22 * 60)
    orders.handle(second, handling=handling, outcome=outcome, seen=shop.seen(second), by=supervisor, at=at)
    orders.compensate(
        second,
        rule_id=None,
        reason="差额 20 元当天已退，客户不要别的赔付",
        seen=shop.seen(second),
        by=supervisor,
        at=at,
    )
    orders.close_answered(second, seen=shop.seen(second), by=supervisor, at=at)
    followup.plan_call(second, at=at)


def ask_and_be_called(shop: Shop) -> None:
    """A question was answered three hours ago, and we promised to ask whether it helped."""
    who, agent = shop.pick("洗衣机", "冰箱"), shop.staff["kefu2"]
    text, reply = words.CALLED_AFTER
    draft = OrderDraft(symptom=text, source="direct", channel="phone", customer_id=who.customer_id)
    order_id = shop.keep(orders.register(draft, by=agent, at=shop.ago(185)), who)
    orders.choose_inquiry(order_id, seen=shop.seen(order_id), by=agent, at=shop.ago(183))
    orders.answer(order_id, text=reply, wants_follow_up=True, seen=shop.seen(order_id), by=agent, at=shop.ago(180))
    orders.close_answered(order_id, seen=shop.seen(order_id), by=agent, at=shop.ago(178))
    followup.plan_answer_call(order_id, at=shop.ago(178))


def help_by_phone(shop: Shop) -> None:
    """Two broadband orders with error 691 were solved on the telephone; of one the two hours are over."""
    agent = shop.staff["kefu2"]
    for minutes in (155, 95):
        who = shop.pick("宽带/ONU")
        order_id = shop.register(
            who,
            agent,
            shop.ago(minutes),
            symptom="宽带拨号提示错误 691，上不了网",
            error_code="691",
            channel="phone",
            source="direct",
        )
        at = shop.ago(minutes - 15)
        orders.solve_by_phone(
            order_id,
            reason="guided",
            code="691",
            steps=words.STEPS_691,
            note="上周改过密码，路由器里还是旧的；改好后当场能上网",
            seen=shop.seen(order_id),
            by=agent,
            at=at,
        )
        followup.plan_call(order_id, at=at)


def judge_before_the_visit(shop: Shop) -> None:
    """Error 678 needs a visit: the first judgement is written down and agreed."""
    who = shop.pick("宽带/ONU")
    order_id = shop.to_dispatch(
        who, 75, symptom="宽带连接提示错误 678，光猫 LOS 灯红", error_code="678", channel="phone"
    )
    orders.note_preliminary(
        order_id,
        background="昨晚雷雨后断网，光猫 LOS 灯一直红；断电一分钟再插上还是红，邻居家正常",
        rough_scope="入户皮线或光猫，没有安全隐患",
        rough_plan="上门测光功率；皮线断了重新熔接，光猫坏了换新",
        is_confirmed=True,
        confirmed_with=who.name,
        by=shop.staff["kefu"],
        at=shop.ago(60),
    )


def try_to_reach(shop: Shop) -> None:
    """Nobody answers: one call is due again, one tomorrow."""
    agent = shop.staff["kefu"]
    who = shop.pick("打印机", "电脑")
    order_id = shop.to_dispatch(who, 300)
    for minutes, next_at in ((240, shop.ago(160)), (150, shop.now - timedelta(minutes=12))):
        orders.log_contact(
            order_id,
            purpose="appointment",
            result="no_answer",
            number=who.phone,
            note="响到头没人接，约上门时间",
            next_at=next_at,
            by=agent,
            at=shop.ago(minutes),
        )
    who = shop.pick("电视")
    order_id = shop.to_dispatch(who, 200)
    orders.log_contact(
        order_id,
        purpose="contact",
        result="rejected",
        number=who.phone,
        note="挂断后回短信：在开会，明天上午联系",
        next_at=moment_on(local_day(shop.now) + timedelta(days=1)) + timedelta(hours=9, minutes=30),
        by=agent,
        at=shop.ago(140),
    )


def report_a_hotel(shop: Shop) -> None:
    """Eight rooms of one customer on one order."""
    agent, began = shop.staff["kefu"], shop.now - timedelta(days=300)
    category = next(row.pk for row in catalog.categories() if row.name == "空调")
    name, phone, place = words.HOTEL
    customer = customers.add(
        CustomerDraft(
            name,
            "company",
            (ContactDraft(phone, "梁工", "equipment"),),
            (AddressDraft(place, "440106"),),
            "先到前台登记领钥匙，12:00–14:00 客房不能进",
            site_id=shop.site_ids[0],
        ),
        by=agent,
        at=began,
    )
    device = devices.register_device(
        customer.pk,
        RegisteredDraft(category_id=category, brand_text="格力", model_text="GMV-H160WL/A", serial="4752GMV160001"),
        by=agent,
        at=began,
    )
    who = shop.hotel = Known(0, customer.pk, name, phone, device.pk, "空调", "多联机不制冷")
    draft = OrderDraft(
        symptom="换季集中检修客房空调",
        source="direct",
        channel="phone",
        customer_id=who.customer_id,
        category_id=category,
        mode="on_site",
    )
    rooms = [Room(place, symptom, name, phone) for place, symptom, name, phone in words.ROOMS]
    order_id = shop.keep(orders.register_bulk(draft, rooms, by=agent, at=shop.ago(230)), who)
    orders.choose_repair(order_id, seen=shop.seen(order_id), by=agent, at=shop.ago(225))


def know_people(shop: Shop) -> None:
    """A mother and the son who decides for her, a VIP, one who pays beforehand, and one whom the supervisor must allow."""
    owner, at = shop.staff["laoban"], shop.now - timedelta(days=30)
    at_home = list(dict.fromkeys(known.customer_id for known in shop.known if known.site == 0))
    mother, vip, careful, refused = at_home[0], at_home[2], at_home[3], at_home[4]
    card = customer_queries.card(mother, owner)
    son = customers.add(
        CustomerDraft(
            f"{card.name[0]}强",
            contacts=(ContactDraft("13700002231", f"{card.name[0]}强", "decider"),),
            addresses=tuple(AddressDraft(row.detail, row.division_code) for row in card.addresses[:1]),
            site_id=shop.site_ids[0],
        ),
        by=owner,
        at=at,
    )
    customers.join_household(mother, son.pk, by=owner, at=at)
    customers.warn(vip, "vip", reason="二十年的老主顾", own_technician_id=shop.staff["shifu"].id, by=owner, at=at)
    customers.warn(careful, "prepaid", reason="两次空跑不付上门费", proof="去年两张工单的现场照片", by=owner, at=at)
    customers.warn(refused, "refuse", reason="上门时辱骂师傅并推搡", proof="派出所回执照片", by=owner, at=at)
    for customer_id, minutes in ((careful, 70), (refused, 50)):
        who = next(known for known in shop.known if known.customer_id == customer_id)
        shop.to_dispatch(who, minutes, channel="phone", source="direct")


def _chase(shop: Shop, order_id: int, who: Known, *minutes: int) -> None:
    for (content, answer), ago in zip(words.CHASES, minutes, strict=False):
        orders.chase(order_id, content, answer, caller_phone=who.phone, by=shop.staff["kefu2"], at=shop.ago(ago))


def _complaint(shop: Shop, about: int, text: str, minutes: int) -> int:
    """A complaint about this closed order."""
    agent = shop.staff["kefu"]
    who = shop.whose[about]
    draft = OrderDraft(symptom=text, source="direct", channel="phone", customer_id=who.customer_id)
    order_id = shop.keep(orders.register(draft, by=agent, at=shop.ago(minutes)), who)
    orders.choose_complaint(
        order_id,
        about_number=shop.numbers[about],
        seen=shop.seen(order_id),
        by=agent,
        at=shop.ago(minutes - 4),
    )
    return order_id
