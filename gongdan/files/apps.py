from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "gongdan.files"
    label = "files"
