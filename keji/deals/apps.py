from django.apps import AppConfig


class DealsConfig(AppConfig):
    name = "keji.deals"
    label = "deals"

    def ready(self) -> None:
        from keji.deals import sheet  # noqa: F401 -- its record type stands among SHEETS from then on
        from keji.deals.rules import steps, usage  # noqa: F401 -- its rows carry their next step, its dictionaries are in use
