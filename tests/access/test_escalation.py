"""Whoever keeps people, teams or roles gives nobody, least of all themselves, more power over rights than they hold."""

import re

import pytest
from django.urls import reverse

from keji.access.models import Entry, Held, Person, Role
from keji.access.presets import ROLES, WRITE, both
from keji.access.rules.people import add_person, add_team, disable, hold, reset_password, revise_person, revise_team
from keji.access.rules.roles import restore_role, revise_role
from keji.access.scope import may, near, roles_of
from keji.customers.models import Contact, Customer
from keji.customers.sheet import CONTACTS, CUSTOMERS
from keji.kernel.errors import Refused, Unfit

pytestmark = pytest.mark.django_db
TEAM = both({"see": "team", "change": "team"})


def lead(cast, actions=("access.people",)):
    """A team leader who also keeps the people of the house."""
    Role.objects.create(code="KEEPER", label="组长兼人事", reach=TEAM, actions=list(actions))
    hold(None, cast.wang, ["KEEPER"])
    return Person.objects.get(pk=cast.wang.pk)


def role(code):
    return Role.objects.get(code=code)


@pytest.mark.attack("B-15")
@pytest.mark.parametrize("code", ["SYS_ADMIN", "DATA_STEWARD", "AUDITOR"])
def test_a_keeper_of_people_gives_nobody_power_over_rights_that_he_lacks(cast, code):
    keeper = lead(cast)

    with pytest.raises(Refused):
        hold(keeper, cast.lin, ["SALES_REP", code])
    with pytest.raises(Refused):
        add_person(keeper, "puppet", "替身", [code])

    assert [one.code for one in roles_of(cast.lin)] == ["SALES_REP"]
    assert not Person.objects.filter(username="puppet").exists()


@pytest.mark.attack("B-15")
def test_an_administrator_gives_business_roles_without_holding_them_and_none_to_himself(cast):
    """Spec U-PERM: the administrator has no business data, and staffs the house all the same."""
    hold(cast.gao, cast.lin, ["SALES_MANAGER"])
    with pytest.raises(Refused):
        hold(cast.gao, cast.gao, ["SYS_ADMIN", "SALES_REP"])
    with pytest.raises(Unfit):
        revise_role(cast.gao, role("SYS_ADMIN"), both(WRITE), ROLES["SYS_ADMIN"]["actions"], {})

    gao = Person.objects.get(pk=cast.gao.pk)
    assert [one.code for one in Role.objects.filter(holders__person=cast.lin)] == ["SALES_MANAGER"]
    assert (near(gao, Customer).count(), near(gao, Contact).count()) == (0, 0)


@pytest.mark.attack("B-15")
def test_a_keeper_of_roles_puts_no_power_over_rights_into_a_role_that_he_lacks(cast):
    """The steward keeps roles but not people: neither by the form nor by the preset does a role get that from her."""
    for code in ("SALES_REP", "MARKETING"):
        with pytest.raises(Refused):
            revise_role(cast.shen, role(code), {}, ["access.people"], {})
    Role.objects.filter(code="SYS_ADMIN").update(actions=["desk.health"])
    with pytest.raises(Refused):
        restore_role(cast.shen, role("SYS_ADMIN"))
    revise_role(cast.shen, role("SALES_REP"), {}, ["access.trail", "customers.reveal"], {})

    assert role("SALES_REP").actions == ["access.trail", "customers.reveal"]
    assert role("SYS_ADMIN").actions == ["desk.health"]


@pytest.mark.attack("B-15")
def test_nobody_takes_an_account_with_more_power_by_a_new_password(cast):
    keeper, before = lead(cast), Person.objects.get(pk=cast.gao.pk).password
    other = add_person(None, "admin2", "二号", ["SYS_ADMIN"])[0]
    disable(None, other)

    for person in (cast.gao, cast.shen, other):
        with pytest.raises(Refused):
            reset_password(keeper, person)
    with pytest.raises(Unfit):
        reset_password(cast.gao, cast.gao)

    assert Person.objects.get(pk=cast.gao.pk).password == before


@pytest.mark.attack("B-15")
def test_nobody_widens_their_own_reach_by_teams(cast):
    keeper = lead(cast)
    top = add_team(None, "总部")

    with pytest.raises(Refused):
        revise_person(keeper, keeper, keeper.name, "", top, ["KEEPER"])
    with pytest.raises(Refused):
        revise_team(keeper, cast.south, "华南", keeper.team)
    revise_team(keeper, cast.south, "华南", top)
    revise_person(keeper, keeper, "王敏敏", "", keeper.team, ["KEEPER"])

    assert list(near(Person.objects.get(pk=keeper.pk), Customer)) == [cast.acme]


