"""The second step of signing in: a code works once and soon, guesses come to an end, nothing goes around it."""

import re
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    SECRET_SESSION_KEY,
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core.cache import cache
from django.test import Client

from keji.access.models import Person
from keji.access.rules.people import reset_password

SECRET = "a sentence that only lin knows"
STEP = "/accounts/2fa/authenticate/"

pytestmark = [pytest.mark.django_db, pytest.mark.attack("B-57")]


@pytest.fixture(autouse=True)
def _nothing_counted():
    cache.clear()


@pytest.fixture
def lin(cast):
    """Lin with a second factor; `code(n)` is the code n steps of thirty seconds from now."""
    cast.lin.set_password(SECRET)
    cast.lin.save()
    client = Client()
    first_step(client)
    client.post("/accounts/reauthenticate/", {"password": SECRET})
    client.get("/accounts/2fa/totp/on/")
    cast.secret = client.session[SECRET_SESSION_KEY]
    assert client.post("/accounts/2fa/totp/on/", {"code": code(cast.secret, 0)}).status_code == 302
    cache.clear()
    return cast


def code(secret, steps):
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time())) + steps))


def first_step(client, password=SECRET):
    return client.post("/accounts/login/", {"login": "lin", "password": password})


def second_step(told, password=SECRET):
    """A fresh browser with the right password and this code; True if it is let in."""
    client = Client()
    assert first_step(client, password)["Location"] == STEP
    client.post(STEP, {"code": told})
    return client.get("/account/").status_code == 200


def test_a_code_opens_once(lin):
    told = code(lin.secret, 0)

    assert [second_step(told), second_step(told)] == [True, False]


def test_an_old_code_and_a_future_one_do_not_open(lin):
    assert [second_step(code(lin.secret, steps)) for steps in (-10, -4, 4, 10)] == [False] * 4


@pytest.mark.parametrize("wrong", ["", "000", "abcdef", "１２３４５６", "0" * 500, "' OR 1=1 --"])
def test_what_is_no_code_does_not_open(lin, wrong):
    assert second_step(wrong) is False


def test_after_few_wrong_codes_the_right_one_waits_too(lin):
    client, answers = Client(), []
    first_step(client)
    for number in range(40):
        answers.append(client.post(STEP, {"code": f"{number:06d}"}))
        if "试错次数太多" in answers[-1].content.decode() or answers[-1].status_code == 429:
            break

    late = client.post(STEP, {"code": code(lin.secret, 0)})

    assert len(answers) <= 11
    assert client.get("/account/").status_code == 302
    assert late.status_code in (200, 429)
    other = Client()  # in another browser too: the account counts, not the session
    first_step(other)
    other.post(STEP, {"code": code(lin.secret, 0)})
    assert other.get("/account/").status_code == 302


def test_a_spare_code_opens_once(lin):
    spare = Authenticator.objects.get(user=lin.lin, type="recovery_codes").wrap().get_unused_codes()

    assert [second_step(spare[0]), second_step(spare[0]), second_step(spare[1])] == [True, False, True]


def test_a_new_password_from_the_administrator_does_not_go_around_the_second_step(lin):
    password = reset_password(lin.gao, Person.objects.get(pk=lin.lin.pk))
    client = Client()
    answer = first_step(client, password)

    assert answer["Location"] == STEP
    pages = ("/account/", "/customers/", "/accounts/password/", "/accounts/2fa/", "/accounts/2fa/totp/off/")
    assert {client.get(page)["Location"].split("?")[0] for page in pages} == {"/accounts/login/"}
    assert client.post("/accounts/2fa/totp/off/").status_code == 302
    assert Authenticator.objects.filter(user=lin.lin, type="totp").exists()


def test_switching_it_off_asks_for_the_password_again(lin):
    client = Client()
    first_step(client)
    client.post(STEP, {"code": code(lin.secret, 0)})
    session = client.session
    session["account_authentication_methods"] = [
        told | {"at": time.time() - 3600} for told in session["account_authentication_methods"]
    ]
    session.save()

    answer = client.post("/accounts/2fa/totp/off/")

    assert re.match("/accounts/(2fa/)?reauthenticate/", answer["Location"])
    assert Authenticator.objects.filter(user=lin.lin, type="totp").exists()
