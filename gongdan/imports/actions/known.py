"""What the shop has already: customers by telephone or name, devices by serial or product, categories by any name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from gongdan.catalog import actions as catalog
from gongdan.catalog import queries as catalog_queries
from gongdan.catalog.rules import name_key as word
from gongdan.customers.models import Contact, Customer
from gongdan.devices.models import Device
from gongdan.devices.rules import serial_key, word_key
from gongdan.imports.rules.rows import Facts, name_key
from gongdan.kernel.actor import SYSTEM
from gongdan.people.models import Site

OTHER_CODE, OTHER_NAME = "other", "其他"
STEP = 500  # values in one look-up
DeviceKey = tuple[int, str, str, str]


class Customers:
    """Who is known at a site by which key (`Facts.customer_keys`); learns telephones as they come."""

    def __init__(self, site: Site, *, batch_id: int) -> None:
        self._site, self._batch_id = site, batch_id
        self.ids: dict[str, int] = {}
        self._asked: set[str] = set()
        nameless = Customer.objects.filter(site=site, is_active=True).exclude(
            pk__in=Contact.objects.filter(customer__site=site).exclude(phone_code="").values("customer")
        )
        places = nameless.order_by("pk", "addresses__position").values_list("pk", "name", "addresses__detail")
        for pk, name, detail in places.iterator(chunk_size=2000):
            self.ids.setdefault(name_key(name, detail or ""), pk)

    def learn(self, facts: Iterable[Facts]) -> None:
        """Look up the telephones of these rows, all at once."""
        new = list({code for row in facts for code in row.codes} - self._asked)
        self._asked.update(new)
        for start in range(0, len(new), STEP):
            rows = Contact.objects.filter(
                phone_code__in=new[start : start + STEP], customer__site=self._site, customer__is_active=True
            )
            for code, pk in rows.order_by("customer_id").values_list("phone_code", "customer_id"):
                self.ids.setdefault(code, pk)

    def find(self, facts: Facts) -> int | None:
        """The customer of this row, by the first of its keys that is known."""
        return next((self.ids[key] for key in facts.customer_keys if key in self.ids), None)

    def remember(self, facts: Facts, customer_id: int) -> None:
        """From now on the keys of this row mean this customer."""
        for key in facts.customer_keys:
            self.ids.setdefault(key, customer_id)


class Devices:
    """Which devices the customers have, by serial number and by product."""

    def __init__(self) -> None:
        self.ids: dict[DeviceKey, int] = {}
        self._asked: set[int] = set()

    def learn(self, customer_ids: Iterable[int]) -> None:
        """Look up the devices of these customers, all at once."""
        new = sorted(set(customer_ids) - self._asked)
        self._asked.update(new)
        for start in range(0, len(new), STEP):
            rows = Device.objects.filter(customer__in=new[start : start + STEP]).order_by("pk")
            for pk, owner, category, brand, model, serial in rows.values_list(
                "pk", "customer_id", "category_id", "brand_text", "model_text", "serial"
            ):
                for key in device_keys(owner, category, brand, model, serial):
                    self.ids.setdefault(key, pk)

    def find(self, keys: Sequence[DeviceKey]) -> int | None:
        """The device: with a serial number only by that, else by what it is."""
        return self.ids.get(keys[0])


def device_keys(customer_id: int, category_id: int | None, brand: str, model: str, serial: str) -> list[DeviceKey]:
    """By what the device is found again, the surest first."""
    product = (customer_id, str(category_id or 0), word_key(brand), word_key(model))
    key = serial_key(serial)
    return [(customer_id, "serial", key, ""), product] if key else [product]


class Categories:
    """Every name that a category goes by; what none of them fits goes to 其他, which is made when it is needed."""

    def __init__(self) -> None:
        self._ids = catalog_queries.category_ids()
        self._names = {row.pk: word(row.name) for row in catalog_queries.categories()}
        self._long = sorted((key for key in self._ids if len(key) > 1 and not key.isascii()), key=len, reverse=True)

    def find(self, facts: Facts) -> int | None:
        """The category of this row: by its own word, else by a category that stands in it or in brand and model."""
        if (key := word(facts.category)) and key in self._ids:
            return self._ids[key]
        for text in (key, word(f"{facts.brand}{facts.model}")):
            for name in self._long:
                if name in text:
                    return self._ids[name]
        return self._ids.get(word(OTHER_NAME))

    def is_known(self, facts: Facts) -> bool:
        """Whether the row's own word for the category means something to the shop."""
        found = self.find(facts)
        return found is not None and self._names.get(found) != word(OTHER_NAME)

    def spec_for(self, facts: Facts, category_id: int) -> str:
        """The row's own word, where it says more than the category: 笔记本 for 电脑, 扫地机 for 其他."""
        said = facts.category
        return "" if not said or said.isascii() or word(said) == self._names.get(category_id) else said

    def make_other(self, *, at: datetime) -> None:
        """The category 其他, once."""
        if word(OTHER_NAME) not in self._ids:
            row = catalog.add_category(code=OTHER_CODE, name=OTHER_NAME, by=SYSTEM, at=at)
            self._ids[word(OTHER_NAME)] = row.pk
            self._names[row.pk] = word(OTHER_NAME)
