from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "gongdan.doors.desk"
    label = "desk"
