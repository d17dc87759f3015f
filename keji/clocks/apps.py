from django.apps import AppConfig


class ClocksConfig(AppConfig):
    name = "keji.clocks"
    label = "clocks"
