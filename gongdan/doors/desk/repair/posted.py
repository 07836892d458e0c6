"""Addresses that only take what was sent: whoever opens one (a reload, a copied address) gets the document it is about."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect

from gongdan.doors.kit.middleware import StaffRequest

View = Callable[..., HttpResponse]


def sent_to(name: str) -> Callable[[View], View]:
    """POST as it is; opened, the page `name` of the same order. Anything else is not allowed."""

    def around(view: View) -> View:
        @wraps(view)
        def answered(request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method == "POST":
                return view(request, *args, **kwargs)
            if request.method in ("GET", "HEAD") and "number" in kwargs:
                return redirect(name, kwargs["number"])
            return HttpResponseNotAllowed(["POST"])

        return answered

    return around


posted = sent_to("desk:repair-order")
posted_quote = sent_to("desk:quote")
