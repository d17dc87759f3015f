from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "keji.desk"
    label = "desk"
