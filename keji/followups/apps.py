from django.apps import AppConfig


class FollowupsConfig(AppConfig):
    name = "keji.followups"
    label = "followups"

    def ready(self) -> None:
        from keji.followups import sheet  # noqa: F401 -- its record type stands among SHEETS from then on
        from keji.followups.rules import usage  # noqa: F401 -- its dictionaries are known to be in use from then on
