"""Addresses of the desk's imports pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from gongdan.doors.desk.imports import views

urlpatterns: list[URLPattern] = [
    path("setup/imports/", views.imports, name="imports"),
    path("setup/imports/<int:pk>/", views.batch, name="import"),
    path("setup/imports/<int:pk>/progress/", views.progress, name="import-progress"),
    path("setup/imports/<int:pk>/mapping/", views.mapping, name="import-mapping"),
    path("setup/imports/<int:pk>/load/", views.load, name="import-load"),
    path("setup/imports/<int:pk>/cancel/", views.cancel, name="import-cancel"),
    path("setup/imports/<int:pk>/undo/", views.undo, name="import-undo"),
]
