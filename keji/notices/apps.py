from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "keji.notices"
    label = "notices"
