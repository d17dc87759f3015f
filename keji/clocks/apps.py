from django.apps import AppConfig


class ClocksConfig(AppConfig):
    name = "keji.clocks"
    label = "clocks"

    def ready(self) -> None:
        from keji.clocks.rules import telling  # noqa: F401 -- what people are told of is known from then on
