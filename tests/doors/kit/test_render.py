"""From a view to an answer: pages, parts, redirects and refusals."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from django.test import Client
from markupsafe import escape

from gongdan.kernel.actor import Actor
from gongdan.people.models import Site

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "div#part"}


@pytest.fixture
def client(agent: Actor, client_for: Callable[[Actor], Client]) -> Client:
    return client_for(agent)


def test_htmx_gets_the_part_and_the_window_the_page(client: Client) -> None:
    whole = client.get("/form/")
    part = client.get("/form/", headers=HTMX)

    assert whole.content.decode().startswith("<!doctype html>")
    assert part.content.decode().startswith('<div id="part">')
    assert 'name="seen" value="3"' in part.content.decode()
    assert "HX-Request" in whole["Vary"]


def test_a_boosted_request_for_the_whole_page_gets_it(client: Client) -> None:
    assert b"<!doctype html>" in client.get("/form/", headers=HTMX | {"HX-Request-Type": "full"}).content


def test_a_good_post_goes_on_with_its_key(client: Client) -> None:
    data = {"phone": "138", "once_key": "k" * 200}

    assert client.post("/form/", data).headers["Location"] == "/whoami/?key=" + "k" * 80
    answer = client.post("/form/", data, headers=HTMX)
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, "/whoami/?key=" + "k" * 80)


def test_the_message_is_told_on_the_next_page_with_its_undo(client: Client) -> None:
    client.post("/form/", {"phone": "138"})

    page = client.get("/form/").content.decode()

    assert "已保存 1 条" in page
    assert 'action="/undo/"' in page
    assert "已保存" not in client.get("/form/").content.decode()


def test_missing_input_is_422_with_the_typed_text_kept(client: Client) -> None:
    answer = client.post("/form/", {"phone": "", "note": '引号"和<b>', "once_key": "same"})
    page = answer.content.decode()

    assert answer.status_code == 422
    assert "请填写电话" in page
    assert 'value="引号&#34;和&lt;b&gt;"' in page
    assert 'name="once_key" value="same"' in page
    assert 'aria-invalid="true"' in page


@pytest.mark.parametrize(
    ("refusal", "status", "sentence"),
    [
        ("refused", 409, "超出 ¥40.00，请先联系主管"),
        ("stale", 409, "王芳 10:05 改了：电话；请核对后再保存"),
        ("field", 422, "这个号码已停用，请换一个"),
        ("invalid", 422, "至少登记一台设备"),
    ],
)
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_refused_form_comes_back_with_the_sentence_and_what_was_typed(
    client: Client, refusal: str, status: int, sentence: str, headers: dict[str, str]
) -> None:
    answer = client.post(f"/form/{refusal}/", {"phone": "13812342231"}, headers=headers)

    assert answer.status_code == status
    assert sentence in answer.content.decode()
    assert 'value="13812342231"' in answer.content.decode()


def test_a_deed_answers_with_its_part_and_the_message_beside_it(client: Client) -> None:
    answer = client.post("/deed/", {"seen": "3"}, headers=HTMX)
    body = answer.content.decode()

    assert answer.status_code == 200
    assert body.startswith('<div id="part">')
    assert 'id="messages"' in body
    assert 'hx-swap-oob="true"' in body
    assert "已办 3 次" in body


def test_a_refused_deed_is_409_beside_the_unchanged_part(client: Client) -> None:
    answer = client.post("/deed/stale/", {"seen": "3"}, headers=HTMX)

    assert answer.status_code == 409
    assert '<div id="part">' in answer.content.decode()
    assert "王芳 10:05 改了：电话；请核对后再保存" in answer.content.decode()


def test_without_htmx_a_deed_goes_back_to_its_page_where_the_sentence_stands(client: Client) -> None:
    answer = client.post("/deed/refused/", {"seen": "3"})

    assert (answer.status_code, answer.headers["Location"]) == (303, "/form/")
    assert "超出 ¥40.00，请先联系主管" in client.get("/form/").content.decode()


@pytest.mark.parametrize("seen", ["", "abc", "-1", "9" * 5000, "²"])
def test_a_form_without_its_version_is_told_to_reload(client: Client, seen: str) -> None:
    answer = client.post("/deed/", {"seen": seen}, headers=HTMX)

    assert answer.status_code == 409
    assert "页面内容不完整，请刷新后再试" in answer.content.decode()


@pytest.mark.parametrize(
    ("refusal", "status", "title", "sentence"),
    [
        ("missing", 404, "没有找到", "没有找到这条记录，可能已被删除，请返回列表查找"),
        ("forbidden", 403, "没有权限", "您没有权限进行此操作，请联系主管或管理员开通权限"),
        ("stale", 409, "没有办成", "王芳 10:05 改了：电话；请核对后再保存"),
        ("invalid", 422, "没有办成", "请填写手机号"),
    ],
)
def test_a_refusal_that_no_view_answers_is_a_page_with_the_way_out(
    client: Client, refusal: str, status: int, title: str, sentence: str
) -> None:
    answer = client.get(f"/uncaught/{refusal}/")
    page = answer.content.decode()

    assert answer.status_code == status
    assert f"<h1>{title}</h1>" in page
    assert sentence in page
    assert "回到首页" in page


def test_inside_htmx_such_a_refusal_goes_to_the_message_bar(client: Client) -> None:
    answer = client.post("/uncaught/forbidden/", headers=HTMX)

    assert answer.status_code == 403
    assert (answer.headers["HX-Retarget"], answer.headers["HX-Reswap"]) == ("#messages", "innerHTML")
    assert "您没有权限进行此操作，请联系主管或管理员开通权限" in answer.content.decode()


def test_under_the_api_it_is_problem_json(client: Client) -> None:
    answer = client.get("/api/uncaught/missing/")

    assert answer.headers["Content-Type"] == "application/problem+json"
    assert json.loads(answer.content) == {
        "type": "about:blank",
        "title": "没有找到",
        "status": 404,
        "detail": "没有找到这条记录，可能已被删除，请返回列表查找",
        "code": "missing",
    }


def test_what_exists_but_is_not_yours_is_forbidden_and_what_does_not_exist_missing(
    client: Client, other_site: Site
) -> None:
    assert client.get("/site/TH/").content.decode() == "天河店"
    assert client.get(f"/site/{other_site.code}/").status_code == 403
    assert client.get("/site/XX/").status_code == 404


def test_typed_markup_is_never_drawn_as_markup(client: Client) -> None:
    hostile = "\"><script>alert('1')</script>"

    page = client.post("/form/", {"phone": "", "note": hostile}).content.decode()

    assert hostile not in page
    assert f'value="{escape(hostile)}"' in page
