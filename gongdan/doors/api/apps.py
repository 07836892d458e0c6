from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "gongdan.doors.api"
    label = "api"
