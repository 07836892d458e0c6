"""Addresses of the desk's dispatch pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from gongdan.doors.desk.dispatch import views

urlpatterns: list[URLPattern] = [
    path("dispatch/", views.station, name="dispatch"),
    path("dispatch/<str:number>/", views.order, name="dispatch-order"),
    path("dispatch/<str:number>/candidates/", views.candidates, name="dispatch-candidates"),
    path("dispatch/<str:number>/facts/", views.facts, name="dispatch-facts"),
    path("dispatch/<str:number>/visits/<int:pk>/edit/", views.edit_visit, name="dispatch-edit"),
    path("dispatch/<str:number>/visits/<int:pk>/void/", views.void, name="dispatch-void"),
    path("dispatch/<str:number>/promise/", views.promise, name="dispatch-promise"),
    path("dispatch/<str:number>/contact/", views.contact, name="dispatch-contact"),
    path("dispatch/<str:number>/back/", views.send_back, name="dispatch-back"),
]
