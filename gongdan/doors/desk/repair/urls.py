"""Addresses of the desk's repair and quote pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from gongdan.doors.desk.repair import quoting, views

_REPAIR = "repair/<str:number>/"
_QUOTE = "orders/<str:number>/quote/"

urlpatterns: list[URLPattern] = [
    path("repair/", views.station, name="repair"),
    path(_REPAIR, views.order, name="repair-order"),
    path(f"{_REPAIR}visits/<int:pk>/<str:verb>/", views.visit, name="repair-visit"),
    path(f"{_REPAIR}devices/<int:line>/diagnosis/", views.diagnose, name="repair-diagnose"),
    path(f"{_REPAIR}devices/<int:line>/actions/", views.add_action, name="repair-action"),
    path(f"{_REPAIR}actions/<int:pk>/remove/", views.remove_action, name="repair-action-remove"),
    path(f"{_REPAIR}devices/<int:line>/parts/", views.add_part, name="repair-part"),
    path(f"{_REPAIR}parts/<int:pk>/", views.edit_part, name="repair-part-edit"),
    path(f"{_REPAIR}parts/<int:pk>/remove/", views.remove_part, name="repair-part-remove"),
    path(f"{_REPAIR}devices/<int:line>/tests/", views.record_tests, name="repair-tests"),
    path(f"{_REPAIR}trial/", views.trial, name="repair-trial"),
    path(f"{_REPAIR}finish/", views.finish, name="repair-finish"),
    path(f"{_REPAIR}reopen/", views.reopen, name="repair-reopen"),
    path(_QUOTE, quoting.quote, name="quote"),
    path(f"{_QUOTE}start/", quoting.start, name="quote-start"),
    path(f"{_QUOTE}add/", quoting.add, name="quote-add"),
    path(f"{_QUOTE}items/", quoting.items, name="quote-items"),
    path(f"{_QUOTE}decide/", quoting.decide, name="quote-decide"),
    path(f"{_QUOTE}revise/", quoting.revise, name="quote-revise"),
]
