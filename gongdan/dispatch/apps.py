from django.apps import AppConfig


class DispatchConfig(AppConfig):
    name = "gongdan.dispatch"
    label = "dispatch"
