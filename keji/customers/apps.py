from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "keji.customers"
    label = "customers"

    def ready(self) -> None:
        from keji.customers import sheet  # noqa: F401 -- its record types stand among SHEETS from then on
        from keji.customers.rules import handing  # noqa: F401 -- and its kinds of notices among KINDS
