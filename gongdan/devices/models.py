"""Customers' devices, what is promised for them, what was done to them, and how long they were away."""

from __future__ import annotations

from enum import StrEnum

from django.db import models

from gongdan.catalog.models import Brand, Category, Fault, ProductModel
from gongdan.customers.models import Address, Customer
from gongdan.devices import states
from gongdan.fields import FenField, LongText, ShortText
from gongdan.people.models import Site


def _one_of(field: str, words: type[StrEnum], *, name: str) -> models.CheckConstraint:
    return models.CheckConstraint(condition=models.Q(**{f"{field}__in": [word.value for word in words]}), name=name)


class Device(models.Model):
    """A device of a customer. Brand and model point into the catalogue where it knows them; the typed words stay."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="devices")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="+")
    product_kind = ShortText(40, blank=True)  # finer than the category where periods differ: 燃气热水器, 笔记本
    brand = models.ForeignKey(Brand, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    brand_text = ShortText(60, blank=True)
    model = models.ForeignKey(ProductModel, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    model_text = ShortText(80, blank=True)
    initials = ShortText(60, blank=True)
    spec = ShortText(100, blank=True)
    serial = ShortText(60, blank=True)
    serial_key = ShortText(60, blank=True)  # letters and digits only, upper case
    purchase_on = models.DateField(null=True, blank=True)
    invoice_no = ShortText(40, blank=True)
    seller = ShortText(80, blank=True)
    price_fen = FenField(null=True, blank=True)  # what the customer paid for it, if he tells
    is_sold_here = models.BooleanField(default=False)  # 本店售出
    made_on = models.DateField(null=True, blank=True)
    installed_on = models.DateField(null=True, blank=True)
    activated_on = models.DateField(null=True, blank=True)
    exchanged_on = models.DateField(null=True, blank=True)
    maker_record_on = models.DateField(null=True, blank=True)  # start of the warranty in the maker's own record
    maker_level = ShortText(4, blank=True, default=states.MakerLevel.UNKNOWN)  # 厂家核定
    maker_checked_on = models.DateField(null=True, blank=True)
    maker_source = ShortText(60, blank=True)
    maker_checked_by = ShortText(40, blank=True)
    use_kind = ShortText(12, default=states.UseKind.HOME)
    address = models.ForeignKey(Address, null=True, blank=True, on_delete=models.PROTECT, related_name="devices")
    place = ShortText(100, blank=True)  # 安装位置: 三楼会议室
    location = ShortText(12, default=states.Location.CUSTOMER)
    remark = LongText(500)
    safety_reason = ShortText(200, blank=True)  # 安全拒修: not empty while nobody may work on it
    safety_since = models.DateTimeField(null=True)
    safety_order_id = models.BigIntegerField(null=True)  # the order on which it was refused
    batch_id = models.BigIntegerField(null=True)  # the import that brought it
    is_active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            _one_of("use_kind", states.UseKind, name="device_use_known"),
            _one_of("location", states.Location, name="device_location_known"),
            _one_of("maker_level", states.MakerLevel, name="device_maker_level_known"),
        ]
        indexes = [
            models.Index(fields=["customer", "-id"], name="device_customer"),
            # Whole, not only where filled: SQLite cannot tell that a bound value is not empty and would read the table.
            models.Index(fields=["serial_key"], name="device_serial"),
            models.Index(fields=["site", "-id"], name="device_site"),
            models.Index(fields=["batch_id"], name="device_batch", condition=models.Q(batch_id__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.brand_text} {self.model_text}".strip() or str(self.pk)


class PolicyRow(models.Model):
    """One promise: what is free for how long, for which products bought when. Editable by the shop.

    Empty fields do not limit. `series` and `components` are lists of words: any of them is enough.
    """

    code = ShortText(30, unique=True)
    category = models.ForeignKey(Category, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    product_kind = ShortText(40, blank=True)
    brand = models.ForeignKey(Brand, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    series = models.JSONField(default=list, blank=True)
    condition = ShortText(100, blank=True)  # further words of the promise, shown and not computed
    use_kind = ShortText(12, blank=True)
    scope = ShortText(8, default=states.Scope.WHOLE)
    components = models.JSONField(default=list, blank=True)
    months = models.PositiveSmallIntegerField()
    level = ShortText(12, default=states.Level.IN_WARRANTY)
    free_part = models.BooleanField(default=True)
    free_labour = models.BooleanField(default=True)
    free_visit = models.BooleanField(default=True)
    start = ShortText(12, blank=True)  # "", "installation" or "invoice": overrules the category's flag
    valid_from = models.DateField(null=True, blank=True)  # by purchase date, both included
    valid_to = models.DateField(null=True, blank=True)
    kind = ShortText(10, default=states.PolicyKind.SHOP)
    basis = ShortText(10, default=states.PolicyBasis.OWN)
    regulation = ShortText(100, blank=True)
    source = ShortText(300, blank=True)
    is_active = models.BooleanField(default=True)
    checksum = models.BigIntegerField()  # of what the decision reads: their sum tells whether any row changed
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            _one_of("scope", states.Scope, name="policy_scope_known"),
            _one_of("kind", states.PolicyKind, name="policy_kind_known"),
            _one_of("basis", states.PolicyBasis, name="policy_basis_known"),
            _one_of("level", states.Level, name="policy_level_known"),
        ]

    def __str__(self) -> str:
        return self.code


class ProductKind(models.Model):
    """A kind of product finer than the category, with the words that tell it and the kind whose rows it inherits."""

    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="+")
    name = ShortText(40, unique=True)
    parent = ShortText(40, blank=True)
    words = models.JSONField(default=list, blank=True)  # found in model or specification
    is_default = models.BooleanField(default=False)  # taken when no word tells
    position = models.PositiveSmallIntegerField(default=0)
    checksum = models.BigIntegerField()

    def __str__(self) -> str:
        return self.name


class Cover(models.Model):
    """延保 or 维保合同 for one device."""

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="covers")
    kind = ShortText(10)
    provider = ShortText(60, blank=True)
    number = ShortText(60, blank=True)
    starts_on = models.DateField()
    ends_on = models.DateField()
    free_part = models.BooleanField(default=True)
    free_labour = models.BooleanField(default=True)
    free_visit = models.BooleanField(default=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            _one_of("kind", states.CoverKind, name="cover_kind_known"),
            models.CheckConstraint(condition=models.Q(ends_on__gte=models.F("starts_on")), name="cover_order"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"


class Stay(models.Model):
    """A time in the repairer's hands, or waiting for the maker's part: extends the warranty, counts for exchange."""

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="stays")
    order_id = models.BigIntegerField(null=True)
    received_on = models.DateField()
    handed_back_on = models.DateField(null=True, blank=True)
    cause = ShortText(10, default=states.StayCause.OWN)

    class Meta:
        constraints = [
            _one_of("cause", states.StayCause, name="stay_cause_known"),
            models.CheckConstraint(
                condition=models.Q(handed_back_on__isnull=True) | models.Q(handed_back_on__gte=models.F("received_on")),
                name="stay_order",
            ),
        ]
        indexes = [models.Index(fields=["device", "received_on"], name="stay_device")]

    def __str__(self) -> str:
        return f"{self.device_id} {self.received_on}"


class ArchiveEntry(models.Model):
    """维修档案: one order's work on one device, deposited by the floors above. Device None: imported without one."""

    device = models.ForeignKey(Device, null=True, blank=True, on_delete=models.PROTECT, related_name="archive")
    customer = models.ForeignKey(Customer, null=True, blank=True, on_delete=models.PROTECT, related_name="archive")
    site = models.ForeignKey(Site, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    order_number = ShortText(60, blank=True)
    order_id = models.BigIntegerField(null=True)
    on = models.DateField()
    fault = LongText(1000)
    known_fault = models.ForeignKey(Fault, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    cause = LongText(1000)
    remedy = LongText(1000)
    parts = LongText(1000)  # names, separated by 、
    cost_fen = FenField(default=0)
    result = ShortText(40, blank=True)
    is_repaired = models.BooleanField(default=True)
    technician_name = ShortText(60, blank=True)
    is_imported = models.BooleanField(default=False)
    batch_id = models.BigIntegerField(null=True)
    is_visible = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order_id", "device"],
                condition=models.Q(order_id__isnull=False, device__isnull=False),
                name="archive_once",
            ),
        ]
        indexes = [
            models.Index(fields=["device", "-on", "-id"], name="archive_device"),
            models.Index(fields=["customer", "-on", "-id"], name="archive_customer"),
            models.Index(fields=["order_id"], name="archive_order", condition=models.Q(order_id__isnull=False)),
            models.Index(fields=["batch_id"], name="archive_batch", condition=models.Q(batch_id__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.on} {self.order_number}"


class SafetyClearance(models.Model):
    """Why a device that was refused for safety may be worked on again: what was refused, the proof, and who decided."""

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="clearances")
    reason = ShortText(200)  # of the refusal
    since = models.DateTimeField()
    proof = LongText(500)
    attachment_id = models.BigIntegerField(null=True)  # files.Attachment: certificate, photo
    at = models.DateTimeField()
    by_id = models.BigIntegerField()
    by_name = ShortText(60)

    def __str__(self) -> str:
        return f"{self.device_id} {self.at}"


class LineRecord(models.Model):
    """The broadband line of a terminal: account, address, ONU or fibre converter, and the port it hangs on (R-029)."""

    device = models.OneToOneField(Device, on_delete=models.CASCADE, related_name="line")
    account = ShortText(60, blank=True)
    address = ShortText(200, blank=True)
    terminal = ShortText(10, choices=[(kind.value, str(label)) for kind, label in states.TERMINAL_LABELS.items()])
    terminal_no = ShortText(60, blank=True)  # LOID, MAC or number on the box
    port = ShortText(60, blank=True)  # OLT/PON port, splitter
    version = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return self.account or self.terminal_no


class OpticalReading(models.Model):
    """One reading of the optical power, in hundredths of a dBm: -18.52 dBm is -1852."""

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="readings")
    order_id = models.BigIntegerField(null=True)
    order_number = ShortText(60, blank=True)
    direction = ShortText(2, choices=[(way.value, str(label)) for way, label in states.DIRECTION_LABELS.items()])
    hundredths = models.SmallIntegerField()
    note = ShortText(100, blank=True)
    at = models.DateTimeField()
    by_id = models.BigIntegerField()
    by_name = ShortText(60)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(hundredths__gte=-5000, hundredths__lte=1000), name="reading_range"
            ),
        ]
        indexes = [models.Index(fields=["device", "-at", "-id"], name="reading_device")]

    def __str__(self) -> str:
        return f"{self.device_id} {self.hundredths}"
