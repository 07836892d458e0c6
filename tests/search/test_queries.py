"""Finding: the same answers from both engines."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from gongdan.search import queries
from gongdan.search.actions import put, put_many
from gongdan.search.queries import find
from gongdan.search.rules import KINDS, Card

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 11, 2, tzinfo=UTC)
WANG = Card(
    "order",
    1,
    1,
    "王小明 杭州市西湖区文三路138号2栋501 A座12034室 格力空调 KFR-35GW/NhA1 不制冷,显示E4",
    NOW,
    digits=("13800138000", "0571-88886666", "GD260311-0001"),
    initials=("wxm",),
    serials=("AB-12/3456x", "11-222-33-444-55-666"),
)
LI = Card(
    "order",
    2,
    1,
    "李建国 杭州市余杭区文一西路969号 海尔冰箱 漏水",
    NOW + timedelta(days=1),
    digits=("13911112222", "GD260312-0002"),
    initials=("ljg",),
    serials=("SN20240001",),
)


def found(typed: str) -> list[int]:
    return [hit.id for hit in find(typed, site_ids=None)]


@pytest.mark.req("R-019")
@pytest.mark.parametrize(
    "typed",
    [
        "王小明", "小明", "王小", "王",  # a name and its parts
        "不制冷", "制冷", "西湖区文三路", "格力空调", "空调 王小明", "格力不制冷" [:2],
        "文三路138号", "文三路138", "路13", "138号2栋", "2栋501", "杭州市西湖区文三路138号2栋501",
        "A座", "a座12034室", "12034",
        "kfr", "KFR-35", "kfr-35gw/nha1", "35gw", "e4", "显示E4", "ＫＦＲ－３５",
        "8000", "138000", "38000", "00138000", "13800138000", "138 0013 8000", "+86 13800138000", "0086-138-0013-8000",
        "1380013", "138001",  # the first six and more
        "6666", "88886666", "0571-88886666", "0571 8888 6666", "（0571）88886666",
        "GD260311-0001", "gd2603110001", "GD260311", "260311-0001", "0311-0001",
        "AB-12/3456x", "ab123456X", "456x", "3456X", "ab1234",
        "11-222-33-444-55-666", "444-55-666",
        "wxm", "wx", "WXM", "wx 8000", "王小明8000", "王小明 8000 不制冷",
    ],
)  # fmt: skip
def test_a_thing_is_found_by(typed: str) -> None:
    put_many([WANG, LI])

    assert found(typed) == [1]


@pytest.mark.parametrize(
    "typed",
    [
        "", " ", "\t\n", "王大明", "明小王", "王小明小明", "西湖文三", "文三路139号", "文三路38号", "38号", "制热",
        "王小明 漏水", "王小明 2222", "王小明2222", "800", "9000", "13800138001", "380013", "xm", "x", "wxmm", "gd26",
        "5gw", "明杭", "138明", "¤order", "§1", "§", "¶",
    ],
)  # fmt: skip
def test_nothing_is_found_by(typed: str) -> None:
    put_many([WANG, LI])

    assert found(typed) == []


@pytest.mark.parametrize(
    "typed",
    [
        "'", '"', '""', "'; DROP TABLE search_indexrow; --", '" OR "', '王小明"', "AND", "OR", "NOT", "NEAR(a b)", "NEAR/5",
        "*", "王*", "^王", "王小明 AND", "OR 王小明", "-王", "+王", "terms:王", "(王", "王)", "()", "{王}", "[王]", "a:b", ":*",
        "&", "|", "!", "!王小明", "王 <-> 小", "\\", "\\'", "%", "%s", "%(a)s", "_", "\x00", "王\x00小明", "\ud800", "😀", "王😀小明",
        "👨‍👩‍👧", "\u202e王", "١٢٣٤", "½", "ﬁ", "İ", "ß", "가나", "ひらがな", "é", "e\u0301", "١" * 50,
        "王" * 10_000, "a" * 10_000, "1" * 10_000, "王a1 " * 5_000, "* " * 5_000, "王小 " * 500, "\n".join("王李张") * 99,
    ],
)  # fmt: skip
def test_hostile_words_never_make_an_error(typed: str) -> None:
    put_many([WANG, LI])

    assert {hit.id for hit in find(typed, kinds=["order"], site_ids=frozenset({1}))} <= {1, 2}


def test_hostile_texts_are_put_and_found() -> None:
    texts = [
        "王\x00小\ud800明",
        '"引号" OR',
        "a" * 10_000,
        "😀表情",
        "王" * 10_000,
        "'; DROP TABLE x; --",
        "ＧＤ全角",
        "",
    ]
    put_many([Card("customer", n, 1, text, NOW, (text,), (text,), (text,)) for n, text in enumerate(texts)])

    assert [found("引号"), found("aaaa"), found("表情"), found("gd全角")] == [[1], [2], [3], [6]]


def test_the_newest_come_first_whatever_was_put_last() -> None:
    put_many(
        [Card("order", n, 1, "王小明", NOW + timedelta(days=day)) for n, day in [(1, 5), (2, -400), (3, 0), (4, 9)]]
    )

    assert found("王小明") == [4, 1, 3, 2]


def test_as_many_as_asked_for_come_back() -> None:
    put_many([Card("order", n, 1, "王小明", NOW) for n in range(100)])

    assert [hit.id for hit in find("王小明", site_ids=None, limit=3)] == [99, 98, 97]
    assert len(found("王小明")) == 20


def test_only_the_wanted_kinds_and_the_permitted_sites_are_found() -> None:
    put_many(
        [Card(kind, n, site, "王小明", NOW) for n, (kind, site) in enumerate((k, s) for k in KINDS for s in (1, 2, 3))]
    )

    def ids(kinds: list[str], sites: set[int] | None) -> list[int]:
        hits = find("小明", kinds=kinds, site_ids=None if sites is None else frozenset(sites))
        return sorted(hit.id for hit in hits)

    assert ids(["order"], None) == [0, 1, 2]
    assert ids(["customer", "device"], {2}) == [4, 7]
    assert ids(list(KINDS), {1, 3}) == [0, 2, 3, 5, 6, 8]
    assert ids(list(KINDS), set()) == []
    assert ids([], None) == []
    assert ids(["order"], set(range(2, 400))) == [1, 2]


def test_a_site_number_does_not_open_sites_that_begin_with_it() -> None:
    put_many([Card("order", site, site, "王小明", NOW) for site in (1, 11, 111)])

    assert [hit.id for hit in find("王小明", site_ids=frozenset({1}))] == [1]


def test_initials_are_not_taken_for_words_of_the_text() -> None:
    put("order", 1, site_id=1, text="python 课程", at=NOW)
    put("order", 2, site_id=1, text="课程", initials=["th"], at=NOW)

    assert (found("th"), found("py")) == ([2], [])


def test_words_on_several_pages_of_history_are_found_beyond_the_newest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "WINDOW", 10)
    put_many(
        [Card("order", n, 1, "王小明 漏水" if n % 30 == 0 else "李建国", NOW + timedelta(days=n)) for n in range(300)]
    )

    assert found("王小明") == [270, 240, 210, 180, 150, 120, 90, 60, 30, 0]
    assert found("漏水") == found("王小明")


@pytest.mark.req("R-244")
def test_every_part_of_a_text_finds_exactly_the_things_that_hold_it() -> None:
    chance = random.Random(7)
    letters = "王李张明芳文三西路湖区制冷水调机"

    def run() -> str:
        return "".join(chance.choice(letters) for _ in range(chance.randint(1, 7)))

    def text() -> str:
        parts = [run() + (f"{chance.randint(1, 400)}" + run() if chance.random() < 0.4 else "") for _ in range(4)]
        return " ".join(parts)

    def part_of(words: str) -> str:
        starts = [n for n, letter in enumerate(words[:-1]) if not letter.isdigit() and " " not in words[n : n + 2]]
        start = chance.choice(starts)
        return words[start : start + chance.randint(2, 6)].split(maxsplit=1)[0]

    texts = {n: text() for n in range(400)}
    put_many([Card("order", n, 1, words, NOW) for n, words in texts.items()])

    for typed in [part_of(words) for words in chance.choices(list(texts.values()), k=200)]:
        holding = {n for n, words in texts.items() if typed in words}
        assert {hit.id for hit in find(typed, site_ids=None, limit=400)} == holding, typed
