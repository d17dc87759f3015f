"""A sign-in from where one never was, and a change of what one signs in with, are told to the person."""

import pytest
from django.test import Client

from keji.access.models import AccountEvent, Entry
from keji.access.rules.people import reset_password
from keji.access.rules.watch import MOST
from keji.kernel.agents import agent, network

SECRET = "a sentence that only lin knows"
OFFICE = {"REMOTE_ADDR": "203.0.113.5", "HTTP_USER_AGENT": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/141.0 Safari/537.36"}
OFFICE_LATER = {"REMOTE_ADDR": "203.0.113.99", "HTTP_USER_AGENT": OFFICE["HTTP_USER_AGENT"].replace("141", "142")}
ELSEWHERE = {"REMOTE_ADDR": "198.51.100.7", "HTTP_USER_AGENT": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
TOLD = "你的账号在没用过的地方登录"

pytestmark = pytest.mark.django_db


@pytest.fixture
def lin(cast):
    cast.lin.set_password(SECRET)
    cast.lin.save()
    return cast.lin


def sign_in(where):
    client = Client(**where)
    assert client.post("/accounts/login/", {"login": "lin", "password": SECRET}).status_code == 302
    return client


def page(client, path="/customers/"):
    return client.get(path).content.decode()


def test_the_first_place_and_a_known_one_are_not_odd(lin):
    sign_in(OFFICE)
    known = sign_in(OFFICE_LATER)

    assert TOLD not in page(known)
    assert list(AccountEvent.objects.values_list("kind", "odd", "agent")) == [("SIGN_IN", False, "Chrome · Windows")] * 2


@pytest.mark.parametrize("which", ["REMOTE_ADDR", "HTTP_USER_AGENT"])
def test_a_new_network_or_browser_is_told_where_one_is_signed_in_already(lin, which):
    here = sign_in(OFFICE)
    there = sign_in(OFFICE | {which: ELSEWHERE[which]})

    assert TOLD in page(here)
    assert TOLD in page(here, "/contacts/")  # until it is looked at
    assert TOLD not in page(there)  # whoever has just come in is told nothing
    account = page(here, "/account/")
    assert account.count("没用过的地方</span>") == 2  # in the list of sessions, and among what happened
    assert TOLD not in page(here)


def test_whoever_comes_back_is_told_what_happened_in_between(lin):
    sign_in(OFFICE)
    sign_in(ELSEWHERE)

    assert TOLD in page(sign_in(OFFICE))


def test_changes_of_the_password_are_told_and_noted(lin, cast):
    here = sign_in(OFFICE)
    reset_password(cast.gao, cast.lin)
    cast.lin.set_password(SECRET)
    cast.lin.must_change = False
    cast.lin.save()
    here = sign_in(OFFICE)

    assert "你的账号管理员重置了密码" in page(here)
    told = {"oldpassword": SECRET, "password1": "another-sentence-of-lin", "password2": "another-sentence-of-lin"}
    assert here.post("/accounts/password/", told).status_code == 302
    assert "你的账号修改了密码" not in page(here)  # the one who did it knows
    assert list(AccountEvent.objects.exclude(kind="SIGN_IN").values_list("kind", "odd")) == [("RESET", True), ("PASSWORD", True)]
    assert Entry.objects.filter(action="access.password", who=cast.lin).count() == 1


def test_switching_the_second_factor_is_told_and_noted(lin, django_capture_on_commit_callbacks):
    from allauth.mfa.totp.internal.auth import (
        SECRET_SESSION_KEY,
        format_hotp_value,
        hotp_value,
        yield_hotp_counters_from_time,
    )

    here, other = sign_in(OFFICE), sign_in(OFFICE)
    here.post("/accounts/reauthenticate/", {"password": SECRET})
    here.get("/accounts/2fa/totp/on/")
    code = format_hotp_value(hotp_value(here.session[SECRET_SESSION_KEY], next(iter(yield_hotp_counters_from_time()))))
    with django_capture_on_commit_callbacks(execute=True):
        assert here.post("/accounts/2fa/totp/on/", {"code": code}).status_code == 302

    assert "开启了两步验证" in page(other)
    assert Entry.objects.filter(action="access.second_factor").count() >= 1


def test_only_so_many_events_are_kept_and_no_key_of_a_session(lin):
    for _time in range(3):
        client = sign_in(OFFICE)
    keys = str(list(AccountEvent.objects.values()))

    assert client.session.session_key not in keys
    AccountEvent.objects.bulk_create(AccountEvent(person=lin, kind="SIGN_IN") for _time in range(MOST + 9))
    sign_in(OFFICE)
    assert AccountEvent.objects.filter(person=lin).count() == MOST


def test_browsers_and_networks_are_told_apart_as_people_would():
    assert agent(OFFICE["HTTP_USER_AGENT"] + " Edg/141.0") == "Edge · Windows"
    assert agent("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) MicroMessenger/8.0") == "WeChat · iPhone"
    assert (agent(""), agent("curl/8")) == ("", "")
    assert (network("203.0.113.99"), network("2001:db8:1:2::3"), network("nonsense"), network(None)) == ("203.0.113.0/24", "2001:db8:1::/48", "", "")
