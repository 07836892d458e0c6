"""What a customer's record must hold, and how typed cells become contacts: values in, values out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from gongdan.kernel import phones
from gongdan.kernel.text import Text, _

MAX_ROWS = 30  # contacts or addresses of one customer; a house of flats has more customers, not more contacts


class Kind(StrEnum):
    """客户类型 (R-012)."""

    PERSON = "person"
    COMPANY = "company"
    OWNER = "owner"


class Effect(StrEnum):
    """What a warning does (O-054): the visit is paid beforehand, nothing is accepted any more, or served first."""

    VIP = "vip"
    PREPAID = "prepaid"
    REFUSE = "refuse"


class ContactKind(StrEnum):
    """What a contact is for (R-011, O-051)."""

    REPORTER = "reporter"
    IN_CHARGE = "in_charge"
    EQUIPMENT = "equipment"
    SIGNATORY = "signatory"
    AT_HOME = "at_home"
    DECIDER = "decider"
    PAYER = "payer"


KIND_LABELS: dict[Kind, Text] = {Kind.PERSON: _("个人"), Kind.COMPANY: _("单位"), Kind.OWNER: _("业主")}
EFFECT_LABELS: dict[Effect, Text] = {
    Effect.VIP: _("VIP"),
    Effect.PREPAID: _("先预收再派工"),
    Effect.REFUSE: _("不受理"),
}
STRONGEST = (Effect.REFUSE, Effect.PREPAID, Effect.VIP)  # of several warnings the first of these counts
CONTACT_KIND_LABELS: dict[ContactKind, Text] = {
    ContactKind.REPORTER: _("报修人"),
    ContactKind.IN_CHARGE: _("负责人"),
    ContactKind.EQUIPMENT: _("设备管理员"),
    ContactKind.SIGNATORY: _("签收人"),
    ContactKind.AT_HOME: _("在场人"),
    ContactKind.DECIDER: _("决定人"),
    ContactKind.PAYER: _("付款人"),
}


@dataclass(frozen=True, slots=True)
class ContactDraft:
    """A contact as typed. Several numbers in `phone` give several contacts. `id` names the row that it replaces.

    A virtual number (隐私号) is dialled until it expires and finds nobody: tomorrow it belongs to somebody else.
    """

    phone: str = ""
    name: str = ""
    kind: str = ContactKind.REPORTER
    remark: str = ""
    id: int | None = None
    is_virtual: bool = False
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AddressDraft:
    """An address as typed. `id` names the row that it replaces."""

    detail: str
    division_code: str = ""
    remark: str = ""
    id: int | None = None


@dataclass(frozen=True, slots=True)
class CustomerDraft:
    """A customer as typed. The first contact is the primary one; without a site it is the actor's own."""

    name: str
    kind: str = Kind.PERSON
    contacts: tuple[ContactDraft, ...] = ()
    addresses: tuple[AddressDraft, ...] = ()
    site_rules: str = ""
    transport: str = ""
    remark: str = ""
    site_id: int | None = None


@dataclass(frozen=True, slots=True)
class ContactFacts:
    """One contact as stored: the number as typed and its comparable code ("": no number, or a virtual one)."""

    phone: str
    code: str
    extension: str
    name: str
    kind: str
    remark: str
    id: int | None
    is_virtual: bool = False
    expires_at: datetime | None = None


def contacts_from(drafts: Iterable[ContactDraft], *, area_code: str) -> list[ContactFacts]:
    """The contacts in order, one per number; rows with nothing in them are left out. Nothing typed is lost."""
    facts: list[ContactFacts] = []
    for draft in drafts:
        if not (draft.phone.strip() or draft.name.strip()):
            continue
        numbers = phones.parse_phones(draft.phone, default_area_code=area_code)
        if not numbers:
            facts.append(ContactFacts("", "", "", draft.name.strip(), draft.kind, draft.remark.strip(), draft.id))
        for place, number in enumerate(numbers):
            facts.append(
                ContactFacts(
                    phone=phones.tidy(draft.phone if len(numbers) == 1 else number.raw)[:40],
                    code="" if draft.is_virtual else number.code[:40],
                    extension=number.extension[:12],
                    name=draft.name.strip(),
                    kind=draft.kind,
                    remark=draft.remark.strip(),
                    id=draft.id if place == 0 else None,
                    is_virtual=draft.is_virtual,
                    expires_at=draft.expires_at if draft.is_virtual else None,
                )
            )
    return facts


