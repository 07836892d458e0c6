"""启用准备 › 流程与时限: every limit, deadline, step and list of reasons that the apps let a shop set."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods

from gongdan.doors.desk.history import history
from gongdan.doors.desk.setup.pages import Group, Sheet, saved
from gongdan.doors.kit import forms
from gongdan.doors.kit.middleware import StaffRequest
from gongdan.doors.kit.render import seen_version
from gongdan.doors.kit.spoken import sentence
from gongdan.doors.kit.typed import whole_number
from gongdan.flows import settings as flow
from gongdan.flows.settings import Held
from gongdan.kernel.settings import LONGEST_LINE, LONGEST_TEXT, MOST_LINES, Setting
from gongdan.people import access, queries

SWITCH = [("on", lazy("开")), ("off", lazy("关"))]
MOST_ROWS = 8


class RulesForm(forms.KitForm):
    """One field for each setting that can be set here, under its key; `back` gives up what is set here."""

    def __init__(self, typed: Any, shown: Iterable[Held], *, is_site: bool) -> None:
        self.held = [one for one in shown if one.setting.by_site or not is_site]
        super().__init__(typed, initial={one.setting.key: _as_typed(one.setting, one.value) for one in self.held})
        for one in self.held:
            self.fields[one.setting.key] = _field(one, is_site=is_site)
        own = [(one.setting.key, sentence(one.setting.label)) for one in self.held if one.is_own]
        if own:
            label = _("改回全店的值") if is_site else _("改回默认值")
            self.fields["back"] = forms.Choices(label, choices=own, required=False, wide=True)

    def values(self) -> dict[str, Any]:
        """What differs from what holds, by key; None where what is inherited shall hold again."""
        back = set(self.cleaned_data.get("back") or ())
        values: dict[str, Any] = dict.fromkeys(back)
        for one in self.held:
            key = one.setting.key
            typed = _as_value(one.setting, self.cleaned_data.get(key))
            if key not in back and typed != one.value:
                values[key] = typed
        return values


@require_http_methods(["GET", "POST"])
def shop_rules(request: StaffRequest) -> HttpResponse:
    """What holds wherever a site has set nothing of its own."""
    return _rules(request, None)


@require_http_methods(["GET", "POST"])
def site_rules(request: StaffRequest, pk: int) -> HttpResponse:
    """What holds at one site."""
    return _rules(request, pk)


def _rules(request: StaffRequest, site_id: int | None) -> HttpResponse:
    request.actor.require(access.SETTINGS)
    site = queries.site(site_id, request.actor) if site_id is not None else None
    own = queries.own_settings(site_id)
    shop = own if site_id is None else queries.own_settings(None)
    gathered = list(flow.held(site_id))
    shown = [one for _group, some in gathered for one in some]
    form = RulesForm(request.POST if request.method == "POST" else None, shown, is_site=site is not None)
    action = reverse("desk:setup-site-rules", args=[site_id]) if site_id else reverse("desk:setup-rules")
    groups = [
        Group([one.setting.key for one in some], title=sentence(group.title), columns=2, id=group.app)
        for group, some in gathered
        if any(one.setting.key in form.fields for one in some)
    ]
    shop_only = [sentence(one.setting.label) for one in shown if one.setting.key not in form.fields]
    note = ""
    if shop_only:
        note = _("这几项只能在全店设置里修改：%(names)s") % {"names": "、".join(shop_only)}
    sheet = Sheet(
        title=_("%(site)s 的流程与时限") % {"site": site.name} if site else _("流程与时限"),
        action=action,
        to=action,
        trail=[(_("流程与时限"), reverse("desk:setup-rules"))] if site else (),
        groups=groups,
        seen=own.version if own else 0,
        note=note,
        entries=_entries(request, own.pk if own else None, shown),
        extra={
            "tabs": _tabs(request, site_id),
            "jumps": [(group.title, f"#{group.id}") for group in groups],
            "shop_seen": shop.version if shop else 0,
        },
    )

    def save(_values: dict[str, Any]) -> None:
        flow.save(
            site_id,
            form.values(),
            seen=seen_version(request),
            shop_seen=_shop_seen(request) if site_id is not None else None,
            by=request.actor,
            at=request.now,
        )

    return saved(request, form, sheet, save, template="desk/setup/rules.html")


def _shop_seen(request: StaffRequest) -> int:
    return whole_number(request.POST.get("shop_seen"), digits=9) or 0


def _tabs(request: StaffRequest, site_id: int | None) -> list[tuple[str, str, bool, None]]:
    sites = access.visible_sites(request.actor).filter(is_active=True).order_by("pk")
    return [(_("全店"), reverse("desk:setup-rules"), site_id is None, None)] + [
        (one.name, reverse("desk:setup-site-rules", args=[one.pk]), one.pk == site_id, None) for one in sites
    ]


def _entries(request: StaffRequest, pk: int | None, shown: Iterable[Held]) -> list[dict[str, Any]]:
    if pk is None:
        return []
    labels = {one.setting.key: one.setting.label for one in shown}
    words = {one.setting.key: dict(one.setting.choices) for one in shown if one.setting.choices}
    return history("people.shopsettings", pk, request.actor, labels=labels, words=words)


def _field(one: Held, *, is_site: bool) -> Any:
    setting = one.setting
    label, unit = sentence(setting.label), sentence(setting.unit) if setting.unit is not None else ""
    hint = _hint(one, unit, is_site=is_site)
    if setting.kind == "switch":
        return forms.Choice(label, choices=SWITCH, shown_as="segments", hint=hint)
    if setting.kind == "number":
        return forms.Number(label, min_value=setting.low, max_value=setting.high, unit=unit, required=False, hint=hint)
    if setting.kind == "choice":
        return forms.Choice(label, choices=list(setting.choices), hint=hint)
    if setting.kind == "text":
        return forms.Paragraph(label, max_length=LONGEST_TEXT, rows=2, required=False, hint=hint)
    rows = min(max(len(one.value), 2), MOST_ROWS)
    most = MOST_LINES * (LONGEST_LINE + 1)
    return forms.Paragraph(label, max_length=most, rows=rows, hint=hint + _("；一行一项"), wide=False)


def _hint(one: Held, unit: str, *, is_site: bool) -> str:
    """What it changes, and what holds when nothing is set here."""
    words = {"affects": sentence(one.setting.affects), "value": _spoken(one.setting, one.inherited, unit)}
    if is_site and one.is_own:
        return _("%(affects)s。本站点自定，全店 %(value)s") % words
    if is_site:
        return _("%(affects)s。沿用全店") % words
    if one.is_own:
        return _("%(affects)s。已改，默认 %(value)s") % words
    return _("%(affects)s。默认 %(value)s") % words


def _spoken(setting: Setting[Any], value: Any, unit: str) -> str:
    if setting.kind == "switch":
        return _("开") if value else _("关")
    if setting.kind == "number":
        return f"{value} {unit}".strip()
    if setting.kind == "choice":
        return sentence(dict(setting.choices).get(value, value))
    if setting.kind == "lines":
        return "、".join(value)
    return value or _("（空）")


def _as_typed(setting: Setting[Any], value: Any) -> Any:
    if setting.kind == "switch":
        return "on" if value else "off"
    return "\n".join(value) if setting.kind == "lines" else value


def _as_value(setting: Setting[Any], typed: Any) -> Any:
    if setting.kind == "switch":
        return typed == "on"
    if setting.kind == "lines":
        return tuple(dict.fromkeys(line for row in (typed or "").split("\n") if (line := row.strip())))
    return typed
