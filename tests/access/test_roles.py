import pytest

from keji.access.models import Role, Setting
from keji.access.presets import ROLES
from keji.access.rules.roles import DELIVERED, FIRST_DELIVERED, delivered, lay_out_roles

pytestmark = pytest.mark.django_db
PRESET = {"moons": {"see": "own"}}


@pytest.fixture
def newer(monkeypatch):
    """The next version: representatives have moons and may forecast, and a field of moons is masked for them."""
    role = ROLES["SALES_REP"]
    monkeypatch.setitem(
        ROLES,
        "SALES_REP",
        role
        | {
            "reach": role["reach"] | PRESET,
            "actions": [*role["actions"], "moons.forecast"],
            "fields": role["fields"] | {"moons.margin": "mask"},
        },
    )


@pytest.mark.parametrize("remembered", [True, False])
def test_a_newer_version_brings_the_roles_what_is_new_and_leaves_what_was_changed(newer, remembered):
    if not remembered:
        Setting.objects.filter(name=DELIVERED).delete()
    role = Role.objects.get(code="SALES_REP")
    role.reach["customers"], role.actions, role.fields = {"see": "team"}, [], {}
    role.save()

    lay_out_roles()
    lay_out_roles()

    role.refresh_from_db()
    assert {name: role.reach[name] for name in ("customers", "moons")} == {"customers": {"see": "team"}} | PRESET
    assert "moons.forecast" in role.actions
    assert "customers.reveal" not in role.actions
    assert role.fields["moons.margin"] == "mask"
    assert "customers.id_number" not in role.fields


def test_what_was_taken_away_after_the_update_stays_away(newer):
    lay_out_roles()
    role = Role.objects.get(code="SALES_REP")
    role.reach.pop("moons")
    role.actions.remove("moons.forecast")
    role.save()

    lay_out_roles()

    role.refresh_from_db()
    assert "moons" not in role.reach
    assert "moons.forecast" not in role.actions


def test_an_installation_remembers_what_its_roles_were_laid_out_with():
    assert set(Setting.objects.get(name=DELIVERED).value) == delivered() | set(FIRST_DELIVERED)
