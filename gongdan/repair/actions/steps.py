"""Steps that the kind of order or the device's category demands, and readings taken on a broadband line."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from gongdan.audit.actions import record
from gongdan.devices import actions as devices
from gongdan.devices import rules as device_rules
from gongdan.devices.models import OpticalReading
from gongdan.devices.states import DIRECTION_LABELS, Direction
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Invalid, Refused
from gongdan.kernel.text import _
from gongdan.orders import actions as orders
from gongdan.people.queries import settings_for
from gongdan.repair import queries, rules
from gongdan.repair.actions.guards import in_repair, working
from gongdan.repair.events import Verb
from gongdan.repair.models import StepTick


@transaction.atomic
def tick(
    order_id: int, code: str, *, device_line_id: int | None = None, note: str = "", by: Actor, at: datetime
) -> StepTick:
    """Tick a demanded step; twice is once. Refused: the order does not demand it, or the site has no hotline to leave."""
    order = in_repair(order_id, by=by)
    demand = _demand(order_id, code, device_line_id)
    rules.check_lengths({"note": note})
    if code == rules.HOTLINE and not order.site.hotline:
        raise Refused(_("站点还没有登记服务热线，请主管先在“站点”里填写，再勾选“热线已留”"), code="no_hotline")
    row, is_new = StepTick.objects.get_or_create(
        order=order,
        device_line_id=device_line_id,
        code=code,
        defaults={"note": note.strip(), "by_id": by.id, "at": at},
    )
    if is_new:
        record(Verb.STEP_TICKED, row, by=by, at=at, about=order, step=demand.label)
    return row


@transaction.atomic
def untick(order_id: int, code: str, *, device_line_id: int | None = None, by: Actor, at: datetime) -> None:
    """Take a tick back that was set by mistake; the log keeps both. Safe to run twice."""
    order = in_repair(order_id, by=by)
    demand = _demand(order_id, code, device_line_id)
    row = StepTick.objects.filter(order=order, device_line=device_line_id, code=code).first()
    if row is not None:
        record(Verb.STEP_UNTICKED, row, by=by, at=at, about=order, step=demand.label)
        row.delete()


@transaction.atomic
def record_reading(
    device_line_id: int, direction: str, hundredths: int, *, note: str = "", by: Actor, at: datetime
) -> OpticalReading:
    """Keep the optical power read on this order with its time (R-029). Refused: no line category, or out of range."""
    line, order = working(device_line_id, by=by)
    rules.check_lengths({"note": note})
    device_rules.check_direction(direction)
    device_rules.check_power(hundredths)
    category = line.category.name if line.category else ""
    if category not in settings_for(order.site_id).of(device_rules.LINE_CATEGORIES):
        raise Refused(_("{category}没有线路资料，不用记录光功率", category=category or _("这台设备")), code="no_line")
    device = orders.known_device(line, order, by=by, at=at)
    row = devices.add_reading(
        device.pk, direction, hundredths, note=note, order_id=order.pk, order_number=order.number, by=by, at=at
    )
    label = DIRECTION_LABELS[Direction(direction)]
    record(
        Verb.LIGHT_READ, order, by=by, at=at,
        device=queries.device_of(line), direction=label, dbm=device_rules.dbm(hundredths),
    )  # fmt: skip
    return row


def _demand(order_id: int, code: str, device_line_id: int | None) -> rules.Demand:
    found = next(
        (one for one in queries.demands(order_id) if (one.code, one.device_line_id) == (code, device_line_id)), None
    )
    if found is None:
        raise Invalid({"code": _("这张工单不要求这一步，请刷新页面")})
    return found
