from django.apps import AppConfig


class NumberingConfig(AppConfig):
    name = "gongdan.numbering"
    label = "numbering"
