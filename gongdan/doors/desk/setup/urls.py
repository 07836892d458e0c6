"""Addresses of the desk's setup pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from gongdan.doors.desk.setup import overview

urlpatterns: list[URLPattern] = [path("setup/", overview.overview, name="setup")]
