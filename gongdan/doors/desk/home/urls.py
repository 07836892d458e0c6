"""Addresses of the desk's home pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from gongdan.doors.desk.home import views

urlpatterns: list[URLPattern] = [
    path("", views.home, name="home"),
    path("navigation/", views.navigation, name="navigation"),
    path("search/", views.search, name="search"),
]
