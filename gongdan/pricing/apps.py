from django.apps import AppConfig


class PricingConfig(AppConfig):
    name = "gongdan.pricing"
    label = "pricing"
