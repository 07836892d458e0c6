from __future__ import annotations

from datetime import date, datetime

import pytest

from gongdan.audit.models import Event
from gongdan.catalog import actions, queries, states
from gongdan.catalog.models import Brand, CalendarDay, Category, ErrorCode, Fault, Phrase, Question
from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.kernel.errors import Forbidden, Invalid, Missing, Stale

pytestmark = pytest.mark.django_db


@pytest.mark.req("R-027")
def test_a_fresh_install_lists_the_ten_categories_and_the_two_of_the_trade(catalog: None) -> None:
    assert [row.name for row in queries.categories()] == [
        "手机",
        "电脑",
        "平板",
        "打印机",
        "空调",
        "电视",
        "冰箱",
        "洗衣机",
        "热水器",
        "厨房电器",
        "宽带/ONU",
        "自助设备",
    ]


@pytest.mark.req("R-027")
def test_the_catalogue_can_be_extended(catalog: None, admin: Actor, now: datetime) -> None:
    row = actions.add_category(code="fan", name="电风扇", default_mode=states.Mode.IN_STORE, by=admin, at=now)

    assert queries.categories()[0] == row  # position 0: before the seeded ones
    assert (row.initials, row.version) == ("dfs", 1)
    assert queries.category_named(" 电风扇 ") == row


@pytest.mark.req("R-087")
def test_each_category_has_a_default_mode(catalog: None) -> None:
    assert {row.name: row.default_mode for row in queries.categories()} == {
        "手机": "in_store",
        "平板": "in_store",
        **dict.fromkeys(
            ["电脑", "打印机", "空调", "电视", "冰箱", "洗衣机", "热水器", "厨房电器", "宽带/ONU", "自助设备"],
            "on_site",
        ),
    }


def test_flags_of_installation_journal_and_cash_box_are_seeded(catalog: None) -> None:
    rows = {row.name: row for row in queries.categories()}

    assert {name for name, row in rows.items() if row.needs_installation} == {"电视", "宽带/ONU", "自助设备"}
    assert {name for name, row in rows.items() if row.has_journal and row.has_cash_box} == {"自助设备"}
    assert {name for name, row in rows.items() if row.part_wait_days == 60} == {"手机", "平板"}


def test_all_faults_are_seeded_with_their_codes_taken_apart(catalog: None) -> None:
    assert Fault.objects.count() == 193
    by_code = {row.code: row for row in Fault.objects.select_related("brand")}
    assert by_code["F028"].error_code == "F0"
    assert by_code["F028"].brand is not None
    assert by_code["F028"].brand.name == "格力"
    assert (by_code["F036"].error_code, by_code["F036"].brand) == ("P1/P2", None)
    assert list(
        ErrorCode.objects.filter(fault=by_code["F036"], brand__isnull=True)
        .values_list("code_key", flat=True)
        .order_by("pk")
    ) == ["P1", "P2"]
    assert by_code["F009"].usual_mode == states.UsualMode.PHONE_OR_ON_SITE
    assert by_code["F001"].initials == "bkjzsdbl"


@pytest.mark.req("R-239")
def test_phrases_are_seeded_for_the_six_steps(catalog: None) -> None:
    steps = dict.fromkeys(str(states.STEP_LABELS[states.Step(row.step)]) for row in queries.phrases())

    assert list(steps) == ["接听", "预约", "入户", "报价", "验收", "道别"]


def test_seeding_twice_changes_nothing_and_keeps_what_the_shop_changed(
    catalog: None, admin: Actor, now: datetime
) -> None:
    phone = Category.objects.get(code="phone")
    actions.edit_category(phone.pk, seen=1, name="智能手机", by=admin, at=now)
    counts = [kind.objects.count() for kind in (Category, Brand, Fault, ErrorCode, Question, Phrase, CalendarDay)]
    events = Event.objects.count()

    assert actions.load_seed(by=SYSTEM, at=now) == 0

    again = [kind.objects.count() for kind in (Category, Brand, Fault, ErrorCode, Question, Phrase, CalendarDay)]
    assert again == counts
    assert Event.objects.count() == events
    assert Category.objects.get(pk=phone.pk).name == "智能手机"


def test_an_edit_is_recorded_with_old_and_new_values(catalog: None, admin: Actor, now: datetime) -> None:
    fault = Fault.objects.get(code="F001")

    actions.edit_fault(fault.pk, seen=1, part="电源组件", error_code="A1", by=admin, at=now)

    event = Event.objects.latest("id")
    assert (event.verb, event.subject_id, event.facts["changes"]) == (
        "catalog.fault_edited",
        fault.pk,
        {"part": ["电源板", "电源组件"], "error_code": ["", "A1"]},
    )
    assert list(ErrorCode.objects.filter(fault=fault).values_list("code_key", flat=True)) == ["A1"]


def test_saving_without_a_change_writes_nothing(catalog: None, admin: Actor, now: datetime) -> None:
    phone = Category.objects.get(code="phone")
    events = Event.objects.count()

    actions.edit_category(phone.pk, seen=1, name="手机", by=admin, at=now)

    assert (Category.objects.get(pk=phone.pk).version, Event.objects.count()) == (1, events)


def test_the_second_to_save_is_told_who_was_faster(catalog: None, admin: Actor, now: datetime) -> None:
    phone = Category.objects.get(code="phone")
    actions.edit_category(phone.pk, seen=1, default_mode="on_site", by=admin, at=now)

    with pytest.raises(Stale) as refusal:
        actions.edit_category(phone.pk, seen=1, name="智能机", by=admin, at=now)

    assert str(refusal.value) == "陈老板 10:00 改了：默认服务方式；请核对后再保存"


