from django.apps import AppConfig


class IntakeConfig(AppConfig):
    name = "keji.intake"
    label = "intake"

    def ready(self) -> None:
        from keji.intake import sheet  # noqa: F401 -- its record type stands among SHEETS from then on
        from keji.intake.rules import news  # noqa: F401 -- its kinds of notices are known from then on
