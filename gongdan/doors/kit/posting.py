"""Addresses that only take what was sent: whoever opens one (a reload, a bookmark) finds the page it belongs to."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import reverse

from gongdan.doors.kit.middleware import StaffRequest

View = Callable[..., HttpResponse]


def sent_to(page: str, *named: str) -> Callable[[View], View]:
    """POST goes to the view; opened, the page of this name with the `named` parts of the address. Nothing else is allowed."""

    def around(view: View) -> View:
        @wraps(view)
        def answered(request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method == "POST":
                return view(request, *args, **kwargs)
            if request.method in ("GET", "HEAD"):
                return redirect(reverse(page, kwargs={name: kwargs[name] for name in named}))
            return HttpResponseNotAllowed(["POST"])

        return answered

    return around
