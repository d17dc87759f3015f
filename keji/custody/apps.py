from django.apps import AppConfig


class CustodyConfig(AppConfig):
    name = "keji.custody"
    label = "custody"
