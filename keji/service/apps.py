from django.apps import AppConfig


class ServiceConfig(AppConfig):
    name = "keji.service"
    label = "service"

    def ready(self) -> None:
        from keji.service import sheet  # noqa: F401 -- its record type stands among SHEETS from then on
        from keji.service.rules import usage  # noqa: F401 -- its dictionaries are known to be in use from then on
