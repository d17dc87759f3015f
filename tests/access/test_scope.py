"""Who may do what to which rows."""

import pytest

from keji.access.models import Held, Role
from keji.access.scope import may, near, visible
from keji.customers import queries
from keji.customers.models import Contact, Customer
from keji.customers.rules.owners import set_collaborators, transfer
from keji.kernel.errors import NotThere, Refused


@pytest.mark.req("R-000-43")
@pytest.mark.req("R-000-44")
@pytest.mark.parametrize(("who", "sees"), [("lin", 1), ("zhao", 1), ("wang", 2), ("chen", 2), ("shen", 2), ("gao", 0)])
def test_who_sees_how_many_customers_and_contacts(cast, who, sees):
    person = getattr(cast, who)

    assert near(person, Customer).count() == sees
    assert near(person, Contact).count() == sees


def test_not_visible_and_not_there_are_the_same(cast):
    with pytest.raises(NotThere):
        queries.customer(cast.zhao, cast.acme.pk)
    with pytest.raises(NotThere):
        queries.customer(cast.zhao, 10**9)


def test_a_collaborator_sees_and_changes_what_is_shared_and_cannot_give_it_away(cast):
    set_collaborators(cast.lin, cast.acme, [cast.zhao.pk])

    assert queries.customer(cast.zhao, cast.acme.pk) == cast.acme
    assert may(cast.zhao, "customers.change", cast.acme)
    with pytest.raises(Refused):
        transfer(cast.zhao, cast.acme, cast.zhao.pk, "想要")


def test_the_team_reach_takes_in_the_teams_below(cast):
    from keji.access.rules.people import add_person, add_team

    below = add_team(None, "上海组", cast.east)
    role = Role.objects.create(
        code="LEAD", label="组长", reach={"customers": {"see": "team"}, "contacts": {"see": "team"}}
    )
    head, _password = add_person(None, "head", "华东主管", [role.code], cast.east)
    cast.zhao.team = below
    cast.zhao.save()

    assert set(near(head, Customer)) == {cast.acme, cast.other}
    cast.zhao.team = cast.south
    cast.zhao.save()
    assert set(near(head, Customer)) == {cast.acme}


def test_rights_of_several_roles_add_up(cast):
    Held.objects.create(person=cast.lin, role=Role.objects.get(code="CS_AGENT"))
    cast.lin.__dict__.pop("_roles", None)

    assert near(cast.lin, Customer).count() == 2
    assert may(cast.lin, "customers.change", cast.acme)
    assert not may(cast.lin, "customers.change", cast.other)


def test_a_disabled_person_may_nothing(cast):
    cast.lin.is_active = False

    assert near(cast.lin, Customer).count() == 0
    assert not may(cast.lin, "customers.see")


@pytest.mark.req("R-002-29")
def test_a_person_without_a_role_sees_nothing(cast):
    from keji.access.rules.people import add_person

    stranger, _password = add_person(None, "hr", "人事", [], None)

    assert list(visible(stranger, Customer)) == []
    assert not may(stranger, "customers.see")


def test_an_undeclared_action_is_an_error(cast):
    with pytest.raises(ValueError, match="undeclared"):
        may(cast.lin, "customers.explode")


def test_what_nobody_owns_is_seen_by_all_who_see_any_and_changed_by_none_of_them(cast):
    transfer(cast.wang, cast.acme, None, "放回公海")

    assert queries.customer(cast.zhao, cast.acme.pk) == cast.acme
    assert not may(cast.zhao, "customers.change", cast.acme)
