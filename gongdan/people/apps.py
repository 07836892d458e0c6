from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "gongdan.people"
    label = "people"