@pytest.mark.attack("B-15")
def test_the_pages_refuse_what_the_rules_refuse(cast, client):
    keeper = lead(cast)
    client.force_login(keeper)
    held, entries = (
        list(Held.objects.values_list("person", "role")),
        Entry.objects.exclude(action="access.refused").count(),
    )

    answers = [
        client.post(reverse("desk:person", args=[cast.lin.pk]), {"name": "林晓", "roles": ["SYS_ADMIN"]}),
        client.post(
            reverse("desk:person", args=[keeper.pk]), {"name": "王敏", "team": cast.south.pk, "roles": ["KEEPER"]}
        ),
        client.post(reverse("desk:person_password", args=[cast.gao.pk])),
        client.post(reverse("desk:role", args=[role("SALES_REP").pk]), {"actions": ["access.people"]}),
    ]

    assert [answer.status_code for answer in answers] == [403] * 4
    assert list(Held.objects.values_list("person", "role")) == held
    assert Entry.objects.exclude(action="access.refused").count() == entries


def test_who_got_a_new_password_reads_who_gave_it(cast, client):
    password = reset_password(cast.gao, cast.lin)
    client.post(reverse("account_login"), {"login": "lin", "password": password})
    page = client.get(reverse("account_change_password")).content.decode()
    own = "a sentence only lin knows"
    changed = client.post(reverse("account_change_password"), {"password1": own, "password2": own})
    account = client.get(reverse("desk:account")).content.decode()

    said = re.compile(r"密码于 \d{4}-\d\d-\d\d \d\d:\d\d 由 高明 重置")
    assert (bool(said.search(page)), changed.status_code, bool(said.search(account))) == (True, 302, True)
    assert Entry.objects.filter(who=cast.gao, action="access.people", why=f"password {cast.lin.pk}").count() == 1


@pytest.mark.attack("B-14")
def test_two_roles_never_add_up_to_a_field_that_neither_grants_for_the_row(cast):
    """One role sees all rows and few fields, the other few rows and all fields."""
    wide = {
        "label": "看全部",
        "reach": both({"see": "all"}),
        "fields": {"customers.remark": "hide", "contacts.mobile": "mask"},
    }
    Role.objects.create(code="WIDE", **wide)
    Role.objects.create(code="NEAR", label="看自己", reach=both({"see": "own"}), fields={"customers.uscc": "hide"})
    Customer.objects.update(remark="备注")
    hold(None, cast.lin, ["WIDE", "NEAR"])
    lin = Person.objects.get(pk=cast.lin.pk)
    mine, theirs = Customer.objects.get(pk=cast.acme.pk), Customer.objects.get(pk=cast.other.pk)

    read = CUSTOMERS.reader(lin, [mine.pk, theirs.pk])
    own, other = read(mine.__dict__), read(theirs.__dict__)
    phones = CONTACTS.reader(lin, [c.pk for c in Contact.objects.all()])
    row = {"customer__name": "", "customer__customer_no": "", "customer__customer_type": ""}
    mobiles = {c.customer_id: phones(c.__dict__ | row)["mobile"].policy for c in Contact.objects.all()}

    assert (own["remark"].text, "remark" in other) == ("备注", False)
    assert mobiles == {mine.pk: "plain", theirs.pk: "mask"}
    assert near(lin, Customer).count() == 2
    assert (may(lin, "customers.change", mine), may(lin, "customers.change", theirs)) == (False, False)


@pytest.mark.attack("B-14")
def test_a_field_that_only_some_rows_show_is_no_question_about_all_rows(cast, client):
    wide = Role.objects.create(
        code="WIDE", label="看全部", reach=both({"see": "all"}), fields={"customers.grade": "hide"}
    )
    Role.objects.create(code="NEAR", label="看自己", reach=both({"see": "own"}))
    hold(None, cast.lin, ["WIDE", "NEAR"])
    client.force_login(cast.lin)

    hidden = [client.get(f"/customers/?{asked}").status_code for asked in ("grade=A", "sort=grade")]
    Role.objects.filter(pk=wide.pk).update(fields={})
    open_ = [client.get(f"/customers/?{asked}").status_code for asked in ("grade=A", "sort=grade")]

    assert (hidden, open_) == ([400, 400], [200, 200])
