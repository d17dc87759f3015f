from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "keji.customers"
    label = "customers"