def test_only_holders_of_the_permission_change_the_catalogue(catalog: None, agent: Actor, now: datetime) -> None:
    with pytest.raises(Forbidden):
        actions.add_brand(name="新牌", by=agent, at=now)


def test_wrong_input_is_refused_field_by_field(catalog: None, admin: Actor, now: datetime) -> None:
    with pytest.raises(Invalid) as refusal:
        actions.add_category(code="", name="手机", default_mode="beam", by=admin, at=now)

    assert {field: str(text) for field, text in refusal.value.errors.items()} == {
        "code": "请填写品类编号，如 fan",
        "name": "品类 手机 已经有了，请直接使用或换一个名称",
        "default_mode": "没有“beam”这一项，请从列表中选择",
    }


def test_text_that_is_too_long_is_refused_with_its_length(catalog: None, admin: Actor, now: datetime) -> None:
    with pytest.raises(Invalid) as refusal:
        actions.add_category(code="x", name="长" * 31, by=admin, at=now)

    assert str(refusal.value.errors["name"]) == "最多 30 个字，现在有 31 个，请缩短"


def test_two_brands_never_go_by_one_name(catalog: None, admin: Actor, now: datetime) -> None:
    with pytest.raises(Invalid) as refusal:
        actions.add_brand(name="gree", by=admin, at=now)

    assert str(refusal.value) == "品牌 格力 已经使用这个名称，请直接使用或换一个名称"


def test_a_brand_is_found_by_a_name_added_later(catalog: None, admin: Actor, now: datetime) -> None:
    gree = Brand.objects.get(name="格力")

    actions.edit_brand(gree.pk, seen=1, aliases=["GREE", "晶弘"], by=admin, at=now)

    assert queries.brand_named("晶弘") == gree


def test_a_new_fault_takes_the_next_code(catalog: None, admin: Actor, now: datetime) -> None:
    tv = Category.objects.get(code="tv")

    fault = actions.add_fault(category_id=tv.pk, symptom="屏幕有坏点", error_code="E9", by=admin, at=now)

    assert (fault.code, fault.basis, fault.initials) == ("F194", "own", "pmyhd")
    assert [row.code for row in queries.by_error_code(tv.pk, None, "e9")] == ["F194"]


def test_a_model_stands_once_in_its_brand_and_category(catalog: None, admin: Actor, now: datetime) -> None:
    gree, air = Brand.objects.get(name="格力"), Category.objects.get(code="air_conditioner")
    model = actions.add_model(category_id=air.pk, brand_id=gree.pk, name="KFR-35GW", spec="1.5匹", by=admin, at=now)

    with pytest.raises(Invalid):
        actions.add_model(category_id=air.pk, brand_id=gree.pk, name="kfr35gw", by=admin, at=now)

    actions.edit_model(model.pk, seen=1, spec="1.5匹 变频", by=admin, at=now)
    assert [(row.name, row.spec) for row in queries.product_models("35G", brand_id=gree.pk)] == [
        ("KFR-35GW", "1.5匹 变频")
    ]


def test_a_choice_question_needs_choices(catalog: None, admin: Actor, now: datetime) -> None:
    with pytest.raises(Invalid):
        actions.add_question(category_id=None, text="哪一个？", kind="choice", by=admin, at=now)

    question = actions.add_question(category_id=None, text="哪一个？", kind="choice", choices=["甲"], by=admin, at=now)
    actions.edit_question(question.pk, seen=1, is_active=False, by=admin, at=now)
    assert "哪一个？" not in [row.text for row in queries.questions(None)]


def test_a_phrase_belongs_to_a_known_step(catalog: None, admin: Actor, now: datetime) -> None:
    with pytest.raises(Invalid):
        actions.add_phrase(step="sing", text="您好", by=admin, at=now)

    phrase = actions.add_phrase(step="answer", text="您好，天河店", by=admin, at=now)
    actions.edit_phrase(phrase.pk, seen=1, text="您好，这里是天河店", by=admin, at=now)
    assert "您好，这里是天河店" in [row.text for row in queries.phrases(states.Step.ANSWER)]


def test_a_category_or_brand_that_is_not_there_is_refused(catalog: None, admin: Actor, now: datetime) -> None:
    nowhere = 10**9
    with pytest.raises(Invalid) as refusal:
        actions.add_fault(category_id=nowhere, brand_id=nowhere, symptom="不亮", by=admin, at=now)

    assert set(refusal.value.errors) == {"category_id", "brand_id"}


def test_what_is_not_there_cannot_be_changed(catalog: None, admin: Actor, now: datetime) -> None:
    with pytest.raises(Missing):
        actions.edit_fault(10**9, seen=1, by=admin, at=now)


def test_the_working_calendar_is_seeded_and_follows_an_edit_at_once(catalog: None, admin: Actor, now: datetime) -> None:
    day = date(2026, 3, 12)
    assert queries.working_calendar().is_statutory(date(2026, 10, 1))
    assert queries.working_calendar().is_workday(day)

    actions.set_day(day, "rest", name="店庆", by=admin, at=now)
    assert not queries.working_calendar().is_workday(day)

    actions.set_day(day, "ordinary", by=admin, at=now)
    assert queries.working_calendar().is_workday(day)
    assert [row.name for row in queries.calendar_days(2026) if row.day == day] == [""]
