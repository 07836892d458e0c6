"""Addresses of the desk's intake pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from gongdan.doors.desk.intake import bulk, held, views

urlpatterns: list[URLPattern] = [
    path("reception/", views.reception, name="reception"),
    path("reception/bulk/", bulk.bulk, name="reception-bulk"),
    path("reception/callers/", views.callers_pick, name="reception-callers"),
    path("reception/customer/", views.customer, name="reception-customer"),
    path("reception/similar/", views.similar, name="reception-similar"),
    path("reception/advice/", views.advice, name="reception-advice"),
    path("reception/chase/<str:number>/", views.chase, name="reception-chase"),
    path("reception/rooms/<str:number>/", held.rooms, name="reception-rooms"),
    path("reception/wrong-number/<str:number>/", held.wrong_number, name="reception-wrong-number"),
    path("reception/confirm-phone/<str:number>/", held.confirm_phone, name="reception-confirm-phone"),
    path("reception/release/<str:number>/<str:code>/", held.release, name="reception-release"),
    path("reception/device/", views.device, name="reception-device"),
    path("reception/faults/", views.faults_pick, name="faults-pick"),
    path("reception/category/", views.category, name="reception-category"),
    path("reception/priority/", views.priority, name="reception-priority"),
    path("reception/verdict/", views.verdict, name="reception-verdict"),
    path("reception/<str:number>/<str:flow>/", views.choose_flow, name="reception-flow"),
]
