from django.apps import AppConfig


class DatabaseConfig(AppConfig):
    name = "keji.database"
    label = "database"
