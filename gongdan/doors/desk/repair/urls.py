"""Addresses of the desk's repair and quote pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from gongdan.doors.desk.repair import beside_views, quoting, views

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
    path(f"{_REPAIR}help/", beside_views.ask, name="repair-help"),
    path(f"{_REPAIR}help/<int:pk>/answer/", beside_views.answer, name="repair-help-answer"),
    path(f"{_REPAIR}help/<int:pk>/withdraw/", beside_views.withdraw, name="repair-help-withdraw"),
    path(f"{_REPAIR}helpers/", beside_views.add_helper, name="repair-helper"),
    path(f"{_REPAIR}helpers/<int:pk>/end/", beside_views.end_helper, name="repair-helper-end"),
    path(f"{_REPAIR}steps/", beside_views.step, name="repair-step"),
    path(f"{_REPAIR}devices/<int:line>/take/", beside_views.take_away, name="repair-take"),
    path(f"{_REPAIR}pick-ups/<int:pk>/return/", beside_views.hand_back, name="repair-return"),
    path(f"{_REPAIR}pick-ups/<int:pk>/slip/", beside_views.slip, name="repair-slip"),
    path(f"{_REPAIR}devices/<int:line>/refuse/", beside_views.refuse, name="repair-refuse"),
    path(f"{_REPAIR}refusals/<int:pk>/notice/", beside_views.notice, name="repair-notice"),
    path(f"{_REPAIR}devices/<int:line>/readings/", beside_views.reading, name="repair-reading"),
    path("devices/<int:pk>/safety/clear/", beside_views.clear, name="device-safety-clear"),
    path("devices/<int:pk>/line/", beside_views.save_line, name="device-line"),
    path(_QUOTE, quoting.quote, name="quote"),
    path(f"{_QUOTE}start/", quoting.start, name="quote-start"),
    path(f"{_QUOTE}add/", quoting.add, name="quote-add"),
    path(f"{_QUOTE}items/", quoting.items, name="quote-items"),
    path(f"{_QUOTE}decide/", quoting.decide, name="quote-decide"),
    path(f"{_QUOTE}revise/", quoting.revise, name="quote-revise"),
]
