"""Addresses that only take what was typed: whoever opens one, from his history or a bookmark, finds the page itself."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect

from gongdan.doors.kit.middleware import StaffRequest

View = Callable[..., HttpResponse]


def posted(view: View) -> View:
    """POST goes to the view; GET to the page that has its form: the order in dispatch, the visit, or the queue."""

    @wraps(view)
    def _view(request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "POST":
            return view(request, *args, **kwargs)
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["POST"])
        if "number" in kwargs:
            return redirect("desk:dispatch-order", number=kwargs["number"])
        if "pk" in kwargs:
            return redirect("desk:visit", pk=kwargs["pk"])
        return redirect("desk:queue")

    return _view
