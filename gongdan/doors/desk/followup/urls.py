"""Addresses of the desk's followup pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from gongdan.doors.desk.followup import feedback, improvements, labels, messages, views

urlpatterns: list[URLPattern] = [
    path("follow-up/", views.station, name="follow_up"),
    path("follow-up/messages/", messages.station, name="follow-up-messages"),
    path("follow-up/messages/<int:pk>/", messages.message, name="follow-up-message"),
    path("follow-up/feedback/", feedback.feedback, name="feedback"),
    path("follow-up/feedback/<int:pk>/", feedback.step, name="feedback-step"),
    path("follow-up/improvements/", improvements.improvements, name="improvements"),
    path("follow-up/improvements/<int:pk>/", improvements.improvement, name="improvement"),
    path("follow-up/<str:number>/", views.order, name="follow-up-order"),
    path("follow-up/<str:number>/give-up/", views.give_up, name="follow-up-give-up"),
    path("follow-up/<str:number>/track/", views.track, name="follow-up-track"),
    path("setup/repair-labels/", labels.labels, name="repair-labels"),
    path("setup/repair-labels/<int:pk>/", labels.label, name="repair-label"),
    path("setup/periodic-calls/", improvements.periodic, name="periodic-calls"),
]
