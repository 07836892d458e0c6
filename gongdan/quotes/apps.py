from django.apps import AppConfig


class QuotesConfig(AppConfig):
    name = "gongdan.quotes"
    label = "quotes"
