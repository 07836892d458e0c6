"""Lists: named sorts, keyset paging, capped counts, and addresses that ask for what does not exist."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models import QuerySet
from django.http import QueryDict
from pytest_django import DjangoAssertNumQueries

from gongdan.doors.kit import forms
from gongdan.doors.kit.lists import Count, Listing, Page, Sort
from gongdan.people.models import Site


class SiteListing(Listing):
    """Sites by number or by kind and name."""

    sorts = {"newest": Sort("最新", "-id"), "kind": Sort("类别", "kind", "-name", "id")}
    scopes = {"active": "在用", "all": "全部"}
    q = forms.Line("查找", max_length=20, required=False)
    kind = forms.Choice("类别", choices=[("store", "门店"), ("site", "站点")], required=False)

    def narrow(self, rows: QuerySet[Any, Any], chosen: Any) -> QuerySet[Any, Any]:
        if self.scope == "active":
            rows = rows.filter(is_active=True)
        if chosen.kind:
            rows = rows.filter(kind=chosen.kind)
        return rows.filter(name__contains=chosen.q) if chosen.q else rows


@pytest.fixture
def sites(db: None) -> None:
    Site.objects.bulk_create(
        Site(code=f"S{n:02d}", name=f"站{n % 4}-{n:02d}", kind="store" if n % 3 else "site", is_active=n != 7)
        for n in range(11)
    )


def page(query: str, **options: Any) -> Page:
    return SiteListing(QueryDict(query)).page(Site.objects.values("id", "code", "kind", "name"), **options)


def walk(query: str, size: int) -> list[str]:
    codes: list[str] = []
    while True:
        result = page(query, size=size)
        codes += [row["code"] for row in result.rows]
        if not result.next_url:
            return codes
        query = result.next_url.lstrip("?")


@pytest.mark.usefixtures("sites")
@pytest.mark.parametrize("size", [1, 3, 4, 50])
def test_pages_together_are_the_whole_list_once(size: int) -> None:
    assert walk("scope=all", size) == [f"S{n:02d}" for n in reversed(range(11))]


@pytest.mark.usefixtures("sites")
@pytest.mark.parametrize("size", [1, 2, 5])
def test_a_sort_of_both_directions_pages_as_the_database_sorts(size: int) -> None:
    expected = list(Site.objects.order_by("kind", "-name", "id").values_list("code", flat=True))

    assert walk("scope=all&sort=kind", size) == expected


@pytest.mark.usefixtures("sites")
def test_filters_stay_on_the_way_and_the_first_scope_is_the_default() -> None:
    result = page("kind=store&q=站", size=3)

    assert [row["code"] for row in result.rows] == ["S10", "S08", "S05"]
    assert result.next_url.startswith("?kind=store&q=%E7%AB%99&after=")
    assert result.first_url == ""
    assert page(result.next_url[1:], size=3).first_url == "?kind=store&q=%E7%AB%99"


@pytest.mark.usefixtures("sites")
def test_counting_ends_at_its_cap() -> None:
    assert str(page("scope=all", count_to=5).count) == "5+"
    assert page("scope=all", count_to=11).count == Count(11)
    assert page("scope=all").count is None


@pytest.mark.usefixtures("sites")
@pytest.mark.parametrize("size", [1, 3])
def test_a_page_costs_one_query_and_its_count_another(
    size: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        page("sort=kind", size=size)
    with django_assert_num_queries(2):
        page("sort=kind", size=size, count_to=100)


@pytest.mark.parametrize(
    ("query", "notice"),
    [
        ("colour=red", "网址里的条件“colour”不认识，没有起作用"),
        ("sort=name", "没有“name”这种排法或范围，已按默认显示"),
        ("scope=mine", "没有“mine”这种排法或范围，已按默认显示"),
        ("kind=boat", "类别：“boat”不在可选范围内，请重新选择"),
        ("q=" + "长" * 21, "查找：最多 20 个字，现在有 21 个"),
        ("q=%00", "查找：文字里有无法保存的控制字符，请删去后重新粘贴"),
        ("after=!!!", "翻页位置已失效，已回到第一页"),
        ("after=WyJuZXdlc3QiLCJ4Il0", "翻页位置已失效，已回到第一页"),  # ["newest","x"]
        ("after=WyJuZXdlc3QiLFsxXV0", "翻页位置已失效，已回到第一页"),  # ["newest",[1]]
        ("after=WyJuZXdlc3QiLDk5OTk5OTk5OTk5OTk5OTk5OTk5OV0", "翻页位置已失效，已回到第一页"),  # beyond 64 bits
        ("after=WyJraW5kIiwxLDIsM10", "翻页位置已失效，已回到第一页"),  # of another sort
    ],
)
@pytest.mark.django_db
def test_an_address_that_asks_for_what_does_not_exist_is_told_so(query: str, notice: str) -> None:
    listing = SiteListing(QueryDict(query))
    result = listing.page(Site.objects.values("id", "kind", "name"))

    assert listing.notices == [notice]
    assert listing.status == 400
    assert result.rows == []


def test_an_empty_filter_is_no_filter() -> None:
    listing = SiteListing(QueryDict("q=&kind=&sort="))

    assert (listing.status, listing.is_narrowed, listing.scope, listing.sort) == (200, False, "active", "newest")
    assert listing.url(scope="all") == "?scope=all"
    assert listing.scope_links == [("在用", "?scope=active", True), ("全部", "?scope=all", False)]


@pytest.mark.usefixtures("sites")
def test_model_rows_page_like_value_rows() -> None:
    first = SiteListing(QueryDict("scope=all")).page(Site.objects.all(), size=10)
    rest = SiteListing(QueryDict(first.next_url[1:])).page(Site.objects.all(), size=10)

    assert [site.code for site in rest.rows] == ["S00"]
