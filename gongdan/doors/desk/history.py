"""What was changed when and by whom, ready for `ui.timeline`: personal values only for who may see them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.utils.translation import gettext as _
from markupsafe import Markup, escape

from gongdan.audit import queries as audit
from gongdan.audit.queries import Change
from gongdan.customers import access
from gongdan.doors.kit.spoken import sentence
from gongdan.kernel.actor import Actor

HIDDEN = "••••"


def history(
    kind: str,
    thing_id: int,
    actor: Actor,
    *,
    limit: int = 20,
    before: int | None = None,
    words: Mapping[str, Mapping[Any, object]] | None = None,
    labels: Mapping[str, object] | None = None,
    without: Collection[str] = (),
) -> list[dict[str, Any]]:
    """The newest events of a thing (older than event `before`) with the old and new values they changed. One query.

    `words` says how the codes of a field read, `labels` what a field is called that its app does not name; fields in
    `without` are told by another one already.
    """
    shows = access.can_see_phone(actor)
    told: dict[str, Mapping[Any, object]] = dict(words or {})
    called = dict(labels or {})
    return [
        {
            "id": entry.id,
            "at": entry.happened_at or entry.at,
            "who": entry.actor_name,
            "what": _without_name(sentence(audit.sentence(entry)), entry.actor_name),
            "details": Markup("").join(
                _drawn(change, told.get(change.field, {}), called.get(change.field, change.label), shows=shows)
                for change in changed
                if change.field not in without
            ),
        }
        for entry, changed in audit.timeline_with_changes(kind, thing_id, limit=limit, before=before)
    ]


def _drawn(change: Change, words: Mapping[Any, object], label: object, *, shows: bool) -> Markup:
    """名称 王小明 → 王晓明."""
    old, new = (
        _value(words.get(value, value) if isinstance(value, str) else value, change, shows=shows)
        for value in (change.old, change.new)
    )
    return Markup(  # noqa: S704 - every part is escaped
        f'<p><span class="d-changed">{escape(sentence(label))}</span> {escape(old)} '
        f'<i aria-label="{escape(_("改为"))}">→</i> {escape(new)}</p>'
    )


def _value(value: Any, change: Change, *, shows: bool) -> str:
    if change.is_erased:
        return _("（已抹去）")
    if change.is_personal and not shows:
        return HIDDEN
    if isinstance(value, bool):
        return _("是") if value else _("否")
    return sentence(value) or _("（空）")


def _without_name(what: str, name: str) -> str:
    """The name stands above the sentence already."""
    return what.removeprefix(name).lstrip(" ：")
