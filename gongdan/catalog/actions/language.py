"""Words: advice on codes and symptoms, words that no customer may read, and apologies."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from gongdan.catalog import rules, states
from gongdan.catalog.actions.writing import Kind, dangling, others, unknown_word
from gongdan.catalog.events import Verb
from gongdan.catalog.models import Apology, CodeAdvice, ForbiddenWord
from gongdan.fields import overlong
from gongdan.kernel.actor import Actor
from gongdan.kernel.edits import refuse
from gongdan.kernel.text import Text, _

MOST_LINES = 20
LONGEST_LINE = 200
REASON = "{reason}"


@transaction.atomic
def add_advice(*, category_id: int, words: str, side: str, by: Actor, at: datetime, **fields: Any) -> CodeAdvice:
    """What a code or symptom calls for. Refused: the category has advice for one of these words already."""
    return _ADVICE.add(fields | {"words": words, "side": side}, category_id=category_id, by=by, at=at)


@transaction.atomic
def edit_advice(advice_id: int, *, seen: int, by: Actor, at: datetime, **fields: Any) -> CodeAdvice:
    """Change advice. Refused: other advice answers to one of its words, or somebody saved meanwhile."""
    return _ADVICE.edit(advice_id, fields, seen=seen, by=by, at=at)


@transaction.atomic
def add_forbidden_word(*, word: str, by: Actor, at: datetime, **fields: Any) -> ForbiddenWord:
    """A word that no text to a customer may contain. Refused: too short to be told from others, or listed already."""
    return _FORBIDDEN.add(fields | {"word": word}, by=by, at=at)


@transaction.atomic
def edit_forbidden_word(word_id: int, *, seen: int, by: Actor, at: datetime, **fields: Any) -> ForbiddenWord:
    """Change a forbidden word, or let it pass again. Refused: listed already, or somebody saved meanwhile."""
    return _FORBIDDEN.edit(word_id, fields, seen=seen, by=by, at=at)


@transaction.atomic
def add_apology(*, kind: str, text: str, by: Actor, at: datetime, **fields: Any) -> Apology:
    """A new apology. Refused: there is no place for the reason in it."""
    return _APOLOGY.add(fields | {"kind": kind, "text": text}, by=by, at=at)


@transaction.atomic
def edit_apology(apology_id: int, *, seen: int, by: Actor, at: datetime, **fields: Any) -> Apology:
    """Change an apology. Refused: there is no place for the reason in it, or somebody saved meanwhile."""
    return _APOLOGY.edit(apology_id, fields, seen=seen, by=by, at=at)


def _check_advice(row: CodeAdvice) -> None:
    row.word_keys = rules.word_keys(row.words)
    errors = overlong(row) | dangling(row.category_id, None)
    if "word_keys" in errors:
        errors["words"] = errors.pop("word_keys")
    keys = [key for key in row.word_keys.strip("|").split("|") if key]
    if not keys:
        errors["words"] = _("请填写故障代码或现象，如 691 或 掉线")
    for key in keys:
        other = others(row).filter(category=row.category_id, word_keys__contains=f"|{key}|").first()
        if other is not None:
            errors["words"] = _("“{words}”已有处理建议，请直接修改那一条", words=other.words)
    if row.side not in list(states.Side):
        errors["side"] = unknown_word(row.side)
    for name, lines in (("questions", row.questions), ("steps", row.steps)):
        if len(lines) > MOST_LINES or any(len(line) > LONGEST_LINE for line in lines):
            errors[name] = _("最多 {lines} 项，每项最多 {limit} 个字", lines=MOST_LINES, limit=LONGEST_LINE)
    refuse(errors)


def _check_forbidden(row: ForbiddenWord) -> None:
    row.word_key = rules.plain(row.word)
    errors: dict[str, Text] = {}
    if len(row.word_key) < 2:
        errors["word"] = _("请填写两个字以上的词，单个字会误伤正常的话")
    elif "word" in overlong(row) or "word_key" in overlong(row):
        errors["word"] = _("最多 {limit} 个字，请缩短", limit=20)
    elif others(row).filter(word_key=row.word_key).exists():
        errors["word"] = _("“{word}”已经在禁用语里了", word=row.word)
    refuse(errors)


def _check_apology(row: Apology) -> None:
    errors = overlong(row)
    if not row.text:
        errors["text"] = _("请填写用语")
    elif REASON not in row.text:
        errors["text"] = _("请在要说原因的地方写上 {mark}", mark=REASON)
    if row.kind not in list(states.ApologyKind):
        errors["kind"] = unknown_word(row.kind)
    refuse(errors)


_ADVICE = Kind(
    CodeAdvice, ("words", "meaning", "origin", "side", "questions", "steps", "position", "is_active"),
    "words", _check_advice, Verb.ADVICE_ADDED, Verb.ADVICE_EDITED,
)  # fmt: skip
_FORBIDDEN = Kind(
    ForbiddenWord, ("word", "is_active"),
    "word", _check_forbidden, Verb.FORBIDDEN_ADDED, Verb.FORBIDDEN_EDITED,
)  # fmt: skip
_APOLOGY = Kind(
    Apology, ("kind", "position", "text", "is_active"),
    "text", _check_apology, Verb.APOLOGY_ADDED, Verb.APOLOGY_EDITED,
)  # fmt: skip
