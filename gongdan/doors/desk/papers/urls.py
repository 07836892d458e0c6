"""Addresses of the desk's papers pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from gongdan.doors.desk.papers import views

urlpatterns: list[URLPattern] = [
    path("papers/<int:pk>/", views.paper, name="paper"),
    path("papers/<int:pk>/pdf/", views.pdf, name="paper-pdf"),
    path("files/<int:pk>/", views.attachment, name="attachment"),
]
