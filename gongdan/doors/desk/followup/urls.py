"""Addresses of the desk's followup pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from gongdan.doors.desk.followup import labels, views

urlpatterns: list[URLPattern] = [
    path("follow-up/", views.station, name="follow_up"),
    path("follow-up/<str:number>/", views.order, name="follow-up-order"),
    path("follow-up/<str:number>/give-up/", views.give_up, name="follow-up-give-up"),
    path("setup/repair-labels/", labels.labels, name="repair-labels"),
    path("setup/repair-labels/<int:pk>/", labels.label, name="repair-label"),
]
