from django.apps import AppConfig


class ImportsConfig(AppConfig):
    name = "gongdan.imports"
    label = "imports"
