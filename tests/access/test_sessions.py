"""Coming in, staying in, being put out."""

import re
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.test import Client
from django.urls import NoReverseMatch, reverse

from keji.access.models import Entry, Kept, Person
from keji.kernel import clock

TOKEN = re.compile(r'(?<=csrfmiddlewaretoken" value=")\w+')
SECRET = "a sentence that only lin knows"
LOGIN = "/accounts/login/"


@pytest.fixture
def lin(cast):
    cast.lin.set_password(SECRET)
    cast.lin.save()
    return cast.lin


def sign_in(client, username="lin", password=SECRET, **server):
    return client.post(LOGIN, {"login": username, "password": password}, **server)


def inside(client):
    return client.get("/account/").status_code == 200


def doings():
    return list(
        Entry.objects.filter(action__startswith="access.sign").order_by("pk").values_list("action", "who_id", "why")
    )


def test_the_right_password_opens_and_the_trail_says_so(lin, client):
    answer = sign_in(client)
    assert (answer.status_code, answer["Location"], inside(client)) == (302, "/", True)
    client.post("/accounts/logout/")
    assert inside(client) is False
    assert doings() == [("access.sign_in", lin.pk, ""), ("access.sign_out", lin.pk, "")]


def test_capitals_and_spaces_do_not_matter_in_a_sign_in_name(lin, client):
    assert sign_in(client, " Lin ").status_code == 302


def test_a_wrong_password_is_noted_without_what_was_typed(lin, client):
    sign_in(client, password="wrong")
    sign_in(client, "my-password-by-mistake", "wrong")
    assert doings() == [
        ("access.sign_in_failed", None, f"person {lin.pk}"),
        ("access.sign_in_failed", None, "person 0"),
    ]
    assert not Kept.objects.filter(entry__action="access.sign_in_failed").exclude(values={}).exists()


@pytest.mark.attack("B-51")
def test_ten_guesses_on_an_account_from_anywhere_are_all(lin):
    for guess in range(10):
        sign_in(
            Client(), password=f"guess {guess}", REMOTE_ADDR=f"10.0.0.{guess}", HTTP_HOST=f"localhost:{8000 + guess}"
        )
    last = Client()
    answer = sign_in(last, REMOTE_ADDR="10.0.1.1", HTTP_X_FORWARDED_FOR="10.9.9.9")
    assert (answer.status_code, "试错次数太多" in answer.content.decode(), inside(last)) == (200, True, False)


@pytest.mark.attack("B-51")
def test_ten_guesses_from_an_address_on_any_account_are_all(lin):
    for guess in range(10):
        sign_in(
            Client(), f"name{guess}", "wrong", HTTP_X_FORWARDED_FOR=f"10.0.0.{guess}", HTTP_X_REAL_IP=f"10.0.0.{guess}"
        )
    here, elsewhere = Client(), Client()
    assert "试错次数太多" in sign_in(here).content.decode()
    assert sign_in(elsewhere, REMOTE_ADDR="10.0.1.1").status_code == 302


@pytest.mark.attack("B-51")
def test_signing_in_often_with_the_right_password_is_no_guess(lin):
    assert [sign_in(Client()).status_code for _turn in range(12)] == [302] * 12


@pytest.mark.attack("B-52")
def test_an_unknown_name_answers_like_a_wrong_password(lin):
    known, unknown = sign_in(Client(), "lin", "wrong"), sign_in(Client(), "nil", "wrong")
    plain = [TOKEN.sub("", answer.content.decode()).replace('"lin"', '"nil"') for answer in (known, unknown)]
    assert known.status_code == unknown.status_code == 200
    assert plain[0] == plain[1]
    assert {k: v for k, v in known.items() if k not in ("Content-Length", "Expires", "Date")} == {
        k: v for k, v in unknown.items() if k not in ("Content-Length", "Expires", "Date")
    }


def test_a_disabled_person_is_turned_away_like_a_stranger(lin, client):
    Person.objects.filter(pk=lin.pk).update(is_active=False)
    answer = sign_in(client)
    assert (answer.status_code, "登录名或密码不对" in answer.content.decode()) == (200, True)


@pytest.mark.attack("B-55")
def test_the_session_is_another_one_after_signing_in_and_dead_after_leaving(lin, client):
    client.get(LOGIN)
    session = client.session
    session["planted"] = True
    session.save()
    client.cookies["sid"] = session.session_key
    sign_in(client)
    inner = client.cookies["sid"].value
    client.post("/accounts/logout/")
    thief = Client()
    thief.cookies["sid"] = inner
    planted = Client()
    planted.cookies["sid"] = session.session_key
    assert inner != session.session_key
    assert (inside(thief), inside(planted)) == (False, False)


def test_two_idle_hours_end_a_session(lin, client, monkeypatch):
    sign_in(client)
    assert inside(client)
    start = clock.now()
    monkeypatch.setattr("keji.access.sessions.now", lambda: start + timedelta(hours=2, minutes=1))
    assert inside(client) is False


def test_twelve_hours_end_a_session_however_busy(lin, client, monkeypatch):
    sign_in(client)
    start = clock.now()
    seen = []
    for hour in range(13):
        monkeypatch.setattr("keji.access.sessions.now", lambda hour=hour: start + timedelta(hours=hour, minutes=2))
        seen.append(inside(client))
    assert seen == [True] * 12 + [False]


