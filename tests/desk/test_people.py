"""People and teams are kept by those who may, and act at once."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from keji.access.models import Held, Person, Team

ONCE = re.compile(r"<code>((?:[a-z0-9]{4}-){4}[a-z0-9]{4})</code>")


def roles_of(username):
    return sorted(Held.objects.filter(person__username=username).values_list("role__code", flat=True))


def test_a_new_person_gets_a_password_that_is_shown_once(cast, browse):
    told = {"name": "孙悦", "username": "Sun", "roles": ["SALES_REP"], "team": cast.east.pk}
    answer = browse("gao").post(reverse("desk:person_add"), told)
    password = ONCE.findall(answer.content.decode())
    sun = Person.objects.get(username="sun")
    assert (answer.status_code, answer["Cache-Control"], len(password)) == (200, "private, no-store", 1)
    assert (sun.name, sun.team, sun.must_change, sun.check_password(password[0])) == ("孙悦", cast.east, True, True)
    assert roles_of("sun") == ["SALES_REP"]
    later = browse("gao").get(reverse("desk:people")).content.decode()
    assert (password[0] in later, "孙悦" in later) == (False, True)


def test_a_sign_in_name_is_given_once(cast, browse):
    answer = browse("gao").post(reverse("desk:person_add"), {"name": "林二", "username": "lin", "roles": ["SALES_REP"]})
    assert (answer.status_code, 'data-code="E_DUP_USERNAME"' in answer.content.decode()) == (422, True)


def test_a_person_changes_team_and_roles_at_once(cast, browse):
    told = {"name": "林晓", "team": cast.south.pk, "roles": ["SALES_REP", "MARKETING"], "email": ""}
    answer = browse("gao").post(reverse("desk:person", args=[cast.lin.pk]), told)
    assert (answer.status_code, roles_of("lin")) == (302, ["MARKETING", "SALES_REP"])
    assert Person.objects.get(pk=cast.lin.pk).team == cast.south


def test_nobody_gives_themselves_a_role(cast, browse):
    told = {"name": "高明", "roles": ["SYS_ADMIN", "DATA_STEWARD"]}
    answer = browse("gao").post(reverse("desk:person", args=[cast.gao.pk]), told)
    assert (answer.status_code, roles_of("gao")) == (403, ["SYS_ADMIN"])


def test_the_last_administrator_stays(cast, browse):
    answer = browse("gao").post(reverse("desk:person", args=[cast.gao.pk]), {"name": "高明", "roles": []})
    assert (answer.status_code, 'data-code="E_LAST_ADMIN"' in answer.content.decode()) == (422, True)
    assert roles_of("gao") == ["SYS_ADMIN"]


@pytest.mark.attack("B-56")
def test_a_disabled_person_is_out_at_the_next_request(cast, browse):
    theirs = Client()
    theirs.force_login(cast.lin)
    assert theirs.get(reverse("customers:list")).status_code == 200
    answer = browse("gao").post(reverse("desk:person_switch", args=[cast.lin.pk]), {"active": "0"})
    shut = theirs.get(reverse("customers:list"))
    assert (answer.status_code, shut.status_code, shut["Location"].split("?")[0]) == (302, 302, "/accounts/login/")
    browse("gao").post(reverse("desk:person_switch", args=[cast.lin.pk]), {"active": "1"})
    assert Person.objects.get(pk=cast.lin.pk).is_active is True


def test_a_reset_password_ends_the_old_one_and_its_sessions(cast, browse):
    theirs = Client()
    theirs.force_login(cast.lin)
    answer = browse("gao").post(reverse("desk:person_password", args=[cast.lin.pk]))
    password = ONCE.findall(answer.content.decode())[0]
    lin = Person.objects.get(pk=cast.lin.pk)
    assert (lin.check_password(password), lin.must_change) == (True, True)
    assert theirs.get(reverse("customers:list")).status_code == 302


def test_teams_form_a_tree_without_rings(cast, browse):
    gao = browse("gao")
    gao.post(reverse("desk:team_add"), {"name": "苏州", "parent": cast.east.pk})
    suzhou = Team.objects.get(name="苏州")
    assert suzhou.path == f"/{cast.east.pk}/{suzhou.pk}/"
    ring = gao.post(reverse("desk:team", args=[cast.east.pk]), {"name": "华东", "parent": suzhou.pk})
    moved = gao.post(reverse("desk:team", args=[suzhou.pk]), {"name": "苏州办", "parent": cast.south.pk})
    assert (ring.status_code, moved.status_code) == (422, 302)
    assert Team.objects.get(pk=suzhou.pk).path == f"/{cast.south.pk}/{suzhou.pk}/"


def test_who_is_not_there_is_not_found(browse):
    assert browse("gao").get(reverse("desk:person", args=[99_999])).status_code == 404
