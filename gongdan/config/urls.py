"""All addresses: the kit's own, then every door that is there."""

from __future__ import annotations

from importlib.util import find_spec

from django.urls import include, path

DOORS = {"gongdan.doors.api.urls": "api/", "gongdan.doors.desk.urls": ""}

urlpatterns = [
    path("", include("gongdan.doors.kit.urls")),
    *(path(prefix, include(door)) for door, prefix in DOORS.items() if find_spec(door)),
]

handler400 = "gongdan.doors.kit.errors.bad_request"
handler403 = "gongdan.doors.kit.errors.permission_denied"
handler404 = "gongdan.doors.kit.errors.page_not_found"
handler500 = "gongdan.doors.kit.errors.server_error"
