from django.apps import AppConfig


class FollowupConfig(AppConfig):
    name = "gongdan.followup"
    label = "followup"