def complaints(draft: CustomerDraft) -> dict[str, Text]:
    """What stands against saving this customer, by field; empty when nothing does."""
    errors: dict[str, Text] = {}
    if not draft.name.strip():
        errors["name"] = _("请填写客户名称；不知道姓名时可填称呼，如“王先生”")
    elif len(draft.name.strip()) > 60:
        errors["name"] = _("客户名称最多 60 个字，请缩短")
    if draft.kind not in set(Kind):
        errors["kind"] = _("请选择客户类型：个人、单位或业主")
    for field, text, limit in (
        ("site_rules", draft.site_rules, 1000),
        ("transport", draft.transport, 500),
        ("remark", draft.remark, 1000),
    ):
        if len(text) > limit:
            errors[field] = _("最多 {limit} 个字，请缩短", limit=limit)
    errors |= contact_complaints(draft.contacts) | address_complaints(draft.addresses)
    return errors


def cut(draft: CustomerDraft) -> CustomerDraft:
    """The draft with every text cut to its column: what an old table holds is not judged."""
    return replace(
        draft,
        name=draft.name.strip()[:60],
        site_rules=draft.site_rules[:1000],
        transport=draft.transport[:500],
        remark=draft.remark[:1000],
        contacts=tuple(
            replace(one, name=one.name.strip()[:60], phone=one.phone[: phones.MAX_RAW], remark=one.remark[:200])
            for one in draft.contacts[:MAX_ROWS]
        ),
        addresses=tuple(
            replace(one, detail=one.detail.strip()[:200], remark=one.remark[:200])
            for one in draft.addresses[:MAX_ROWS]
            if one.detail.strip()
        ),
    )


def contact_complaints(drafts: tuple[ContactDraft, ...]) -> dict[str, Text]:
    """What stands against these contacts, under the field `contacts`."""
    if len(drafts) > MAX_ROWS:
        return {"contacts": _("一个客户最多 {limit} 位联系人", limit=MAX_ROWS)}
    for draft in drafts:
        if draft.kind not in set(ContactKind):
            return {"contacts": _("请选择联系人类型，如报修人、负责人、签收人")}
        if len(draft.name) > 60 or len(draft.phone) > phones.MAX_RAW or len(draft.remark) > 200:
            return {"contacts": _("联系人“{name}”的内容太长，请缩短", name=draft.name[:20])}
        for number in phones.parse_phones(draft.phone):
            if number.kind is phones.Kind.INVALID:
                return {"contacts": _("“{raw}”不是电话号码，请核对", raw=number.raw[:40])}
    return {}


def address_complaints(drafts: tuple[AddressDraft, ...]) -> dict[str, Text]:
    """What stands against these addresses, under the field `addresses`."""
    if len(drafts) > MAX_ROWS:
        return {"addresses": _("一个客户最多 {limit} 个地址", limit=MAX_ROWS)}
    for draft in drafts:
        if not draft.detail.strip():
            return {"addresses": _("请填写详细地址，或删除这一行")}
        if len(draft.detail) > 200 or len(draft.remark) > 200:
            return {"addresses": _("地址最多 200 个字，请缩短")}
    return {}


def contacts_in_words(facts: Iterable[ContactFacts]) -> str:
    """All contacts in one line, for the history of changes."""
    return "；".join(
        f"{' '.join(part for part in (fact.name, fact.phone) if part)}（{CONTACT_KIND_LABELS[ContactKind(fact.kind)]}）"
        for fact in facts
    )


def strongest(effects: Iterable[str]) -> str:
    """The one effect that counts where a customer has several warnings; "" without any."""
    present = set(effects)
    return next((effect.value for effect in STRONGEST if effect in present), "")


def warning_complaints(
    effect: str, *, reason: str, proof: str, expires_on: date | None, today: date, has_technician: bool
) -> dict[str, Text]:
    """What stands against placing this warning, by field."""
    errors: dict[str, Text] = {}
    if effect not in set(Effect):
        errors["effect"] = _("请选择作用：VIP、先预收再派工或不受理")
    if not reason.strip():
        errors["reason"] = _("请写明原因，只有有权限的人能看到")
    if effect in {Effect.PREPAID, Effect.REFUSE} and not proof.strip():
        errors["proof"] = _("请写明依据，如工单号、录音、聊天记录")
    for field, text in (("reason", reason), ("proof", proof)):
        if len(text) > 1000:
            errors[field] = _("最多 {limit} 个字，请缩短", limit=1000)
    if expires_on is not None and expires_on < today:
        errors["expires_on"] = _("到期日已过，请填今天或以后的日期，或留空表示长期有效")
    if has_technician and effect != Effect.VIP:
        errors["own_technician_id"] = _("只有 VIP 可以指定专属师傅")
    return errors
