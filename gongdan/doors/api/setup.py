"""What a shop sets up: limits and steps, teams, and the words of the catalogue."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from ninja import Query, Router, Schema
from ninja import Status as Answer
from pydantic import Field, StrictBool, StrictInt

from gongdan.catalog import access as catalog_access
from gongdan.catalog import actions as catalog
from gongdan.catalog import queries as catalog_queries
from gongdan.catalog.states import ApologyKind, Side, Step
from gongdan.doors.api import fields
from gongdan.doors.api.auth import ApiRequest
from gongdan.doors.api.fields import Input
from gongdan.doors.api.intake import Id, Key, answers
from gongdan.doors.api.once import once
from gongdan.flows import settings as flow
from gongdan.kernel.settings import LONGEST_LINE, LONGEST_TEXT, MOST_LINES
from gongdan.people import access, actions, queries

router = Router(tags=["启用准备 setup"])

SiteId = Annotated[int | None, Query(ge=1, le=2**53 - 1)]
SettingKey = Annotated[str, Field(max_length=80, pattern=r"^[a-z_]+\.[a-z0-9_]+$")]
Value = (
    StrictBool
    | Annotated[StrictInt, Field(ge=-(2**53), le=2**53)]
    | Annotated[fields.Paragraph, Field(max_length=LONGEST_TEXT)]
    | Annotated[list[Annotated[fields.Line, Field(max_length=LONGEST_LINE)]], Field(max_length=MOST_LINES)]
    | None
)
Sentences = Annotated[list[fields.Long], Field(max_length=20)]
Position = Annotated[int, Field(ge=0, le=30000)]


class SettingOut(Schema):
    """A setting and what holds. `inherited`: what would hold without a value of its own here."""

    key: str
    label: str
    affects: str
    kind: str
    unit: str
    default: Any
    value: Any
    inherited: Any
    is_own: bool
    by_site: bool
    low: int | None = None
    high: int | None = None
    choices: dict[str, str] | None = None


class SettingsOut(Schema):
    """The settings of a site, or of the whole shop, by app. `version` goes back as `seen`."""

    site_id: int | None
    version: int
    groups: dict[str, list[SettingOut]]


class SettingsIn(fields.Seen):
    """New values by key; null lets what is inherited hold again. Without a site they hold for the whole shop."""

    site_id: fields.Id | None = None
    values: Annotated[dict[SettingKey, Value], Field(max_length=200)]


class TeamIn(Input):
    """A team or department."""

    name: fields.Short
    kind: Literal["team", "department"] = "team"
    site_id: fields.Id | None = None
    members: Annotated[list[fields.Id], Field(max_length=500)] = []
    is_active: bool = True


class TeamEdit(fields.Seen):
    """What of a team shall change."""

    name: fields.Short | None = None
    kind: Literal["team", "department"] | None = None
    members: Annotated[list[fields.Id], Field(max_length=500)] | None = None
    is_active: bool | None = None


class CategoryEdit(fields.Seen):
    """What of a category shall change."""

    name: Annotated[fields.Short, Field(max_length=30)] | None = None
    long_minutes: Annotated[int, Field(ge=1, le=10080)] | None = None
    part_wait_days: Annotated[int, Field(ge=0, le=365)] | None = None
    needs_preliminary: bool | None = None
    needs_installation: bool | None = None
    has_journal: bool | None = None
    has_cash_box: bool | None = None
    is_active: bool | None = None


class AdviceIn(Input):
    """What a code or symptom of a category calls for."""

    category_id: fields.Id
    words: Annotated[fields.Line, Field(max_length=60)]
    side: Side
    meaning: fields.Line = ""
    origin: Annotated[fields.Line, Field(max_length=60)] = ""
    questions: Sentences = []
    steps: Sentences = []
    position: Position = 100


class AdviceEdit(fields.Seen):
    """What of the advice shall change."""

    words: Annotated[fields.Line, Field(max_length=60)] | None = None
    side: Side | None = None
    meaning: fields.Line | None = None
    origin: Annotated[fields.Line, Field(max_length=60)] | None = None
    questions: Sentences | None = None
    steps: Sentences | None = None
    position: Position | None = None
    is_active: bool | None = None


class WordIn(Input):
    """A word that no text to a customer may contain."""

    word: Annotated[fields.Short, Field(max_length=20)]


class WordEdit(fields.Seen):
    """What of the word shall change."""

    word: Annotated[fields.Short, Field(max_length=20)] | None = None
    is_active: bool | None = None


class ApologyIn(Input):
    """An apology; `{reason}` is where the reason goes."""

    kind: ApologyKind
    text: Annotated[fields.Paragraph, Field(max_length=300)]
    position: Position = 100


class ApologyEdit(fields.Seen):
    """What of the apology shall change."""

    kind: ApologyKind | None = None
    text: Annotated[fields.Paragraph, Field(max_length=300)] | None = None
    position: Position | None = None
    is_active: bool | None = None


class TextIn(Input):
    """A text that shall go to a customer."""

    text: fields.Story


@router.get("/settings", response=answers(SettingsOut), summary="流程与时限")
def get_settings(request: ApiRequest, site_id: SiteId = None) -> Any:
    """Every setting with its default, what it changes and what holds."""
    request.actor.require(access.SETTINGS)
    if site_id is not None:
        queries.site(site_id, request.actor)
    return _settings(site_id)


@router.put("/settings", response=answers(SettingsOut), summary="修改流程与时限")
def put_settings(request: ApiRequest, body: SettingsIn) -> Any:
    """Set some of them; the others stay."""
    request.actor.require(access.SETTINGS)
    if body.site_id is not None:
        queries.site(body.site_id, request.actor)
    flow.save(body.site_id, body.values, seen=body.seen, by=request.actor, at=request.now)
    return _settings(body.site_id)


@router.get("/teams", response=answers(list[dict[str, Any]]), summary="班组与部门")
def list_teams(request: ApiRequest) -> Any:
    """The teams and departments of the caller's sites, with their members."""
    found = queries.teams(request.actor, with_inactive=request.actor.may(access.MANAGE))
    members = queries.team_members([row.pk for row in found])
    return [_team(row, members[row.pk]) for row in found]


