from django.apps import AppConfig


class SearchConfig(AppConfig):
    name = "gongdan.search"
    label = "search"
