"""A device and an archive entry as typed or deposited, and what stands against them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from gongdan.devices.states import Location, UseKind
from gongdan.kernel.text import Text, _


@dataclass(frozen=True, slots=True)
class DeviceDraft:
    """A device as typed: whatever is not known yet stays empty and may be added later."""

    category_id: int
    product_kind: str = ""
    brand_id: int | None = None
    brand_text: str = ""
    model_id: int | None = None
    model_text: str = ""
    spec: str = ""
    serial: str = ""
    purchase_on: date | None = None
    invoice_no: str = ""
    seller: str = ""
    made_on: date | None = None
    installed_on: date | None = None
    activated_on: date | None = None
    exchanged_on: date | None = None
    maker_record_on: date | None = None
    use_kind: str = UseKind.HOME
    address_id: int | None = None
    place: str = ""
    location: str = Location.CUSTOMER
    remark: str = ""
    price_fen: int | None = None
    is_sold_here: bool = False


@dataclass(frozen=True, slots=True)
class ArchiveDraft:
    """One order's work on one device, as the floors above deposit it. `parts`: names, separated by 、."""

    on: date
    device_id: int | None = None
    customer_id: int | None = None
    site_id: int | None = None
    order_id: int | None = None
    order_number: str = ""
    fault: str = ""
    known_fault_id: int | None = None
    cause: str = ""
    remedy: str = ""
    parts: str = ""
    cost_fen: int = 0
    result: str = ""
    is_repaired: bool = True
    technician_name: str = ""


def date_complaints(draft: DeviceDraft, *, today: date) -> dict[str, Text]:
    """What is wrong with the dates: none lies ahead, nothing happens before the device was made or bought."""
    errors: dict[str, Text] = {}
    dates = {
        "purchase_on": (draft.purchase_on, _("购买日期")),
        "made_on": (draft.made_on, _("出厂日期")),
        "installed_on": (draft.installed_on, _("安装日期")),
        "activated_on": (draft.activated_on, _("激活日期")),
        "exchanged_on": (draft.exchanged_on, _("换货日期")),
        "maker_record_on": (draft.maker_record_on, _("厂家记录日期")),
    }
    for name, (day, label) in dates.items():
        if day is not None and day > today:
            errors[name] = _("{label} {day:date} 在今天之后，请核对", label=label, day=day)
        elif day is not None and day.year < 1970:
            errors[name] = _("{label} {day:date} 太早，请核对年份", label=label, day=day)
        elif name != "made_on" and day is not None and draft.made_on is not None and day < draft.made_on:
            errors[name] = _(
                "{label} {day:date} 早于出厂日期 {made:date}，请核对", label=label, day=day, made=draft.made_on
            )
    if draft.exchanged_on is not None and draft.purchase_on is not None and draft.exchanged_on < draft.purchase_on:
        errors.setdefault("exchanged_on", _("换货日期早于购买日期，请核对"))
    return errors
