from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "keji.notices"
    label = "notices"

    def ready(self) -> None:
        from keji.notices.rules import own  # noqa: F401 -- its kinds and lines are known from then on
