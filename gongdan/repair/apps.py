from django.apps import AppConfig


class RepairConfig(AppConfig):
    name = "gongdan.repair"
    label = "repair"
