"""Components and the frame: drawn whole, escaped, without inline script or style."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client, RequestFactory
from markupsafe import Markup

from gongdan.doors import kit
from gongdan.doors.kit import drawn
from gongdan.doors.kit.menu import Entry, Shell
from gongdan.doors.kit.tables import Badge, Column
from gongdan.kernel.actor import Actor
from gongdan.kernel.text import _

NOW = datetime(2026, 3, 11, 2, 0, tzinfo=UTC)
KIT = Path(kit.__file__).parent
PAGES = [
    "/kit/",
    "/kit/?look=empty",
    "/kit/?colour=red",
    "/kit/overview/",
    "/kit/pick/?q=王",
    "/accounts/login/",
    "/accounts/logout/",
]


def test_rows_are_drawn_by_the_kind_of_their_columns() -> None:
    columns = [
        Column("number", "单号", kind="code", lead=True),
        Column("state", "状态", kind="badge"),
        Column("fen", "金额", kind="money"),
        Column("at", "时间", kind="moment", narrow=True),
        Column("note", "备注", grow=True),
    ]
    row = {
        "number": "A<1>",
        "state": Badge(_("在借"), "running"),
        "fen": 123450,
        "at": NOW,
        "note": "",
        "url": '/a/?b="1"',
        "id": 7,
    }

    assert drawn.rows(columns, [row], NOW) == Markup(
        '<tr data-url="/a/?b=&quot;1&quot;" data-id="7">'
        '<td class="k-col-code k-lead" data-label="单号"><a href="/a/?b=&quot;1&quot;" tabindex="-1">A&lt;1&gt;</a></td>'
        '<td class="k-col-badge" data-label="状态"><span class="k-badge k-tone-running">'
        '<span class="k-shape" aria-hidden="true"></span>在借</span></td>'
        '<td class="k-col-money k-right" data-label="金额">¥1,234.50</td>'
        '<td class="k-col-moment k-narrow" data-label="时间">'
        '<time datetime="2026-03-11T02:00:00+00:00" title="2026-03-11 10:00:00">今天 10:00</time></td>'
        '<td class="k-col-text k-grow" data-label="备注"><span class="k-absent">—</span></td></tr>\n'
    )


def test_hostile_words_stay_words_in_every_kind_of_cell() -> None:
    hostile = "<img src=x onerror=alert(1)>"
    row = {
        "a": hostile,
        "b": Badge(hostile, "danger", title=hostile),
        "c": _("{x}", x=hostile),
        "url": hostile,
        "id": hostile,
    }
    columns = [Column("a", hostile), Column("b", "乙", kind="badge"), Column("c", "丙", kind="html")]

    assert "<img" not in drawn.rows(columns, [row], NOW)


def test_a_countdown_carries_words_urgency_and_the_exact_time() -> None:
    assert drawn.countdown(NOW + timedelta(minutes=38), NOW) == Markup(
        '<time class="k-due k-due-urgent" datetime="2026-03-11T02:38:00+00:00" title="2026-03-11 10:38" data-due="120,60">'
        '<span class="k-shape" aria-hidden="true"></span><span>还剩 38 分钟</span></time>'
    )
    assert drawn.countdown(None, NOW) == ""


def test_a_tone_that_does_not_exist_is_a_programmers_mistake() -> None:
    with pytest.raises(AssertionError, match="unknown tone purple"):
        Badge("在借", "purple")


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.django_db
def test_every_page_stands_without_inline_script_style_or_handler(client: Client, path: str) -> None:
    page = client.get(path).content.decode()

    assert not re.search(r"<script(?![^>]*\bsrc=)", page)
    assert "<style" not in page
    assert not re.search(r"\son[a-z]+=", page)
    assert "javascript:" not in page
    assert "None" not in page


@pytest.mark.django_db
def test_the_policy_lets_only_our_own_scripts_run(client: Client) -> None:
    policy = client.get("/kit/").headers["Content-Security-Policy"]

    assert {"script-src 'self'", "object-src 'none'"} <= set(policy.split("; "))  # in whatever order they come


@pytest.mark.django_db
def test_an_empty_list_teaches_and_a_strange_address_is_named(client: Client) -> None:
    assert "左边登记第一位读者，单子就会出现在这里" in client.get("/kit/?look=empty").content.decode()
    answer = client.get("/kit/?colour=red")
    assert "网址里的条件“colour”不认识，没有起作用" in answer.content.decode()


def test_every_field_has_a_label_and_its_error_is_bound_to_it(client: Client, db: None) -> None:
    page = client.post("/kit/", {"phone": ""}).content.decode()

    labels = set(re.findall(r'<label for="([^"]+)"', page))
    controls = set(
        re.findall(
            r'<(?:input class="k-control"|select class="k-control"|textarea class="k-control"|canvas)[^>]* id="([^"]+)"',
            page,
        )
    )
    assert {c for c in controls if not c.startswith("id_window")} <= labels
    assert 'id="id_phone-error">请填写电话<' in page
    assert 'aria-describedby="id_phone-error" aria-invalid="true"' in page


def test_the_longest_matching_menu_entry_is_the_active_one() -> None:
    request = RequestFactory().get("/orders/GD1/accept/")
    request.actor = Actor(kind="staff", id=1, name="王芳")  # type: ignore[attr-defined]  # StaffRequest
    shell = Shell(request)
    entries = [Entry("首页", "/", "home"), Entry("工单", "/orders/", "list"), Entry("新工单", "/orders/new/", "plus")]
    shell.__dict__["menu"] = entries

    assert [shell.is_active(entry) for entry in entries] == [False, True, False]


def test_the_kit_knows_no_word_of_the_trade() -> None:
    trade = re.compile("工单|派工|维修|师傅|客户|保内|回访|结算|报修|接待|启用准备|工作台")
    allowed = {"sample.py", "sample"}  # the style page lends books, some of them about repair
    found = [
        f"{path.relative_to(KIT)}: {match[0]}"
        for path in KIT.rglob("*")
        if path.suffix in {".py", ".html", ".js", ".css"}
        and "vendor" not in path.parts
        and not allowed & set(path.parts)
        for match in trade.finditer(path.read_text(encoding="utf-8"))
    ]

    assert found == []


def test_every_icon_that_a_template_names_is_in_the_sprite() -> None:
    sprite = (KIT / "static/vendor/tabler-icons/icons.svg").read_text(encoding="utf-8")
    there = set(re.findall(r'<symbol id="([^"]+)"', sprite))
    sources = [*(KIT.parent).rglob("*.html"), *(KIT.parent).rglob("*.py")]
    named = {
        name
        for path in sources
        for name in re.findall(r'ui\.icon\("([a-z0-9-]+)"\)|icon="([a-z0-9-]+)"', path.read_text(encoding="utf-8"))
        for name in name
        if name
    }

    assert named - there == set()
