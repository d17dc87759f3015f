from django.apps import AppConfig


class AgendaConfig(AppConfig):
    name = "keji.agenda"
    label = "agenda"

    def ready(self) -> None:
        from keji.agenda import sheet  # noqa: F401 -- its record type stands among SHEETS from then on
