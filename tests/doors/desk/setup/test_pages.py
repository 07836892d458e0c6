"""Every page of 启用准备: it opens for whoever may, is refused to others, and takes only its own methods."""

from __future__ import annotations

import pytest
from django.test import Client

from gongdan.catalog.models import Apology, Brand, Category, CodeAdvice, Fault, ForbiddenWord, Phrase, Question
from gongdan.devices.models import PolicyRow
from gongdan.kernel.actor import Actor
from gongdan.people.models import Role, Site
from gongdan.pricing.models import PriceBook, PriceItem

OPENED = [
    "/setup/", "/setup/sites/", "/setup/sites/add/", "/setup/staff/", "/setup/staff/add/", "/setup/roles/",
    "/setup/catalog/", "/setup/catalog/brands/", "/setup/catalog/models/", "/setup/catalog/faults/",
    "/setup/catalog/questions/", "/setup/catalog/phrases/", "/setup/catalog/categories/add/",
    "/setup/catalog/brands/add/", "/setup/catalog/models/add/", "/setup/catalog/faults/add/",
    "/setup/catalog/questions/add/", "/setup/catalog/phrases/add/", "/setup/warranty/", "/setup/warranty/add/",
    "/setup/prices/", "/setup/prices/add/", "/setup/calendar/", "/setup/settings/", "/setup/settings/number/",
    "/setup/tokens/", "/setup/rules/", "/setup/teams/", "/setup/teams/add/", "/setup/catalog/advice/",
    "/setup/catalog/advice/add/", "/setup/catalog/forbidden/", "/setup/catalog/forbidden/add/",
    "/setup/catalog/apologies/", "/setup/catalog/apologies/add/",
]  # fmt: skip
POSTED = [
    "/setup/staff/1/password/", "/setup/staff/1/stop/", "/setup/staff/1/back/", "/setup/prices/1/start/",
    "/setup/prices/1/publish/", "/setup/prices/1/retire/", "/setup/settings/1/drop/", "/setup/tokens/1/revoke/",
]  # fmt: skip
READ = [
    "/setup/",
    "/setup/sites/",
    "/setup/teams/",
    "/setup/staff/",
    "/setup/roles/",
    "/setup/catalog/",
    "/setup/warranty/",
    "/setup/prices/",
]
CATALOGUE: dict[str, type[Category | Brand | Fault | Question | Phrase | Apology | CodeAdvice | ForbiddenWord]] = {
    "categories": Category,
    "brands": Brand,
    "faults": Fault,
    "questions": Question,
    "phrases": Phrase,
    "apologies": Apology,
    "advice": CodeAdvice,
    "forbidden": ForbiddenWord,
}


@pytest.mark.django_db
def test_every_page_opens_for_the_boss(boss: Client, warranty: None, book: PriceBook, site: Site, admin: Actor) -> None:
    item, policy = PriceItem.objects.get(book=book), PolicyRow.objects.order_by("pk")[0]
    more = [
        f"/setup/sites/{site.pk}/", f"/setup/staff/{admin.id}/", f"/setup/roles/{Role.objects.all()[0].pk}/",
        f"/setup/settings/{site.pk}/", f"/setup/rules/{site.pk}/", f"/setup/prices/{book.pk}/", f"/setup/prices/{book.pk}/edit/",
        f"/setup/prices/{book.pk}/policy/", f"/setup/prices/{book.pk}/items/add/", f"/setup/prices/items/{item.pk}/",
        f"/setup/warranty/{policy.pk}/", "/help/prices/",
        *(f"/setup/catalog/{part}/{kind.objects.order_by('pk')[0].pk}/" for part, kind in CATALOGUE.items()),
    ]  # fmt: skip
    assert {url: boss.get(url).status_code for url in OPENED + more} == dict.fromkeys(OPENED + more, 200)


@pytest.mark.django_db
def test_pages_are_refused_to_whoever_sets_nothing_up(clerk: Client, warranty: None, book: PriceBook) -> None:
    pages = [url for url in OPENED if url != "/setup/"]
    assert {url: clerk.get(url).status_code for url in pages} == dict.fromkeys(pages, 403)
    assert {url: clerk.post(url).status_code for url in POSTED} == dict.fromkeys(POSTED, 403)


@pytest.mark.django_db
def test_verbs_are_posted_and_lists_are_read(boss: Client, book: PriceBook) -> None:
    assert {url: boss.get(url).status_code for url in POSTED} == dict.fromkeys(POSTED, 405)
    assert {url: boss.post(url).status_code for url in READ} == dict.fromkeys(READ, 405)


@pytest.mark.django_db
def test_what_is_not_there_is_a_page_of_its_own(boss: Client) -> None:
    missing = ["/setup/sites/999/", "/setup/staff/999/", "/setup/roles/999/", "/setup/catalog/nothing/",
               "/setup/catalog/brands/999/", "/setup/warranty/999/", "/setup/prices/999/", "/setup/prices/items/999/",
               "/setup/settings/999/", "/setup/rules/999/", "/setup/teams/999/"]  # fmt: skip
    assert {url: boss.get(url).status_code for url in missing} == dict.fromkeys(missing, 404)


def test_the_overview_leads_to_every_kind_of_words(boss: Client, catalogue: None) -> None:
    page = boss.get("/setup/").content.decode()
    for part, label in (
        ("phrases", "用语"),
        ("apologies", "道歉用语"),
        ("forbidden", "禁用语"),
        ("advice", "处理建议"),
    ):
        assert f"/setup/catalog/{part}/" in page
        assert label in page


@pytest.mark.django_db
def test_a_book_that_charges_no_wasted_trip_says_so_but_a_makers_is_his(boss: Client, book: PriceBook) -> None:
    said = "没有“空跑费”项目"
    assert said in boss.get(f"/setup/prices/{book.pk}/").content.decode()
    PriceBook.objects.filter(pk=book.pk).update(kind="brand", brand="前锋")
    assert said not in boss.get(f"/setup/prices/{book.pk}/").content.decode()
