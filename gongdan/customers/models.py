"""Customers with their contacts and addresses, and the administrative divisions that addresses name."""

from __future__ import annotations

from django.db import models

from gongdan.customers.rules import ContactKind, Kind
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
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=[k.value for k in Kind]), name="customer_kind_known"),
        ]
        indexes = [
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

    class Meta:
        constraints = [
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