@router.post("/teams", response=answers(dict[str, Any], 201), summary="新增班组或部门")
def add_team(request: ApiRequest, body: TeamIn, key: Key = "") -> Any:
    """A new team or department."""

    def run() -> dict[str, Any]:
        row = actions.add_team(**body.model_dump(), by=request.actor, at=request.now)
        return _team(row, queries.team_members([row.pk])[row.pk])

    return Answer(201, once(request, "people.add_team", body, run))


@router.put("/teams/{team_id}", response=answers(dict[str, Any]), summary="修改班组或部门")
def edit_team(request: ApiRequest, team_id: Id, body: TeamEdit) -> Any:
    """Change a team; members are given whole."""
    row = actions.edit_team(team_id, **_given(body), by=request.actor, at=request.now)
    return _team(row, queries.team_members([row.pk])[row.pk])


@router.put("/categories/{category_id}", response=answers(dict[str, Any]), summary="修改品类")
def edit_category(request: ApiRequest, category_id: Id, body: CategoryEdit) -> Any:
    """Change a category, such as how long its work may take (R-198)."""
    row = catalog.edit_category(category_id, **_given(body), by=request.actor, at=request.now)
    return {"id": row.pk, "version": row.version} | {
        name: getattr(row, name) for name in CategoryEdit.model_fields if name != "seen"
    }


@router.get("/categories/{category_id}/advice", response=answers(list[dict[str, Any]]), summary="代码或现象的处理建议")
def advice_for(
    request: ApiRequest, category_id: Id, text: Annotated[str, Query(max_length=1000, pattern=r"^[^\x00]*$")] = ""
) -> Any:
    """What the first code or symptom in the text calls for: one row or none."""
    found = catalog_queries.advice_for(category_id, text)
    return [] if found is None else [_advice(found)]


@router.get("/advice", response=answers(list[dict[str, Any]]), summary="全部处理建议")
def list_advice(request: ApiRequest, category_id: SiteId = None) -> Any:
    """Every row of advice, also those not in use."""
    return [_advice(row) for row in catalog_queries.all_advice(category_id=category_id)]


@router.post("/advice", response=answers(dict[str, Any], 201), summary="新增处理建议")
def add_advice(request: ApiRequest, body: AdviceIn, key: Key = "") -> Any:
    """What a code or symptom calls for."""

    def run() -> dict[str, Any]:
        return _advice(catalog.add_advice(**body.model_dump(), by=request.actor, at=request.now))

    return Answer(201, once(request, "catalog.add_advice", body, run))


@router.put("/advice/{advice_id}", response=answers(dict[str, Any]), summary="修改处理建议")
def edit_advice(request: ApiRequest, advice_id: Id, body: AdviceEdit) -> Any:
    """Change advice."""
    return _advice(catalog.edit_advice(advice_id, **_given(body), by=request.actor, at=request.now))


