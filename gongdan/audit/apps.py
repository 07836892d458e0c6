from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "gongdan.audit"
    label = "audit"
