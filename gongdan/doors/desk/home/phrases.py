"""用语: what to say at a step of the service, and how to apologise. Loaded beside the form where it is said."""

from __future__ import annotations

from typing import TypeVar

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from gongdan.catalog import queries
from gongdan.catalog.states import APOLOGY_KIND_LABELS, STEP_LABELS, ApologyKind, Step
from gongdan.doors.kit.middleware import StaffRequest
from gongdan.doors.kit.render import page
from gongdan.doors.kit.spoken import sentence
from gongdan.kernel.errors import Missing

Word = TypeVar("Word", Step, ApologyKind)


@require_safe
def phrases(request: StaffRequest) -> HttpResponse:
    """The polite sentences of one step, or of all steps where none is asked for (R-239)."""
    asked = request.GET.get("step", "")
    step = _known(Step, asked) if asked else None
    title = _("%(step)s用语") % {"step": sentence(STEP_LABELS[step])} if step else _("用语")
    rows = queries.phrases(step)
    steps = ["" if step else f"{sentence(STEP_LABELS[Step(row.step)])}　" for row in rows]
    said = [before + row.text for before, row in zip(steps, rows, strict=True)]
    context = {"title": title, "phrases": said, "is_open": step is None}
    return page(request, "desk/words/phrases.html", context, fragment="words")


@require_safe
def apologies(request: StaffRequest) -> HttpResponse:
    """The apologies of one kind, each put into a field by one click (R-241).

    `into` and `reason` name fields of the form that the buttons stand in: where the apology goes, and where its reason
    is written already.
    """
    kind = _known(ApologyKind, request.GET.get("kind", ""))
    context = {
        "title": _("%(kind)s道歉") % {"kind": sentence(APOLOGY_KIND_LABELS[kind])},
        "apologies": [row.text for row in queries.apologies(kind)],
        "into": request.GET.get("into", "")[:60],
        "reason": request.GET.get("reason", "")[:60],
        "id": f"apology-{kind}",
    }
    return page(request, "desk/words/apologies.html", context, fragment="words")


def _known(words: type[Word], typed: str) -> Word:
    if typed not in list(words):
        raise Missing
    return words(typed)
