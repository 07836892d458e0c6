"""Customers with their contacts and addresses, and the administrative divisions that addresses name."""

from __future__ import annotations

from django.db import models

from gongdan.fields import LongText, ShortText
from gongdan.people.models import Site


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
    """Who owns the device or reports the fault: 个人, 单位 or 业主. Site None means that all sites share him."""

    class Kind(models.TextChoices):
        PERSON = "person"  # 个人
        COMPANY = "company"  # 单位
        OWNER = "owner"  # 业主

    number = ShortText(20, unique=True)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    kind = ShortText(8, choices=Kind.choices, default=Kind.PERSON)
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
        indexes = [
            models.Index(fields=["site", "-id"], name="customer_site"),
            models.Index(fields=["batch_id"], name="customer_batch", condition=models.Q(batch_id__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.name


class Contact(models.Model):
    """A person to reach at a customer, with one telephone number. Position 0 is the primary one."""

    class Kind(models.TextChoices):
        REPORTER = "reporter"  # 报修人
        IN_CHARGE = "in_charge"  # 负责人
        EQUIPMENT = "equipment"  # 设备管理员
        SIGNATORY = "signatory"  # 签收人
        AT_HOME = "at_home"  # 在场人
        DECIDER = "decider"  # 决定人
        PAYER = "payer"  # 付款人

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="contacts")
    position = models.PositiveSmallIntegerField(default=0)
    kind = ShortText(10, choices=Kind.choices, default=Kind.REPORTER)
    name = ShortText(60, blank=True)
    phone = ShortText(40, blank=True)  # as typed
    phone_code = ShortText(40, blank=True)  # normalised: +8613812345678, 4001234567 ...
    extension = ShortText(12, blank=True)
    remark = ShortText(200, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["phone_code"], name="contact_phone"),
            models.Index(fields=["customer", "position"], name="contact_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.phone}"


class Address(models.Model):
    """A place of a customer: division code and the rest as text. Position 0 is the usual one."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="addresses")
    position = models.PositiveSmallIntegerField(default=0)
    division = models.ForeignKey(Division, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    detail = ShortText(200)
    remark = ShortText(200, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        indexes = [models.Index(fields=["customer", "position"], name="address_customer")]

    def __str__(self) -> str:
        return self.detail
