"""Sites and stores, staff, roles, skills and certificates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models

from gongdan.fields import LongText, ShortText
from gongdan.kernel.settings import Setting

T = TypeVar("T", bool, int, str, tuple[str, ...])
SETTINGS_FIELDS = (
    "company_name", "customer_word", "technician_word", "agent_word", "accept_limit_minutes", "order_number_pattern",
    "priority_matrix", "follow_up_delay_hours",
)  # fmt: skip
"""What of `ShopSettings` a site may have of its own, all together; each of its `values` stands for itself."""


class Site(models.Model):
    """A service site or store: everything that happens belongs to one."""

    class Kind(models.TextChoices):
        SITE = "site"  # 站点
        STORE = "store"  # 门店

    code = ShortText(12, unique=True)
    name = ShortText(60, unique=True)
    kind = ShortText(8, choices=Kind.choices, default=Kind.SITE)
    address = ShortText(200, blank=True)
    hotline = ShortText(40, blank=True)
    complaint_phone = ShortText(40, blank=True)
    opening_hours = ShortText(60, blank=True, default="08:30-18:00")
    area_code = ShortText(6, blank=True)  # for local numbers typed without one
    division_code = ShortText(12, blank=True)
    is_active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return self.name


class Role(models.Model):
    """A named set of permission strings; the rows are seeded from `config.roles` and may be edited."""

    code = ShortText(30, unique=True)
    name = ShortText(30)
    permissions = models.JSONField(default=list)
    is_technician = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    """Finds staff by log-in name, as Django's authentication asks."""


class User(AbstractBaseUser):
    """A member of staff. May collect money only if flagged as payee (收款人)."""

    username = ShortText(40, unique=True)
    name = ShortText(40)
    initials = ShortText(20, blank=True)
    staff_no = ShortText(20, blank=True)
    phone = ShortText(40, blank=True)
    email = ShortText(100, blank=True)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="staff")
    extra_sites = models.ManyToManyField(Site, blank=True, related_name="visiting_staff")
    roles = models.ManyToManyField(Role, blank=True, related_name="holders")
    is_payee = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    is_external = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    objects: ClassVar[UserManager] = UserManager()

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        return self.name


class Team(models.Model):
    """A team whose queue orders wait in (领单), or a department that is asked for help (技术部)."""

    class Kind(models.TextChoices):
        TEAM = "team"  # 班组
        DEPARTMENT = "department"  # 部门

    name = ShortText(40, unique=True)
    site = models.ForeignKey(Site, null=True, blank=True, on_delete=models.PROTECT, related_name="teams")  # None: all
    kind = ShortText(10, choices=Kind.choices, default=Kind.TEAM)
    members = models.ManyToManyField(User, blank=True, related_name="teams")
    is_active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return self.name


class Skill(models.Model):
    """What a technician can do: a category he repairs or a trade (高空, 制冷, 焊接)."""

    name = ShortText(40, unique=True)

    def __str__(self) -> str:
        return self.name


class StaffSkill(models.Model):
    """A technician's skill with its level, 1 (trainee) to 5 (master)."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="skills")
    skill = models.ForeignKey(Skill, on_delete=models.CASCADE, related_name="holders")
    level = models.PositiveSmallIntegerField(default=3)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "skill"], name="staff_skill_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.skill_id}"


class Certificate(models.Model):
    """A certificate with its number and last valid day."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="certificates")
    kind = ShortText(40)
    number = ShortText(60, blank=True)
    valid_until = models.DateField(null=True, blank=True)
    remark = LongText(200)

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"


class ApiToken(models.Model):
    """A token for the open API: only its SHA-256 is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = ShortText(60)
    digest = ShortText(64, unique=True)
    created_at = models.DateTimeField()
    last_used_on = models.DateField(null=True)
    is_revoked = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.name


class ShopSettings(models.Model):
    """The settings of a shop; the row without a site holds the defaults for all."""

    site = models.OneToOneField(Site, null=True, blank=True, on_delete=models.CASCADE, related_name="settings")
    company_name = ShortText(60, default="工单维修")
    customer_word = ShortText(10, default="客户")  # 用户 / 客户 / 顾客 / 业主
    technician_word = ShortText(10, default="师傅")  # 师傅 / 维修员 / 技术人员 ...
    agent_word = ShortText(10, default="客服")  # 接待员 / 客服 / 售后服务
    accept_limit_minutes = models.PositiveIntegerField(default=30)
    order_number_pattern = ShortText(40, default="{kind}{yymmdd}-{n:04d}")
    priority_matrix = models.JSONField(default=dict, blank=True)
    follow_up_delay_hours = models.PositiveIntegerField(default=24)
    values = models.JSONField(default=dict, blank=True)  # of kernel Settings, by key; what is missing is the shop's
    known_permissions = models.JSONField(default=list, blank=True)  # the strings that the roles were offered before
    follows_shop = models.BooleanField(default=False)  # of a site: only `values` are its own, all else is the shop's
    version = models.PositiveIntegerField(default=1)

    shop_values: ClassVar[Mapping[str, Any]] = {}  # set on the rows that `queries.settings_for` answers

    def __str__(self) -> str:
        return self.company_name

    def take_after(self, shop: ShopSettings) -> None:
        """Words, limits, number and priorities as the shop's row has them."""
        for name in SETTINGS_FIELDS:
            setattr(self, name, getattr(shop, name))

    def of(self, setting: Setting[T]) -> T:
        """What holds here: the site's own value, else the shop's, else the default."""
        return setting.read(self.values if setting.key in self.values else self.shop_values)
