"""Tokens: for one person, so far and no further, so long and no longer, so often and no oftener."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from keji.access.models import Token
from keji.access.rules import people
from keji.access.rules import tokens as rules
from keji.access.rules.tokens import issue, revoke
from keji.access.tokens import scopes
from keji.kernel.clock import now
from keji.kernel.errors import NotThere, Unfit

pytestmark = pytest.mark.django_db


def status(program, path="/me"):
    return program.get(path).status_code


@pytest.mark.attack("B-61")
def test_only_a_digest_is_kept_and_the_secret_is_shown_once(cast, client):
    client.force_login(cast.lin)
    told = {"name": "官网", "days": "30", "scopes": ["customers.read"]}
    page = client.post("/account/tokens/", told).content.decode()
    secret = page.partition('<code id="secret">')[2].partition("<")[0]

    assert secret.startswith("keji_") and len(secret) > 40
    again = client.get("/account/tokens/").content.decode()
    assert secret not in again and secret[:13] in again
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM access_token")
        assert secret[14:] not in repr(cursor.fetchall())


@pytest.mark.attack("B-61")
def test_a_token_counts_in_the_header_alone(cast, program):
    api = program("lin")
    assert status(api) == 200
    for path in (f"/me?token={api.secret}", f"/me?access_token={api.secret}", f"/me?api_key={api.secret}"):
        assert api.client.get(f"/api/v1{path}").status_code == 401
    api.client.force_login(cast.lin)
    refused = api.client.get("/api/v1/customers")
    assert (refused.status_code, refused["WWW-Authenticate"]) == (401, 'Bearer realm="keji"')
    for header in (api.secret, f"Basic {api.secret}", "Bearer", "Bearer x", f"Bearer {api.secret}x", f"Token {api.secret}"):
        assert api.client.get("/api/v1/me", HTTP_AUTHORIZATION=header).status_code == 401


@pytest.mark.attack("B-61")
def test_a_token_ends_when_it_is_revoked_runs_out_or_its_person_goes(cast, program):
    first, second, third, fourth = (program("lin") for _n in range(4))
    revoke(cast.lin, first.token.pk)
    Token.objects.filter(pk=second.token.pk).update(expires_at=now() - timedelta(seconds=1))
    assert [status(one) for one in (first, second, third)] == [401, 401, 200]

    people.reset_password(None, cast.lin)
    assert status(third) == status(fourth) == 401
    api = program("zhao")
    people.disable(None, cast.zhao)
    assert status(api) == 401
    people.enable(None, cast.zhao)
    assert status(api) == 401


@pytest.mark.attack("B-61")
@pytest.mark.attack("B-15")
def test_a_token_reaches_as_far_as_its_scopes_and_its_person(cast, program):
    reader = program("lin", "customers.read")
    assert status(reader, f"/customers/{cast.acme.pk}") == 200
    for path in ("/contacts", "/deals", "/needs", "/followups", "/customers/bin"):
        assert (status(reader, path), reader.get(path).json()["code"]) == (403, "E_SCOPE"), path
    refused = reader.patch(f"/customers/{cast.acme.pk}", {"version": 1, "remark": "x"})
    assert (refused.status_code, refused.json()["code"]) == (403, "E_SCOPE")
    assert status(reader, "/customers?needs.priority=HIGH") == 400
    every = program("gao")
    assert (status(every, "/customers"), every.get("/customers").json()["code"]) == (403, "E_REFUSED")
    assert status(program("zhao"), f"/customers/{cast.acme.pk}") == 404


def test_nobody_ends_the_token_of_another_but_who_keeps_the_people(cast, program, client):
    api = program("lin")
    with pytest.raises(NotThere):
        revoke(cast.zhao, api.token.pk)
    client.force_login(cast.gao)
    assert api.token.prefix in client.get(f"/people/{cast.lin.pk}/tokens/").content.decode()
    client.post(f"/account/tokens/{api.token.pk}/revoke/", {"person": cast.lin.pk})
    assert status(api) == 401


def test_a_token_without_name_scope_or_end_is_not_given(cast):
    for told in (("", ["customers.read"], 30), ("x", ["nothing"], 30), ("x", ["customers.read"], 0), ("x", scopes(), 900)):
        with pytest.raises(Unfit):
            issue(cast.lin, *told)
    assert Token.objects.count() == 0


def test_a_token_asks_so_often_in_a_minute_and_then_waits(cast, program, settings, monkeypatch):
    settings.API_RATE = 5
    at = now().replace(second=20)
    monkeypatch.setattr(rules, "now", lambda: at)
    api, other = program("lin"), program("lin")

    assert [status(api) for _n in range(6)] == [200] * 5 + [429]
    waits = api.get("/me")
    assert (waits["Retry-After"], waits.json()["code"]) == ("40", "E_TOO_OFTEN")
    assert status(other) == 200
    monkeypatch.setattr(rules, "now", lambda: at + timedelta(minutes=1))
    assert status(api) == 200
    assert Token.objects.get(pk=api.token.pk).used_at == at + timedelta(minutes=1)


def test_a_token_is_given_and_ended_at_the_command_line(cast, capsys, monkeypatch):
    from keji import cli

    monkeypatch.setattr(cli, "start", lambda: None)
    monkeypatch.setattr(cli, "migrate", lambda: None)

    def run(*words):
        args = cli.parser().parse_args(["token", *words, "--json"])
        code = args.run(args)
        return code, json.loads(capsys.readouterr().out or "null")

    code, made = run("add", "lin", "--scope", "customers.read", "--days", "5")
    assert (code, made["scopes"]) == (0, ["customers.read"])
    answer = Client().get("/api/v1/me", HTTP_AUTHORIZATION=f"Bearer {made['token']}")
    assert answer.json()["username"] == "lin"
    assert [one["id"] for one in run("list", "lin")[1]] == [made["id"]]
    assert run("revoke", "zhao", "--id", str(made["id"]))[0] == 2
    assert run("revoke", "lin", "--id", str(made["id"]))[0] == 0
    assert Client().get("/api/v1/me", HTTP_AUTHORIZATION=f"Bearer {made['token']}").status_code == 401


def test_processes_share_the_measure(cast, program, settings, monkeypatch):
    settings.API_RATE = 60
    at = now().replace(second=1)
    monkeypatch.setattr(rules, "now", lambda: at)
    api = program("lin")
    allowed = 0
    for _process in range(40):
        monkeypatch.setattr(rules, "_taken", {})
        allowed += [status(api), status(api)].count(200)

    assert allowed == 60
