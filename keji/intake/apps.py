from django.apps import AppConfig


class IntakeConfig(AppConfig):
    name = "keji.intake"
    label = "intake"

    def ready(self) -> None:
        from keji.intake.rules import news  # noqa: F401 -- its kinds of notices are known from then on
