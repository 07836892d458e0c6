"""What stands beside the work: the customer's site, help, demanded steps, the way to the workshop, hazards, readings."""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property
from typing import Any, TypeVar

from django.urls import reverse
from django.utils.translation import gettext as _

from gongdan.customers import queries as customers
from gongdan.customers.access import shown_phone
from gongdan.customers.queries import ContactRow
from gongdan.customers.rules import ContactKind
from gongdan.devices import queries as devices
from gongdan.devices.rules import LINE_CATEGORIES, WEAK_LIGHT, dbm
from gongdan.devices.states import DIRECTION_LABELS, Direction
from gongdan.doors.desk.naming import shop_settings
from gongdan.doors.desk.repair import helping
from gongdan.doors.desk.repair.forms import (
    HelperForm,
    HelpForm,
    PickUpForm,
    ReadingForm,
    RefusalForm,
    ReturnForm,
    SignedForm,
)
from gongdan.doors.kit.forms import KitForm
from gongdan.doors.kit.middleware import StaffRequest
from gongdan.doors.kit.tables import Badge
from gongdan.kernel.calendar import local_day
from gongdan.kernel.text import Text
from gongdan.orders import access as orders_access
from gongdan.orders.queries import Page
from gongdan.orders.states import Mode, Status
from gongdan.pricing.states import PAYER_LABELS, Payer
from gongdan.repair import access, rules
from gongdan.repair import queries as repair
from gongdan.repair.queries import Sheet

Form = TypeVar("Form", bound=SignedForm)


