from django.apps import AppConfig


class DevicesConfig(AppConfig):
    name = "gongdan.devices"
    label = "devices"
