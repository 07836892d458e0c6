"""Addresses for the kit's own tests: views of the smallest kind, and the style page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.urls import include, path
from django.views.decorators.csrf import csrf_protect

from gongdan.doors.kit import forms
from gongdan.doors.kit.middleware import StaffRequest, open_to_all
from gongdan.doors.kit.render import (
    fragment_or_redirect,
    once_key,
    page,
    refusals_shown,
    see,
    seen_version,
    tell,
    visible_or_refused,
)
from gongdan.doors.kit.sample import urlpatterns as sample
from gongdan.kernel.errors import Forbidden, Invalid, Missing, Refused, Stale
from gongdan.kernel.text import _
from gongdan.people.models import Site

SENTENCE = _("超出 {fee:yuan}，请先联系主管", fee=4000)
REFUSALS = {
    "refused": Refused(SENTENCE),
    "field": Refused(_("这个号码已停用，请换一个"), field="phone"),
    "invalid": Invalid({"phone": _("请填写手机号"), "whole": _("至少登记一台设备")}),
    "stale": Stale(_("王芳 10:05 改了：电话；请核对后再保存")),
    "forbidden": Forbidden(),
    "missing": Missing(),
}


class Form(forms.KitForm):
    """Two fields."""

    phone = forms.PhoneField("电话")
    note = forms.Line("备注", required=False)


def whoami(request: StaffRequest) -> HttpResponse:
    """The actor and the language as JSON."""
    return JsonResponse({"name": request.actor.name, "language": request.LANGUAGE_CODE, "now": request.now.isoformat()})


@open_to_all
def open_page(request: HttpRequest) -> HttpResponse:
    """Seen by anybody."""
    return HttpResponse("open")


def form(request: StaffRequest, refusal: str = "") -> HttpResponse:
    """A form whose verb refuses as the address says."""
    bound = Form(request.POST or None)
    if request.method == "POST" and bound.is_valid():
        with refusals_shown(request, bound) as attempt:
            if refusal:
                raise REFUSALS[refusal]
        if attempt.ok:
            tell(request, _("已保存 {n} 条", n=1), undo="/undo/")
            return see(request, f"/whoami/?key={once_key(request)}")
    return page(request, "kit_tests/form.html", {"form": bound}, fragment="part")


def deed(request: StaffRequest, refusal: str = "") -> HttpResponse:
    """One deed of a page, answered by its part."""
    with refusals_shown(request):
        if refusal:
            raise REFUSALS[refusal]
        tell(request, _("已办 {n} 次", n=seen_version(request)))
    return fragment_or_redirect(request, "kit_tests/form.html", {"form": Form()}, to="/form/", fragment="part")


def uncaught(request: StaffRequest, refusal: str) -> HttpResponse:
    """A refusal that the view does not answer."""
    raise REFUSALS[refusal]


def broken(request: StaffRequest) -> HttpResponse:
    """A programmer's mistake."""
    raise ZeroDivisionError


def site(request: StaffRequest, code: str) -> HttpResponse:
    """A site, if it is one of the actor's."""
    return HttpResponse(visible_or_refused(Site.objects.filter(pk__in=request.actor.sites), code=code).name)


NEWS = [{"topic": "loans", "count": 3, "text": "%s 条新记录，点此刷新"}, {"topic": "other", "count": 1, "text": "%s"}]


def news(request: StaffRequest) -> HttpResponse:
    """Three new things each time, but none to who asks for the first time."""
    since = request.GET["since"]
    step = int(since or 0) + 1
    if step > 3:
        return HttpResponseNotModified(headers={"ETag": "last"})
    answer = {"since": str(step), "news": NEWS if since else []}
    return JsonResponse(answer, headers={"ETag": f'"{step}"'})


urlpatterns = [
    path("news/", news),
    path("", include("gongdan.doors.kit.urls")),
    path("whoami/", whoami),
    path("open/", open_page),
    path("form/", form),
    path("form/<str:refusal>/", form),
    path("deed/", csrf_protect(deed)),
    path("deed/<str:refusal>/", deed),
    path("uncaught/<str:refusal>/", uncaught),
    path("api/uncaught/<str:refusal>/", uncaught),
    path("broken/", broken),
    path("site/<str:code>/", site),
    *sample,
]
handler400 = "gongdan.doors.kit.errors.bad_request"
handler403 = "gongdan.doors.kit.errors.permission_denied"
handler404 = "gongdan.doors.kit.errors.page_not_found"
handler500 = "gongdan.doors.kit.errors.server_error"