class Beside:
    """The open order and the part of the bench that is no finding, work or test.

    Each fact is found when the template asks. A form that was refused comes in by name, with what was typed.
    """

    def __init__(self, request: StaffRequest, order: Page, **typed: KitForm) -> None:
        self._typed = typed
        self.order, self.actor, self._request = order, request.actor, request
        self._row = orders_access.find(request.actor, order.number)
        self.now = request.now

    @cached_property
    def may_work(self) -> bool:
        """Whether this actor writes on the work now."""
        if self.order.status != Status.IN_REPAIR or self.order.is_historic:
            return False
        return self._works_here

    @cached_property
    def _works_here(self) -> bool:
        return access.works_on(self.actor, self._row)

    @cached_property
    def sheets(self) -> list[Sheet]:
        """What is recorded per device."""
        return repair.sheets(self.order.id)

    # -- the customer's site ----------------------------------------------------------------------------------------

    @cached_property
    def site(self) -> dict[str, Any]:
        """The site's rules, whom to ask for and how to get there (R-022, R-023); our own numbers to leave (R-024)."""
        facts = customers.site_facts(self._row.customer_id)
        site = self._row.site
        numbers = [site.hotline, site.complaint_phone if site.complaint_phone != site.hotline else ""]
        return {
            "rules": facts.site_rules,
            "transport": facts.transport,
            "person": facts.person,
            "phone": shown_phone(self.actor, facts.phone, facts.code),
            "hotlines": "、".join(number for number in numbers if number),
        }

    @cached_property
    def _signatories(self) -> list[ContactRow]:
        return customers.signatories(self._row.customer_id, self.actor)

    @property
    def contacts(self) -> list[str]:
        """Who may sign for the customer (R-011)."""
        return [row.name for row in self._signatories]

    @property
    def signs_first(self) -> str:
        """Who is expected to sign: the customer's 签收人 where one is named, else the order's contact."""
        named = [row.name for row in self._signatories if row.kind == ContactKind.SIGNATORY]
        return named[0] if named else self.order.contact_name

    def signed(self, name: str, make: type[Form], start: dict[str, Any]) -> Form:
        """A form that a contact of the customer signs, or the one that was refused."""
        typed = self._typed.get(name)
        form = typed if isinstance(typed, make) else make(initial=start, auto_id=f"{name}-%s")
        form.offer(self.contacts, contact=self.signs_first)
        return form

    # -- steps ------------------------------------------------------------------------------------------------------

    @cached_property
    def demands(self) -> list[dict[str, Any]]:
        """What must be ticked before the work is handed back."""
        return [
            {
                "code": one.code,
                "line": one.device_line_id or "",
                "label": one.label,
                "tick": self._ticks.get((one.code, one.device_line_id)),
                "hint": self.site["hotlines"] if one.code == rules.HOTLINE else "",
            }
            for one in self._wanted
        ]

    @cached_property
    def _wanted(self) -> list[rules.Demand]:
        return repair.demands_of(self._row, [sheet.line for sheet in self.sheets])

    @cached_property
    def _ticks(self) -> dict[tuple[str, int | None], Any]:
        rows = repair.ticks(self.order.id) if self._wanted else []
        return {(row.code, row.device_line_id): row for row in rows}

    # -- help -------------------------------------------------------------------------------------------------------

    @cached_property
    def suggestion(self) -> Text | None:
        """Why help should be asked for now."""
        if not self.may_work:
            return None
        return repair.suggestion_for(
            self._row,
            self.actor,
            line=self.sheets[0].line if self.sheets else None,
            asked=self._asked,
            is_wanted=self._settings.of(rules.SUGGESTS_HELP),
            at=self.now,
        )

    @cached_property
    def _asked(self) -> list[Any]:
        return repair.help_of(self.order.id)

    @cached_property
    def questions(self) -> list[dict[str, Any]]:
        """What was asked and answered, at which level, with times."""
        told = helping.questions(self._asked, self.actor, self._typed)
        return [one | {"may_withdraw": one["is_open"] and self.may_work} for one in told]

    @cached_property
    def _colleagues(self) -> list[tuple[int, str, bool]]:
        rows = repair.colleagues(self._row).exclude(pk=self.actor.id).order_by("name", "pk")
        found: dict[int, tuple[str, bool]] = {}
        for pk, name, repairs in rows.values_list("pk", "name", "roles__is_technician"):  # a row for each of his roles
            found[pk] = (name, bool(repairs) or (pk in found and found[pk][1]))
        return [(pk, name, is_technician) for pk, (name, is_technician) in found.items()]

    @property
    def help_form(self) -> HelpForm:
        """One more question; the level is the next one."""
        typed = self._typed.get("help")
        answered = any(one["row"].level == 1 and one["row"].state == "answered" for one in self.questions)
        form = (
            typed
            if isinstance(typed, HelpForm)
            else HelpForm(initial={"level": "2" if answered else "1"}, auto_id="help-%s")
        )
        form.offer(
            [(pk, name) for pk, name, _technician in self._colleagues],
            [(team.pk, team.name) for team in repair.departments(self._row)],
        )
        return form

    @cached_property
    def helpers(self) -> list[tuple[int, str]]:
        """Who helps now."""
        return repair.helpers(self.order.id)

    @property
    def helper_form(self) -> HelperForm:
        """A colleague who comes along."""
        typed = self._typed.get("helper")
        form = typed if isinstance(typed, HelperForm) else HelperForm(auto_id="helper-%s")
        form.offer([(pk, name) for pk, name, is_technician in self._colleagues if is_technician])
        return form

    # -- beside each device -----------------------------------------------------------------------------------------

    @cached_property
    def _settings(self) -> Any:
        return shop_settings(self._request, self._row.site_id)

    @cached_property
    def _pick_ups(self) -> list[Any]:
        return repair.pick_ups(self.order.id)

    @property
    def _away(self) -> list[Any]:
        return [row for row in self._pick_ups if row.returned_at is None]

    @cached_property
    def pick_up_fee(self) -> dict[str, Any] | None:
        """What taking a device along will cost, and whether it is the customer who pays."""
        line = repair.pick_up_fee(self._row, at=self.now)
        if line is None:
            return None
        is_asked = line.payer is Payer.CUSTOMER and line.amount_fen > 0
        return {"fen": line.amount_fen, "is_asked": is_asked, "payer": PAYER_LABELS[line.payer]}

    @cached_property
    def _refusals(self) -> list[Any]:
        return repair.refusals(self.order.id)

    @cached_property
    def _readings(self) -> list[Any]:
        ids = [sheet.line.device_id for sheet in self.sheets if sheet.line.device_id is not None]
        return devices.readings_on(self.order.id, ids)

    def beside(self, sheet: Sheet) -> dict[str, Any]:
        """Pick-ups, refusals and readings of one device, with the forms that this actor may fill in."""
        line = sheet.line
        pk = line.pk
        pick_ups = [row for row in self._pick_ups if row.device_line_id == pk]
        refusals = [row for row in self._refusals if row.device_line_id == pk]
        with_us = next((row for row in self._away if row.device_line_id == pk), None)
        is_refused = repair.is_refused(line)
        has_line = line.category is not None and line.category.name in self._settings.of(LINE_CATEGORIES)
        at_customer = self.order.mode in (Mode.ON_SITE, Mode.EXPRESS, Mode.PICK_UP, Mode.REMOTE)
        return {
            "device_url": reverse("desk:device", args=[line.device_id]) if line.device_id else "",
            "pick_ups": pick_ups,
            "refusals": [{"row": row, "is_standing": is_refused} for row in refusals],
            "tag": line.device.safety_reason if line.device is not None else "",
            "take_form": self._take_form(pk, line) if self.may_work and with_us is None and at_customer else None,
            "return_form": self.signed(f"return{with_us.pk}", ReturnForm, {"way": "signature"})
            if with_us is not None and self._works_here
            else None,
            "with_us": with_us,
            "refusal_form": self._refusal_form(pk) if self.may_work and not is_refused else None,
            "has_line": has_line,
            "readings": [
                reading_facts(row, self._settings) for row in self._readings if row.device_id == line.device_id
            ],
            "reading_form": (
                self._typed.get(f"reading{pk}")
                or ReadingForm(initial={"direction": Direction.RECEIVED}, auto_id=f"reading{pk}-%s")
            )
            if has_line and self.may_work
            else None,
        }

    def _take_form(self, pk: int, line: Any) -> PickUpForm:
        start = {
            "accessories": line.accessories,
            "condition": line.appearance,
            "promised_on": local_day(self.now) + timedelta(days=self._settings.of(rules.RETURN_DAYS)),
            "way": "signature",
        }
        return self.signed(f"take{pk}", PickUpForm, start)

    def _refusal_form(self, pk: int) -> RefusalForm:
        form = self.signed(f"refuse{pk}", RefusalForm, {"way": "signature"})
        hazards = self._settings.of(rules.HAZARDS)
        form.offer_choices("kind", [(word, word) for word in hazards])
        return form


def reading_facts(row: Any, settings: Any) -> dict[str, Any]:
    """A reading as it is shown; a weak one says so."""
    is_weak = row.direction == Direction.RECEIVED and row.hundredths < settings.of(WEAK_LIGHT) * 100
    return {
        "row": row,
        "label": DIRECTION_LABELS[Direction(row.direction)],
        "dbm": dbm(row.hundredths),
        "badge": Badge(_("偏弱"), "danger") if is_weak else None,
    }