@router.get("/forbidden-words", response=answers(list[dict[str, Any]]), summary="禁用语")
def list_words(request: ApiRequest) -> Any:
    """The words that no text to a customer may contain."""
    request.actor.require(catalog_access.EDIT)
    return [_word(row) for row in catalog_queries.forbidden_words(with_inactive=True)]


@router.post("/forbidden-words", response=answers(dict[str, Any], 201), summary="新增禁用语")
def add_word(request: ApiRequest, body: WordIn, key: Key = "") -> Any:
    """One more word."""

    def run() -> dict[str, Any]:
        return _word(catalog.add_forbidden_word(word=body.word, by=request.actor, at=request.now))

    return Answer(201, once(request, "catalog.add_forbidden_word", body, run))


@router.put("/forbidden-words/{word_id}", response=answers(dict[str, Any]), summary="修改禁用语")
def edit_word(request: ApiRequest, word_id: Id, body: WordEdit) -> Any:
    """Change a word, or let it pass again."""
    return _word(catalog.edit_forbidden_word(word_id, **_given(body), by=request.actor, at=request.now))


@router.post("/language", response=answers(dict[str, list[str]]), summary="检查要发给客户的文字")
def check_language(request: ApiRequest, body: TextIn) -> Any:
    """The forbidden words in a text, before it is sent (R-240)."""
    return {"words": catalog_queries.foul_words_in(body.text)}


@router.get("/apologies", response=answers(list[dict[str, Any]]), summary="道歉用语")
def list_apologies(request: ApiRequest, kind: ApologyKind | None = None) -> Any:
    """What to say when something went wrong (R-241)."""
    return [_apology(row) for row in catalog_queries.apologies(kind)]


@router.post("/apologies", response=answers(dict[str, Any], 201), summary="新增道歉用语")
def add_apology(request: ApiRequest, body: ApologyIn, key: Key = "") -> Any:
    """One more apology."""

    def run() -> dict[str, Any]:
        return _apology(catalog.add_apology(**body.model_dump(), by=request.actor, at=request.now))

    return Answer(201, once(request, "catalog.add_apology", body, run))


@router.put("/apologies/{apology_id}", response=answers(dict[str, Any]), summary="修改道歉用语")
def edit_apology(request: ApiRequest, apology_id: Id, body: ApologyEdit) -> Any:
    """Change an apology."""
    return _apology(catalog.edit_apology(apology_id, **_given(body), by=request.actor, at=request.now))


@router.get("/phrases", response=answers(list[dict[str, Any]]), summary="礼貌用语")
def list_phrases(request: ApiRequest, step: Step | None = None) -> Any:
    """Polite sentences of a step, or of all steps (R-239)."""
    return [{"id": row.pk, "step": row.step, "text": row.text} for row in catalog_queries.phrases(step)]


def _given(body: fields.Seen) -> dict[str, Any]:
    """What was sent, and the version that the caller saw."""
    return {name: value for name, value in body.model_dump(exclude_unset=True).items() if value is not None}


def _settings(site_id: int | None) -> dict[str, Any]:
    own = queries.own_settings(site_id)
    groups = {group.app: [_setting(one) for one in some] for group, some in flow.held(site_id)}
    return {"site_id": site_id, "version": own.version if own else 0, "groups": groups}


def _setting(one: flow.Held) -> dict[str, Any]:
    setting = one.setting
    is_number = setting.kind == "number"
    return {
        "key": setting.key,
        "label": str(setting.label),
        "affects": str(setting.affects),
        "kind": setting.kind,
        "unit": str(setting.unit) if setting.unit is not None else "",
        "default": setting.default,
        "value": one.value,
        "inherited": one.inherited,
        "is_own": one.is_own,
        "by_site": setting.by_site,
        "low": setting.low if is_number else None,
        "high": setting.high if is_number else None,
        "choices": {value: str(label) for value, label in setting.choices} or None,
    }


def _team(row: Any, members: list[tuple[int, str]]) -> dict[str, Any]:
    people = [{"id": pk, "name": name} for pk, name in members]
    facts = {name: getattr(row, name) for name in ("name", "kind", "site_id", "is_active", "version")}
    return {"id": row.pk, **facts, "members": people}


def _advice(row: Any) -> dict[str, Any]:
    """A row of advice, or what was found for a text (which has no version)."""
    names = ("words", "meaning", "origin", "side", "version", "is_active")
    facts = {name: getattr(row, name) for name in names if hasattr(row, name)}
    return {"id": row.id, **facts, "questions": list(row.questions), "steps": list(row.steps)}


def _word(row: Any) -> dict[str, Any]:
    return {"id": row.pk, "word": row.word, "is_active": row.is_active, "version": row.version}


def _apology(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("id", "kind", "text", "position", "is_active", "version")}
