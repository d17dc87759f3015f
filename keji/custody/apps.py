from django.apps import AppConfig


class CustodyConfig(AppConfig):
    name = "keji.custody"
    label = "custody"

    def ready(self) -> None:
        from keji.custody.rules import news  # noqa: F401 -- its kinds of notices are known from then on
