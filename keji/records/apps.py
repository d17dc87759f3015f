from django.apps import AppConfig


class RecordsConfig(AppConfig):
    name = "keji.records"
    label = "records"
