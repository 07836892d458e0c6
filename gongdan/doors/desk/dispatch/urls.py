"""Addresses of the desk's dispatch pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from gongdan.doors.desk.dispatch import queue, shut_door, views, visits

urlpatterns: list[URLPattern] = [
    path("dispatch/", views.station, name="dispatch"),
    path("dispatch/<str:number>/", views.order, name="dispatch-order"),
    path("dispatch/<str:number>/candidates/", views.candidates, name="dispatch-candidates"),
    path("dispatch/<str:number>/fits/", views.fits, name="dispatch-fits"),
    path("dispatch/<str:number>/facts/", views.facts, name="dispatch-facts"),
    path("dispatch/<str:number>/visits/<int:pk>/edit/", views.edit_visit, name="dispatch-edit"),
    path("dispatch/<str:number>/visits/<int:pk>/void/", views.void, name="dispatch-void"),
    path("dispatch/<str:number>/promise/", views.promise, name="dispatch-promise"),
    path("dispatch/<str:number>/contact/", views.contact, name="dispatch-contact"),
    path("dispatch/<str:number>/back/", views.send_back, name="dispatch-back"),
    path("dispatch/<str:number>/team/", views.team, name="dispatch-team"),
    path("dispatch/<str:number>/team/back/", views.team_back, name="dispatch-team-back"),
    path("dispatch/<str:number>/coordinate/", views.coordinate, name="dispatch-coordinate"),
    path("dispatch/<str:number>/settle/", views.settle, name="dispatch-settle"),
    path("dispatch/<str:number>/express/", views.express, name="dispatch-express"),
    path("dispatch/<str:number>/then/", views.then, name="dispatch-then"),
    path("queue/", queue.queue, name="queue"),
    path("queue/<int:order_id>/take/", queue.take, name="queue-take"),
    path("visits/<int:pk>/", visits.visit, name="visit"),
    path("visits/<int:pk>/early/", visits.early, name="visit-early"),
    path("visits/<int:pk>/confirm/", visits.confirm, name="visit-confirm"),
    path("visits/<int:pk>/delay/", visits.delay, name="visit-delay"),
    path("visits/<int:pk>/move/", visits.move, name="visit-move"),
    path("visits/<int:pk>/transfer/", visits.transfer, name="visit-transfer"),
    path("visits/<int:pk>/wasted/", shut_door.wasted, name="visit-wasted"),
    path("visits/<int:pk>/call/", shut_door.call, name="visit-call"),
    path("visits/<int:pk>/remote/", visits.remote, name="visit-remote"),
    path("visits/<int:pk>/then/", visits.then, name="visit-then"),
    path("visits/<int:pk>/phone/", visits.phone, name="visit-phone"),
    path("visits/<int:pk>/step/<str:verb>/", visits.step, name="visit-step"),
]
