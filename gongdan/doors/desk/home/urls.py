"""Addresses of the desk's home pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from gongdan.doors.desk.home import phrases, views

urlpatterns: list[URLPattern] = [
    path("", views.home, name="home"),
    path("navigation/", views.navigation, name="navigation"),
    path("search/", views.search, name="search"),
    path("words/phrases/", phrases.phrases, name="phrases"),
    path("words/apologies/", phrases.apologies, name="apologies"),
]
