from django.apps import AppConfig
from django.core.checks import register
from django.utils.module_loading import autodiscover_modules


class AccessConfig(AppConfig):
    name = "keji.access"
    label = "access"

    def ready(self) -> None:
        autodiscover_modules("rules")  # actions are declared where they are done
        from keji.access.doors import check_doors

        register(check_doors)
