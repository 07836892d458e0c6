"""Past orders of an import: read-only, searchable, in the counts; a batch appears and goes as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import transaction

from gongdan.catalog.models import Category
from gongdan.customers.models import Customer
from gongdan.devices.models import Device
from gongdan.kernel import phones
from gongdan.kernel.calendar import local_day
from gongdan.numbering import actions as numbering
from gongdan.orders import rules
from gongdan.orders.actions.indexing import search_card
from gongdan.orders.models import DeviceLine, Order
from gongdan.orders.rules import LIMITS, PastOrderDraft, address_key
from gongdan.orders.states import Flow, Mode, Status
from gongdan.people.models import Site
from gongdan.search import actions as search

NUMBER_KIND = "LS"  # 历史
NUMBER_PATTERN = "{kind}{yymmdd}-{n:04d}"
CHUNK = 500
DROP = 100


@transaction.atomic
def take_in_past(
    rows: Iterable[tuple[Customer, PastOrderDraft]], *, site: Site, batch_id: int, is_visible: bool = False
) -> list[Order]:
    """Past orders of one import, at most 500 at once; hidden until `show_past`. The batch's own event tells of them.

    What an old table holds is taken as it is: texts that are too long are cut, a cell without a number is kept, an end
    that is not named is the beginning.
    """
    told = list(rows)
    assert len(told) <= CHUNK, "no transaction holds the write lock for long"
    categories = {row.pk: row for row in Category.objects.filter(pk__in={d.category_id for _c, d in told})}
    wanted = {pk for _customer, draft in told for pk in draft.device_ids}
    devices = {row.pk: row for row in Device.objects.filter(pk__in=wanted).select_related("category", "brand")}
    orders, lines = [], []
    for customer, draft in told:
        category = categories.get(draft.category_id or 0)
        own = _lines(draft, category, [devices[pk] for pk in draft.device_ids if pk in devices])
        order = _order(draft, customer, category, site)
        order.device_text = rules.device_text(
            (line.category.name if line.category else "", line.brand_text, line.model_text) for line in own
        )
        order.batch_id, order.is_visible = batch_id, is_visible
        orders.append(order)
        lines.append(own)
    Order.objects.bulk_create(orders)
    for order, own in zip(orders, lines, strict=True):
        for position, line in enumerate(own):
            line.order, line.position = order, position
    DeviceLine.objects.bulk_create(line for own in lines for line in own)
    search.put_many(
        search_card(order, customer_name=order.customer.name, lines=own, place="")
        for order, own in zip(orders, lines, strict=True)
    )
    return orders


def show_past(batch_id: int) -> None:
    """Make an import's past orders count, 500 at a time: the last step of an import that succeeded."""
    hidden, last = Order.objects.filter(batch_id=batch_id, is_visible=False), 0
    while ids := list(hidden.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:CHUNK]):
        Order.objects.filter(pk__in=ids).update(is_visible=True)
        last = ids[-1]


def drop_past(batch_id: int) -> None:
    """Take an import's past orders out again, 100 at a time: what hangs on each is asked for."""
    batch = Order.objects.filter(batch_id=batch_id, is_historic=True)
    while ids := list(batch.order_by("pk").values_list("pk", flat=True)[:DROP]):
        with transaction.atomic():
            for pk in ids:
                search.drop("order", pk)
            Order.objects.filter(pk__in=ids).delete()


def _order(draft: PastOrderDraft, customer: Customer, category: Category | None, site: Site) -> Order:
    numbers = phones.parse_phones(draft.phone[: phones.MAX_RAW], default_area_code=site.area_code)
    return Order(
        number=numbering.take(
            NUMBER_KIND,
            site_id=site.pk,
            site_code=site.code,
            day=local_day(draft.received_at),
            pattern=NUMBER_PATTERN,
        ),
        old_number=draft.old_number.strip()[:60],
        site=site,
        status=Status.CANCELLED if draft.is_cancelled else Status.CLOSED,
        flow=Flow.REPAIR,
        mode=draft.mode if draft.mode in set(Mode) else Mode.ON_SITE,
        source=draft.source,
        channel=draft.channel,
        customer=customer,
        contact_name=draft.contact_name.strip()[: LIMITS["contact_name"]],
        phone=(numbers[0].raw.strip() if len(numbers) > 1 else draft.phone.strip())[:40],
        phone_code=numbers[0].code[:40] if numbers else "",
        phone2=numbers[1].raw.strip()[:40] if len(numbers) > 1 else "",
        address=draft.address.strip()[: LIMITS["address"]],
        address_key=address_key(draft.address.strip()[: LIMITS["address"]]),
        category=category,
        symptom=draft.symptom.strip()[: LIMITS["symptom"]],
        remark=draft.remark.strip()[: LIMITS["remark"]],
        received_at=draft.received_at,
        accepted_at=draft.received_at,
        closed_at=None if draft.is_cancelled else draft.closed_at or draft.received_at,
        result=draft.result[:20],
        repair_label=draft.repair_label.strip()[:30],
        technician_names=draft.technician_names.strip()[:120],
        due_fen=draft.due_fen,
        is_historic=True,
    )


def _lines(draft: PastOrderDraft, category: Category | None, devices: Sequence[Device]) -> list[DeviceLine]:
    """A line per registered device, else one with the words of the table."""
    if not devices:
        return [
            DeviceLine(
                category=category,
                brand_text=draft.brand_text.strip()[:60],
                model_text=draft.model_text.strip()[:80],
                serial=draft.serial.strip()[:60],
                result=draft.result[:20],
            )
        ]
    return [
        DeviceLine(
            device=device,
            category=device.category,
            brand=device.brand,
            brand_text=device.brand_text,
            model_text=device.model_text,
            serial=device.serial,
            result=draft.result[:20],
        )
        for device in devices
    ]
