from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "keji.api"
    label = "api"
