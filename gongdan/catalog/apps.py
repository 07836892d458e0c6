from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "gongdan.catalog"
    label = "catalog"
