"""Addresses of the desk's customers pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from gongdan.doors.desk.customers import cautions, devices, household, merging, picks, views

urlpatterns: list[URLPattern] = [
    path("setup/customers/", views.customers_list, name="customers"),
    path("setup/customers/add/", views.add, name="customer-add"),
    path("setup/customers/pick/", picks.customers_pick, name="customers-pick"),
    path("setup/customers/devices/", picks.devices_pick, name="devices-pick"),
    path("setup/customers/divisions/", picks.divisions_pick, name="divisions-pick"),
    path("setup/customers/<int:pk>/", views.customer, name="customer"),
    path("setup/customers/<int:pk>/edit/", views.edit, name="customer-edit"),
    path("setup/customers/<int:pk>/devices/add/", devices.add, name="device-add"),
    path("setup/customers/<int:pk>/household/", household.join, name="customer-household"),
    path("setup/customers/<int:pk>/household/leave/", household.leave, name="customer-household-leave"),
    path("setup/customers/<int:pk>/warnings/", cautions.cautions, name="customer-warnings"),
    path("setup/customers/<int:pk>/warnings/<int:caution>/lift/", cautions.lift, name="customer-warning-lift"),
    path("setup/customers/<int:pk>/merge/", merging.merge, name="customer-merge"),
    path("setup/customers/<int:pk>/merge/<int:merge>/undo/", merging.undo, name="customer-merge-undo"),
    path("devices/kinds/", devices.kinds, name="device-kinds"),
    path("devices/<int:pk>/", devices.device, name="device"),
    path("devices/<int:pk>/edit/", devices.edit, name="device-edit"),
    path("devices/<int:pk>/maker/", devices.maker, name="device-maker"),
    path("devices/<int:pk>/covers/", devices.add_cover, name="device-cover"),
    path("devices/<int:pk>/covers/<int:cover>/end/", devices.end_cover, name="device-cover-end"),
]
