"""From a view to an answer: whole pages, fragments, redirects, and refusals in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from django.contrib import messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template import engines
from django.template.backends.jinja2 import Jinja2
from django.template.backends.utils import csrf_input_lazy, csrf_token_lazy
from django.utils.cache import patch_vary_headers

from gongdan.doors.kit.context import page as page_context
from gongdan.doors.kit.forms import KitForm
from gongdan.doors.kit.spoken import sentence
from gongdan.kernel.errors import Forbidden, Missing, Refused
from gongdan.kernel.text import Text, _

MAX_VERSION = 2**31 - 1
M = TypeVar("M", bound=Model)


def page(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    fragment: str | Sequence[str] = "",
    status: int = 200,
) -> HttpResponse:
    """The whole page; when htmx asks for a part, the named block alone.

    Several names in `fragment`: the one that equals the id of the htmx target. The status becomes 409 or 422 when
    something was refused or a bound form of the context has errors.
    """
    facts = dict(context or {})
    status = _status(request, facts, status)
    block = _asked_block(request, fragment)
    body = render_block(request, template, block, facts) + _message_bar(request) if block else None
    response = HttpResponse(_render(request, template, facts) if body is None else body, status=status)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


def fragment_or_redirect(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    to: str,
    fragment: str = "",
) -> HttpResponse:
    """After a POST: htmx gets the part with the message bar beside it (409 when refused), others go to `to`."""
    if not is_htmx(request):
        return see(request, to)
    facts = dict(context or {})
    part = render_block(request, template, fragment, facts) if fragment else _render(request, template, facts)
    return HttpResponse(part + _message_bar(request), status=_status(request, facts, 200))


def see(request: HttpRequest, to: str) -> HttpResponse:
    """Go to another page of ours: 303, or inside htmx a redirect of the whole window."""
    if is_htmx(request):
        return HttpResponse(status=204, headers={"HX-Redirect": to})
    return HttpResponseRedirect(to, status=303)


def render_block(request: HttpRequest, template: str, block: str, context: Mapping[str, Any]) -> str:
    """One named block of a page. Imports and `set` at the top of that page do not run: use `ui` and the context."""
    backend = cast("Jinja2", engines["jinja2"])
    whole = backend.env.get_template(template)
    facts = _facts(backend, request, context)
    return str(backend.env.concat(whole.blocks[block](whole.new_context(facts))))


@dataclass
class Attempt:
    """How a `refusals_shown` block ended."""

    ok: bool = True
    refused: Refused | None = None


@contextmanager
def refusals_shown(request: HttpRequest, form: KitForm | None = None) -> Iterator[Attempt]:
    """Refusals become sentences: at the field where they belong, else in the message bar.

    Forbidden and Missing pass: they are pages of their own.
    """
    attempt = Attempt()
    try:
        yield attempt
    except (Forbidden, Missing):
        raise
    except Refused as refused:
        attempt.ok, attempt.refused = False, refused
        at_field = form is not None and form.refuse(refused)
        if not at_field:
            tell(request, refused.text, tone="danger")
        request.kit_status = 422 if at_field or refused.code == "invalid" else 409  # type: ignore[attr-defined]  # read by page()


def tell(request: HttpRequest, text: Text | str, *, tone: str = "done", undo: str = "") -> None:
    """A sentence for the message bar of this page, or of the next one after a redirect."""
    messages.info(request, sentence(text), extra_tags=f"{tone}|{undo}", fail_silently=True)


def visible_or_refused(rows: QuerySet[M], **lookup: object) -> M:
    """The thing, if it is among the visible rows. Missing if there is none at all, Forbidden if it is not yours."""
    found = rows.filter(**lookup).first()
    if found is not None:
        return found
    if rows.model._base_manager.filter(**lookup).exists():
        raise Forbidden
    raise Missing


def seen_version(request: HttpRequest) -> int:
    """The version that the user saw when the form was drawn (hidden field `seen`)."""
    typed = request.POST.get("seen", "")
    if not (typed.isascii() and typed.isdigit() and int(typed[:12]) <= MAX_VERSION):
        raise Refused(_("页面内容不完整，请刷新后再试"), code="seen")
    return int(typed)


def once_key(request: HttpRequest) -> str:
    """The key of this very form (hidden field `once_key`), or nothing."""
    return request.POST.get("once_key", "").replace("\x00", "")[:80]


def wants_another(request: HttpRequest) -> bool:
    """Whether 保存并新增 was pressed."""
    return request.POST.get("then") == "another"


def is_htmx(request: HttpRequest) -> bool:
    """Whether a part of a page asks, not the browser's window."""
    return request.headers.get("HX-Request") == "true"


def _asked_block(request: HttpRequest, fragment: str | Sequence[str]) -> str:
    if not fragment or not is_htmx(request) or request.headers.get("HX-Request-Type") == "full":
        return ""
    if isinstance(fragment, str):
        return fragment
    wanted = request.headers.get("HX-Target", "").partition("#")[2]
    return wanted if wanted in fragment else ""


def _status(request: HttpRequest, facts: Mapping[str, Any], status: int) -> int:
    refused: int | None = getattr(request, "kit_status", None)
    if refused is not None:
        return refused
    if request.method == "POST" and any(isinstance(f, KitForm) and f.is_bound and f.errors for f in facts.values()):
        return 422
    return status


def _facts(backend: Jinja2, request: HttpRequest, context: Mapping[str, Any]) -> dict[str, Any]:
    facts = dict(context)
    for add in backend.template_context_processors:
        facts |= add(request)
    return facts | {
        "request": request,
        "csrf_input": csrf_input_lazy(request),
        "csrf_token": csrf_token_lazy(request),
    }


def _render(request: HttpRequest, template: str, context: Mapping[str, Any]) -> str:
    backend = cast("Jinja2", engines["jinja2"])
    return backend.env.get_template(template).render(_facts(backend, request, context))


def _message_bar(request: HttpRequest) -> str:
    """The message bar, swapped in beside the part, when there is something to say."""
    shell = page_context(request)["shell"]
    return _render(request, "kit/_messages.html", {"oob": True}) if shell.messages else ""
