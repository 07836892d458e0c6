"""Addresses of the desk's settlement pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from gongdan.doors.desk.settlement import accounts, views

urlpatterns: list[URLPattern] = [
    path("settlement/", views.station, name="settlement"),
    path("settlement/<str:number>/", views.order, name="settlement-order"),
    path("settlement/<str:number>/pay/", views.pay, name="settlement-pay"),
    path("settlement/<str:number>/on-account/", views.on_account, name="settlement-on-account"),
    path("settlement/<str:number>/discount/", views.discount, name="settlement-discount"),
    path("settlement/<str:number>/undo/<int:row>/", views.undo, name="settlement-undo"),
    path("settlement/<str:number>/refund/<int:row>/", views.refund, name="settlement-refund"),
    path("settlement/<str:number>/post/", views.post, name="settlement-post"),
    path("settlement/<str:number>/reverse/", views.reverse_bill, name="settlement-reverse"),
    path("setup/accounts/", accounts.accounts, name="accounts"),
    path("setup/accounts/<int:pk>/", accounts.account, name="account"),
]
