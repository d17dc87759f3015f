from django.apps import AppConfig


class ServiceConfig(AppConfig):
    name = "keji.service"
    label = "service"

    def ready(self) -> None:
        from keji.service import sheet  # noqa: F401 -- its record type stands among SHEETS from then on
        from keji.service.rules import handovers, telling, usage  # noqa: F401 -- signed deals are handed over, who gets a ticket is told
