from django.apps import AppConfig


class IntakeConfig(AppConfig):
    name = "keji.intake"
    label = "intake"
