"""What every verb of repair asks first: the order under lock, in repair, and this actor at work on it."""

from __future__ import annotations

from gongdan.files import queries as files
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Invalid, Missing, Refused
from gongdan.kernel.text import _
from gongdan.orders import actions as orders
from gongdan.orders.models import DeviceLine, Order
from gongdan.orders.states import Status
from gongdan.repair import access


def in_repair(order_id: int, *, by: Actor, seen: int | None = None) -> Order:
    """The order, locked. Refused: it is not in repair, or the actor does not work on it."""
    order = orders.locked(order_id, seen=seen, by=by)
    access.require_work(by, order)
    if order.status != Status.IN_REPAIR:
        raise Refused(
            _(
                "工单 {number} 现在是“{status}”，只有维修中的工单可以填写维修",
                number=order.number,
                status=orders.status_label(order),
            ),
            code="wrong_status",
        )
    return order


def working(device_line_id: int, *, by: Actor) -> tuple[DeviceLine, Order]:
    """A device of an order in repair, with the order locked. Missing: it was taken off, or split off meanwhile."""
    order_id = DeviceLine.objects.filter(pk=device_line_id).values_list("order_id", flat=True).first()
    if order_id is None:
        raise Missing
    order = in_repair(order_id, by=by)
    line = DeviceLine.objects.filter(pk=device_line_id, order=order).first()
    if line is None:
        raise Missing(_("这台设备已不在这张工单上，请刷新页面"))
    return line, order


def check_attachment(order: Order, attachment_id: int | None, field: str) -> None:
    """Refused: the file or signature does not hang on this order."""
    if attachment_id is None:
        return
    try:
        found = files.attachment(attachment_id)
    except Missing as missing:
        raise Invalid({field: _("没有找到这个文件，请重新上传")}) from missing
    if (found.subject_kind, found.subject_id) != ("orders.order", order.pk):
        raise Invalid({field: _("这个文件不属于这张工单，请重新上传")})
