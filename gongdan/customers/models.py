"""Customers with their contacts and addresses, and the administrative divisions that addresses name."""

from __future__ import annotations

from django.db import models

from gongdan.customers.rules import ContactKind, Effect, Kind
from gongdan.fields import LongText, ShortText
from gongdan.people.models import Site, User


class Division(models.Model):
    """A province, city or district of the national division table (GB/T 2260)."""

    code = ShortText(12, primary_key=True)
    name = ShortText(60)
    level = ShortText(10)
    parent_code = ShortText(12, blank=True)
    full_name = ShortText(120, blank=True)
    is_former = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["parent_code"], name="division_parent")]

    def __str__(self) -> str:
        return self.full_name or self.name


class Household(models.Model):
    """家庭: customers who live together, so that the number of one finds the devices and orders of all (O-051)."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", db_index=False)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.pk)


class Customer(models.Model):
    """Who owns the device or reports the fault: 个人, 单位 or 业主. He belongs to one site (R-007)."""

    number = ShortText(20, unique=True)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = ShortText(8, default=Kind.PERSON)
    name = ShortText(60)
    initials = ShortText(60, blank=True)
    site_rules = LongText(1000)  # 客户的管理制度: hours, permits, ID needed
    transport = LongText(500)  # 交通
    remark = LongText(1000)
    batch_id = models.BigIntegerField(null=True)  # the import that brought him, until and after it becomes visible
    is_active = models.BooleanField(default=True)
    household = models.ForeignKey(
        Household, null=True, blank=True, on_delete=models.SET_NULL, related_name="members", db_index=False
    )
    merged_into = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )  # he turned out to be this customer; the row stays for old links and for taking it back
    erased_at = models.DateTimeField(null=True)  # his personal data were erased as he asked; orders and amounts stay
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=[k.value for k in Kind]), name="customer_kind_known"),
        ]
        indexes = [
            models.Index(fields=["merged_into"], name="customer_merged", condition=models.Q(merged_into__isnull=False)),
            models.Index(fields=["household"], name="customer_household", condition=models.Q(household__isnull=False)),
            models.Index(fields=["site", "-id"], name="customer_site"),
            models.Index(fields=["batch_id"], name="customer_batch", condition=models.Q(batch_id__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.name


class Contact(models.Model):
    """A person to reach at a customer, with one telephone number. Position 0 is the primary one."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="contacts", db_index=False)
    position = models.PositiveSmallIntegerField(default=0)
    kind = ShortText(10, default=ContactKind.REPORTER)
    name = ShortText(60, blank=True)
    phone = ShortText(40, blank=True)  # as typed
    phone_code = ShortText(40, blank=True)  # normalised: +8613812345678, 4001234567 ...
    extension = ShortText(12, blank=True)
    remark = ShortText(200, blank=True)
    is_virtual = models.BooleanField(default=False)  # 隐私号 of a platform: never a match key, so it has no code
    expires_at = models.DateTimeField(null=True, blank=True)  # a virtual number reaches nobody from then on

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(is_virtual=False) | models.Q(phone_code=""), name="contact_virtual_matches_nobody"
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=[k.value for k in ContactKind]), name="contact_kind_known"
            ),
        ]
        indexes = [
            models.Index(fields=["phone_code"], name="contact_phone"),
            models.Index(fields=["customer", "position"], name="contact_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.phone}"


class Address(models.Model):
    """A place of a customer: division code and the rest as text. Position 0 is the usual one."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="addresses", db_index=False)
    position = models.PositiveSmallIntegerField(default=0)
    division = models.ForeignKey(
        Division, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    detail = ShortText(200)
    remark = ShortText(200, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        indexes = [models.Index(fields=["customer", "position"], name="address_customer")]

    def __str__(self) -> str:
        return self.detail


class Reader(models.Model):
    """A technician who may see this customer because an order takes him there: deposited by orders (R-083)."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="readers")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "customer"], name="customer_reader_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.customer_id}"


class Caution(models.Model):
    """A customer to be careful with, or to be served first: the effect is for everybody, the reason for the owner."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="cautions", db_index=False)
    effect = ShortText(8)  # prepaid, refuse, vip
    reason = LongText(1000)
    proof = LongText(1000)
    attachment_id = models.BigIntegerField(null=True)
    own_technician = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    placed_by_name = ShortText(60)
    placed_at = models.DateTimeField()
    expires_on = models.DateField(null=True, blank=True)  # the last day on which it counts
    lifted_at = models.DateTimeField(null=True)
    lifted_by_name = ShortText(60, blank=True)
    lifted_reason = ShortText(200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(effect__in=[e.value for e in Effect]), name="caution_effect_known"
            ),
        ]
        indexes = [models.Index(fields=["customer", "-id"], name="caution_customer")]

    def __str__(self) -> str:
        return f"{self.effect} {self.customer_id}"


class Merge(models.Model):
    """Two records that were found to be the same customer: what moved, so that exactly that can go back."""

    kept = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+", db_index=False)
    gone = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+", db_index=False)
    reason = ShortText(200, blank=True)
    moved = models.JSONField(default=dict)  # kind of row -> ids, also of the floors above
    taken = models.JSONField(default=dict)  # field of the kept one -> [what it was, what it became]
    at = models.DateTimeField()
    by_name = ShortText(60)
    undone_at = models.DateTimeField(null=True)
    undone_by_name = ShortText(60, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["gone"], condition=models.Q(undone_at__isnull=True), name="merge_once"),
        ]
        indexes = [models.Index(fields=["kept", "-id"], name="merge_kept")]

    def __str__(self) -> str:
        return f"{self.gone_id} > {self.kept_id}"
