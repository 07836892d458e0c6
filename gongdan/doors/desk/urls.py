"""All pages of the back office. Each area keeps its own list beside its views."""

from __future__ import annotations

from django.urls import URLPattern, path

from gongdan.doors.desk import live
from gongdan.doors.desk.customers import urls as customers
from gongdan.doors.desk.dispatch import urls as dispatch
from gongdan.doors.desk.figures import urls as figures
from gongdan.doors.desk.followup import urls as followup
from gongdan.doors.desk.home import urls as home
from gongdan.doors.desk.imports import urls as imports
from gongdan.doors.desk.intake import urls as intake
from gongdan.doors.desk.orders import urls as orders
from gongdan.doors.desk.papers import urls as papers
from gongdan.doors.desk.repair import urls as repair
from gongdan.doors.desk.settlement import urls as settlement
from gongdan.doors.desk.setup import urls as setup

app_name = "desk"
urlpatterns: list[URLPattern] = [
    path("live/", live.live, name="live"),
    *home.urlpatterns,
    *intake.urlpatterns,
    *orders.urlpatterns,
    *customers.urlpatterns,
    *dispatch.urlpatterns,
    *repair.urlpatterns,
    *settlement.urlpatterns,
    *followup.urlpatterns,
    *figures.urlpatterns,
    *setup.urlpatterns,
    *imports.urlpatterns,
    *papers.urlpatterns,
]
