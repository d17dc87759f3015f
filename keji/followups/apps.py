from django.apps import AppConfig


class FollowupsConfig(AppConfig):
    name = "keji.followups"
    label = "followups"

    def ready(self) -> None:
        from keji.followups import sheet  # noqa: F401 -- its record type stands among SHEETS from then on
        from keji.followups.rules import needs, usage  # noqa: F401 -- needs know their follow-ups, its dictionaries are in use
