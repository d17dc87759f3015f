"""What stands before every page: proxies, sizes, cookies, redirects, error pages, what remains in a browser."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from django.conf import settings
from django.test import Client, override_settings
from world import routes

from keji.access.models import Person
from keji.desk.shell import BodyMiddleware

pytestmark = pytest.mark.django_db
SECRET = "a sentence that only lin knows"
ELSEWHERE = (
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https://evil.example/",
    "https:evil.example",
    "http:/evil.example",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "https://testserver@evil.example/",
    "//testserver@evil.example/",
    "/\t/evil.example",
    "/\n/evil.example",
    "/%0d%0aLocation:https://evil.example",
    "\x00//evil.example",
    " //evil.example",
    "．/evil.example",
    "/／evil.example",
    "https://testserver.evil.example",
    "?next=//evil.example",
)


@pytest.fixture
def lin(cast):
    cast.lin.set_password(SECRET)
    cast.lin.save()
    return cast.lin


def sign_in(client, next_="", **server):
    return client.post("/accounts/login/", {"login": "lin", "password": SECRET, "next": next_}, **server)


def stays_here(target):
    """Where a browser goes: it drops control characters and takes a backslash for a slash."""
    dropped = re.sub(r"[\x00-\x20]", "", target).replace("\\", "/")
    led = urlsplit(urljoin("http://testserver/accounts/login/", dropped))
    return (led.scheme, led.netloc) == ("http", "testserver")


@pytest.mark.attack("B-32")
@pytest.mark.parametrize("target", ELSEWHERE)
def test_nothing_leads_to_another_site(lin, target):
    client = Client(raise_request_exception=False)
    answers = [sign_in(client, target), client.post("/theme/", {"value": "dark", "next": target})]
    answers += [
        client.post("/language/", {"value": "en", "next": target}),
        client.post("/accounts/reauthenticate/", {"password": SECRET, "next": target}),
        client.post("/accounts/logout/", {"next": target}),
        client.get("/customers/?" + target.replace("\x00", "")),
    ]

    assert [answer.status_code for answer in answers if answer.status_code not in (302, 400)] == []
    assert [
        answer["Location"] for answer in answers if answer.status_code == 302 and not stays_here(answer["Location"])
    ] == []


@pytest.mark.attack("B-78")
@pytest.mark.parametrize("header", ["", "HTTP_X_FORWARDED_PROTO"])
def test_a_stranger_is_not_believed_whom_he_speaks_for(lin, header):
    """Ten guesses with ten invented addresses are ten guesses of one; the session names the true address; http stays http."""
    trusted = (header, "https") if header else None
    told = {"HTTP_X_FORWARDED_PROTO": "https", "HTTP_X_FORWARDED_HOST": "evil.example", "HTTP_FORWARDED": "for=1.2.3.4"}
    with override_settings(
        PROXY_HEADER=header,
        PROXIES={"10.0.0.9"},
        SECURE_PROXY_SSL_HEADER=trusted,
        ALLAUTH_TRUSTED_PROXY_COUNT=int(bool(header)),
    ):
        client = Client(REMOTE_ADDR="203.0.113.5", raise_request_exception=False, **told)
        signed = sign_in(client, HTTP_X_FORWARDED_FOR="1.2.3.4", HTTP_X_REAL_IP="1.2.3.4")
        page = client.get("/account/", HTTP_X_FORWARDED_FOR="1.2.3.4")
        secure = page.wsgi_request.is_secure()
        tries = [
            Client(REMOTE_ADDR="203.0.113.6").post(
                "/accounts/login/", {"login": f"x{n}", "password": "y"}, HTTP_X_FORWARDED_FOR=f"9.9.9.{n}"
            )
            for n in range(11)
        ]

    assert (signed.status_code, page.status_code) == (302, 200)
    assert secure is False
    assert ("203.0.113.5" in page.content.decode(), "1.2.3.4" in page.content.decode()) == (True, False)
    assert ("试错次数太多" in tries[9].content.decode(), "试错次数太多" in tries[10].content.decode()) == (False, True)


@pytest.mark.attack("B-78")
def test_the_named_proxy_is_believed(lin):
    with override_settings(
        PROXY_HEADER="HTTP_X_FORWARDED_PROTO",
        PROXIES={"10.0.0.9"},
        SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https"),
        ALLAUTH_TRUSTED_PROXY_COUNT=1,
    ):
        client = Client(
            REMOTE_ADDR="10.0.0.9", HTTP_X_FORWARDED_PROTO="https", HTTP_X_FORWARDED_FOR="6.6.6.6, 198.51.100.7"
        )
        sign_in(client)
        page = client.get("/account/")
        secure = page.wsgi_request.is_secure()

    assert secure is True
    assert ("198.51.100.7" in page.content.decode(), "6.6.6.6" in page.content.decode()) == (True, False)


@pytest.mark.attack("B-60")
def test_over_https_cookies_are_bound_to_the_host_and_nothing_else_reads_them(lin, tmp_path):
    """The settings are those that a start with an https address gives, read from such a start."""
    names = [name for name in dir(settings) if name.startswith(("SESSION_COOKIE_", "CSRF_COOKIE_", "SECURE_", "HTTPS"))]
    program = f"import json; from keji import settings as s; print(json.dumps({{n: getattr(s, n) for n in {names} if hasattr(s, n)}}))"
    around = os.environ | {
        "KEJI_BASE_URL": "https://crm.example.com",
        "KEJI_DATA": str(tmp_path),
        "PYTHONPATH": str(Path.cwd()),
    }
    made = subprocess.run([sys.executable, "-c", program], env=around, capture_output=True, text=True, check=True)
    told = json.loads(made.stdout)

    with override_settings(**told):
        client = Client()
        plain = client.get("/accounts/login/")
        opened = client.get("/accounts/login/", secure=True)
        signed = sign_in(client, secure=True)
        chosen = client.post("/theme/", {"value": "dark"}, secure=True)

    assert (plain.status_code, plain["Location"]) == (301, "https://testserver/accounts/login/")
    assert opened["Strict-Transport-Security"].startswith("max-age=31536000")
    cookies = {name: cookie for answer in (opened, signed, chosen) for name, cookie in answer.cookies.items()}
    assert set(cookies) == {"__Host-sid", "__Host-csrf", "theme"}
    for name in ("__Host-sid", "__Host-csrf"):
        one = cookies[name]
        found = (one["secure"], one["httponly"], one["samesite"], one["path"], one["domain"])
        assert found == (True, True, "Lax", "/", ""), name
    assert (cookies["theme"]["secure"], cookies["theme"]["samesite"]) == (True, "Lax")


@pytest.mark.attack("B-63")
def test_after_leaving_nothing_remains_in_the_browser(lin):
    """Every page but the static files says that it is stored nowhere; leaving empties what scripts may have kept."""
    client = Client()
    sign_in(client)
    pages = [client.get("/" + route) for route, view in routes() if "GET" in view.methods and "<" not in route]
    left = client.post("/accounts/logout/")
    after = [
        client.get("/" + route) for route, view in routes() if view.door and "GET" in view.methods and "<" not in route
    ]

    assert len(pages) > 20
    assert {page["Cache-Control"] for page in pages} == {"private, no-store"}
    assert (left.status_code, left["Clear-Site-Data"], left.cookies["sid"].value) == (302, '"storage"', "")
    assert {(page.status_code, page["Location"].split("?")[0]) for page in after} == {(302, "/accounts/login/")}
    kept = re.compile(r"localStorage|sessionStorage|indexedDB|caches\.")
    own = Path(settings.STATICFILES_DIRS[0]).glob("keji/js/*.js")
    assert [file.name for file in own if kept.search(file.read_text("utf-8"))] == []


ERRORS = [
    ("/nowhere/", 404),
    ("/admin/", 404),
    ("/admin/login/", 404),
    ("/api/schema", 404),
    ("/openapi.json", 404),
    ("/metrics", 404),
    ("/.git/config", 404),
    ("/.git/HEAD", 404),
    ("/.env", 404),
    ("/backup/", 404),
    ("/backups/keji.db", 404),
    ("/var/keji.db", 404),
    ("/keys/session", 404),
    ("/static/../settings.py", 404),
    ("/static/%2e%2e/settings.py", 404),
    ("/static/keji/../../settings.py", 404),
    ("/debug/", 404),
    ("/__debug__/", 404),
    ("/server-status", 404),
    ("/customers/?nothing=1", 400),
    ("/jobs/", 403),
    ("/customers/999999/", 404),
]
TALKATIVE = (
    "Traceback",
    "DEBUG",
    "settings.py",
    "django",
    "Django",
    "urlpatterns",
    "/keji/",
    "SECRET",
    "sqlite",
    "psycopg",
)


@pytest.mark.attack("B-75")
@pytest.mark.parametrize("signed_in", [True, False])
@pytest.mark.parametrize(("path", "status"), ERRORS)
def test_an_error_page_says_no_more_than_its_number(cast, path, status, signed_in):
    client = Client(raise_request_exception=False)
    if signed_in:
        client.force_login(cast.lin)
    answer = client.get(path)
    said = answer.content.decode()

    assert settings.DEBUG is False
    assert answer.status_code == (status if signed_in or status == 404 and "customers" not in path else 302)
    if answer.status_code == status:
        assert re.search(r"<code>[0-9a-f]{8}</code>", said) or status == 400
        assert [word for word in TALKATIVE if word in said.replace("/static/keji/", "")] == []


@pytest.mark.attack("B-75")
@pytest.mark.parametrize("broken", ["error", "busy", "stale", "often"])
def test_what_breaks_inside_a_page_is_told_by_a_number_only(cast, monkeypatch, broken):
    from keji.customers import queries
    from keji.database import Busy
    from keji.kernel.errors import Stale, TooOften

    error, status = {
        "error": (ValueError("geheim 13800000000"), 500),
        "busy": (Busy("geheim"), 503),
        "stale": (Stale(), 409),
        "often": (TooOften(7), 429),
    }[broken]

    def fail(*_told):
        raise error

    monkeypatch.setattr(queries, "customers", fail)
    client = Client(raise_request_exception=False)
    client.force_login(cast.lin)
    answer = client.get("/customers/")

    assert answer.status_code == status
    assert [
        word
        for word in (*TALKATIVE, "geheim", "13800000000")
        if word in answer.content.decode().replace("/static/keji/", "")
    ] == []
    assert re.search(r"<code>[0-9a-f]{8}</code>", answer.content.decode())
    assert answer["Content-Security-Policy"]
    assert answer["Cache-Control"] == "private, no-store"


@pytest.mark.attack("B-75")
@pytest.mark.parametrize("method", ["put", "patch", "delete", "trace"])
def test_a_method_that_no_page_has_is_405_everywhere(cast, method):
    client = Client(raise_request_exception=False)
    client.force_login(cast.lin)
    for route, _view in routes():
        if "<" not in route:
            assert getattr(client, method)("/" + route).status_code == 405, route


@pytest.mark.attack("B-49")
@pytest.mark.parametrize("length", [str(BodyMiddleware.MOST + 1), "1" + "0" * 30, "-5", "x", "٣"])
def test_a_body_that_is_too_large_is_refused_before_it_is_read(client, length):
    """Nobody is signed in, and still nothing of it is read: a file would lie in the temporary folder by then."""

    class Watched:
        def read(self, *_size):
            raise AssertionError("was read")

        readline = read

    answer = client.generic("POST", "/accounts/login/", **{"wsgi.input": Watched(), "CONTENT_LENGTH": length})

    assert (answer.status_code, "Content-Security-Policy" in answer.headers) == (413, True)


@pytest.mark.attack("B-49")
def test_too_many_fields_and_too_many_files_are_refused_and_leave_no_file(lin, tmp_path):
    from django.core.files.uploadedfile import SimpleUploadedFile

    client = Client(raise_request_exception=False)
    sign_in(client)
    with override_settings(FILE_UPLOAD_TEMP_DIR=tmp_path, FILE_UPLOAD_MAX_MEMORY_SIZE=10):
        files = {f"file{n}": SimpleUploadedFile(f"{n}.csv", b"x" * 100) for n in range(1000)}
        many_files = client.post("/imports/new/", files)
        many_fields = client.post("/imports/new/", {f"f{n}": "1" for n in range(2000)})

    assert (many_files.status_code, many_fields.status_code) == (400, 400)
    assert list(tmp_path.iterdir()) == []


def test_a_password_is_long_and_not_a_common_one(lin):
    """ASVS 6.2.1, 6.2.4: twelve characters, no rules of composition, no password that everybody tries."""
    from keji.access.rules.people import choose_password
    from keji.kernel.errors import Unfit

    person = Person.objects.get(pk=lin.pk)
    for wrong in ("short", "elevenchars", "1234567890123", "password1234", "qwertyuiop12", "lin", "1q2w3e4r5t6y"):
        with pytest.raises(Unfit):
            choose_password(person, wrong)
    choose_password(person, "春天在西湖边喝一杯新茶叶")
    choose_password(person, "alllowercasebutlong and odd")
