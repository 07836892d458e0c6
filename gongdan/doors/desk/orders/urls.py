"""Addresses of the desk's orders pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from gongdan.doors.desk.orders import compensation, devices, views

urlpatterns: list[URLPattern] = [
    path("orders/", views.orders, name="orders"),
    path("compensation/", compensation.compensation, name="compensation"),
    path("compensation/<int:pk>/", compensation.compensation, name="compensation-rule"),
    path("orders/<str:number>/", views.order, name="order"),
    path("orders/<str:number>/timeline/", views.timeline, name="order-timeline"),
    path("orders/<str:number>/edit/", views.edit, name="order-edit"),
    path("orders/<str:number>/devices/add/", devices.add, name="order-device-add"),
    path("orders/<str:number>/devices/<int:line>/", devices.device, name="order-device"),
    path("orders/<str:number>/devices/<int:line>/overrule/", devices.overrule, name="order-device-overrule"),
    path("orders/<str:number>/devices/<int:line>/remove/", devices.remove, name="order-device-remove"),
    path("orders/<str:number>/devices/<int:line>/split/", devices.split, name="order-device-split"),
    path("orders/<str:number>/accept/", views.accept, name="order-accept"),
    path("orders/<str:number>/flow/<str:flow>/", views.flow, name="order-flow"),
    path("orders/<str:number>/answer/", views.answer, name="order-answer"),
    path("orders/<str:number>/cancel/", views.cancel, name="order-cancel"),
    path("orders/<str:number>/turn/", views.turn, name="order-turn"),
    path("orders/<str:number>/complain/", views.complain, name="order-complain"),
    path("orders/<str:number>/judge/", views.judge, name="order-judge"),
    path("orders/<str:number>/handle/", views.handle, name="order-handle"),
    path("orders/<str:number>/compensate/", views.compensate, name="order-compensate"),
    path("orders/<str:number>/finish-complaint/", views.finish_complaint, name="order-finish-complaint"),
    path("orders/<str:number>/script/", views.script, name="order-script"),
    path("orders/<str:number>/preliminary/", views.preliminary, name="order-preliminary"),
    path("orders/<str:number>/help/<int:pk>/answer/", views.answer_help, name="order-help-answer"),
    path("orders/<str:number>/advice/", views.advice, name="order-advice"),
    path("orders/<str:number>/phone/", views.phone, name="order-phone"),
    path("orders/<str:number>/chase/", views.chase, name="order-chase"),
    path("orders/<str:number>/contact/", views.contact, name="order-contact"),
    path("orders/<str:number>/receipt/", views.receipt, name="order-receipt"),
    path("orders/<str:number>/ticket/", views.ticket, name="order-ticket"),
    path("orders/<str:number>/sign-sheet/", views.sign_sheet, name="order-sign-sheet"),
    path("orders/<str:number>/sheet/", views.sheet, name="order-sheet"),
]
