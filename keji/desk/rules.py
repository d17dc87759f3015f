"""Opening the house: what every installation starts with."""

from django.utils.translation import gettext_lazy as _

from keji.access.models import Held, Person
from keji.access.rules.people import add_person
from keji.access.rules.roles import lay_out_roles
from keji.access.scope import declare
from keji.access.trail import SYSTEM
from keji.customers.rules.required import lay_out_requirements
from keji.records.rules import lay_out_terms

HEALTH = declare("desk.health", _("查看系统状态"))
FIRST = "admin"


def prepare() -> None:
    """Put in roles, dictionaries and required fields, where they are missing. May be run again at any time."""
    lay_out_roles()
    lay_out_terms()
    lay_out_requirements()


def first_person() -> tuple[Person, str] | None:
    """The administrator of a new installation with the one-time password; None once there is anybody."""
    if Person.objects.exists():
        return None
    return add_person(SYSTEM, FIRST, "管理员", ["SYS_ADMIN", "DATA_STEWARD"])


def unready() -> bool:
    """True as long as nobody can administer the installation."""
    return not Held.objects.filter(role__code="SYS_ADMIN", person__is_active=True).exists()
