from django.apps import AppConfig


class SettlementConfig(AppConfig):
    name = "gongdan.settlement"
    label = "settlement"
