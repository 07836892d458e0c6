from django.apps import AppConfig


class KitConfig(AppConfig):
    name = "gongdan.doors.kit"
    label = "kit"