def test_a_one_time_password_leads_to_choosing_ones_own(lin, client):
    Person.objects.filter(pk=lin.pk).update(must_change=True)
    sign_in(client)
    answer = client.get(reverse("customers:list"))
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/password/")
    assert client.get("/accounts/password/").status_code == 200
    new = "another sentence of eight words for the door"
    same = client.post("/accounts/password/", {"password1": SECRET, "password2": SECRET})
    short = client.post("/accounts/password/", {"password1": "short", "password2": "short"})
    taken = client.post("/accounts/password/", {"password1": new, "password2": new})
    assert (same.status_code, short.status_code, taken.status_code) == (422, 422, 302)
    assert inside(client)
    assert Person.objects.get(pk=lin.pk).check_password(new)


def test_a_new_password_needs_the_old_one_and_ends_other_sessions(lin, client):
    other = Client()
    sign_in(client), sign_in(other)
    before = client.cookies["sid"].value
    new = dict.fromkeys(("password1", "password2"), "eight words that nobody else knows")
    wrong = client.post("/accounts/password/", {**new, "oldpassword": "wrong"})
    right = client.post("/accounts/password/", {**new, "oldpassword": SECRET})
    assert (wrong.status_code, right.status_code) == (422, 302)
    assert (inside(client), inside(other), client.cookies["sid"].value == before) == (True, False, False)


def test_a_person_sees_and_ends_their_other_sessions(lin, client):
    other = Client()
    sign_in(client), sign_in(other, HTTP_USER_AGENT="Elsewhere/1.0")
    page = client.get("/account/").content.decode()
    assert ("Elsewhere/1.0" in page, page.count("结束</button>")) == (True, 1)
    client.post(reverse("desk:sessions_end"))
    assert (inside(client), inside(other)) == (True, False)


def test_a_session_is_named_by_browser_and_system(lin, client):
    sign_in(client, HTTP_USER_AGENT="Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
    page = client.get("/account/").content.decode()
    assert ("<b>Firefox · Linux</b>" in page, "Gecko" in page) == (True, False)


def test_nobody_ends_the_session_of_another(lin, cast, client):
    theirs = Client()
    sign_in(theirs)
    from allauth.usersessions.models import UserSession

    client.force_login(cast.zhao)
    answer = client.post(reverse("desk:session_end", args=[UserSession.objects.get(user=lin).pk]))
    assert (answer.status_code, inside(theirs)) == (404, True)


@pytest.mark.parametrize(
    "page", ["/accounts/signup/", "/accounts/password/reset/", "/accounts/email/", "/accounts/sessions/"]
)
def test_there_is_no_sign_up_and_no_reset_by_mail(client, db, page):
    assert client.get(page).status_code == 404
    with pytest.raises(NoReverseMatch):
        reverse("account_signup")


def switch_on(client):
    from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY

    client.post("/accounts/reauthenticate/", {"password": SECRET})
    assert client.get("/accounts/2fa/totp/on/").status_code == 200
    secret = client.session[SECRET_SESSION_KEY]
    counter = list(yield_hotp_counters_from_time())[0]
    told = {"code": format_hotp_value(hotp_value(secret, counter))}
    return client.post("/accounts/2fa/totp/on/", told), secret


def test_a_second_factor_is_asked_for_and_its_secret_is_sealed(lin, client):
    sign_in(client)
    asked = client.get("/accounts/2fa/totp/on/")
    assert asked["Location"].startswith("/accounts/reauthenticate/")
    assert client.get(asked["Location"]).status_code == 200
    switched, secret = switch_on(client)
    assert (switched.status_code, switched["Location"]) == (302, "/accounts/2fa/codes/")
    assert secret not in str(list(Authenticator.objects.values_list("data", flat=True)))
    pages = [
        "/accounts/2fa/",
        "/accounts/2fa/codes/",
        "/accounts/2fa/codes/new/",
        "/accounts/2fa/totp/off/",
        "/accounts/2fa/reauthenticate/",
    ]
    assert [client.get(page).status_code for page in pages] == [200] * 5

    fresh = Client()
    step = sign_in(fresh)
    assert (step["Location"], inside(fresh)) == ("/accounts/2fa/authenticate/", False)
    wrong = fresh.post("/accounts/2fa/authenticate/", {"code": "000000"})
    assert (wrong.status_code, "验证码不对" in wrong.content.decode()) == (200, True)
    spare = Authenticator.objects.get(user=lin, type="recovery_codes").wrap().get_unused_codes()[0]
    right = fresh.post("/accounts/2fa/authenticate/", {"code": spare})
    assert (right.status_code, inside(fresh)) == (302, True)

    again = Client()
    sign_in(again)
    used = again.post("/accounts/2fa/authenticate/", {"code": spare})
    assert (used.status_code, inside(again)) == (200, False)


def test_the_pages_around_signing_in_read_in_both_languages(client, db):
    chinese = client.get(LOGIN).content.decode()
    chosen = client.post(reverse("desk:language"), {"value": "en", "next": LOGIN})
    assert ("登录名" in chinese, chosen["Location"], client.cookies["language"].value) == (True, LOGIN, "en")
    assert client.get(LOGIN)["Content-Language"] == "en"


def test_a_choice_goes_back_to_this_site_only(client, db):
    answers = [
        client.post(reverse("desk:language"), {"value": "en", "next": to})["Location"]
        for to in ("//evil.example", "https://evil.example")
    ]
    assert answers == ["/", "/"]
    assert client.post(reverse("desk:language"), {"value": "xx"}).status_code == 400
