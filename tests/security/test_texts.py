"""Whatever people write stays text: in every column, on every page, in files, headers and log lines."""

import json
import logging
import os
import re
from collections import Counter
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from corpus import SCHEMES, corpus
from django.db import models, transaction
from django.http import HttpResponse
from world import addresses, body, records, routes, sheets

from keji.access.house import fresh
from keji.access.models import Kept, Person, Role, Team
from keji.access.rules.people import stamp
from keji.access.trail import note
from keji.customers.models import Customer
from keji.records import kinds
from keji.records.models import Export, Term
from keji.records.pages import say

DEEP = bool(os.environ.get("KEJI_HYPOTHESIS"))
CORPUS = corpus()
ROUNDS = len(CORPUS) if DEEP else 8
LEADS = ("href", "src", "action", "formaction", "hx-get", "hx-post", "data-src", "poster", "cite", "data")
FINE = re.compile(r"(/(?![/\\])|[#?]|tel:|mailto:|$)")
OTHERS = ((Person, "name"), (Team, "name"), (Role, "label"), (Term, "label"), (Export, "why"))

pytestmark = pytest.mark.django_db


class Shape(HTMLParser):
    """The tags of a page with the names of their attributes, and where its links lead."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.links = [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, tuple(name for name, _value in attrs)))
        self.links += [value or "" for name, value in attrs if name in LEADS or name.endswith(":href")]


def text_columns(sheet):
    for column in sheet.columns:
        field = {f.name: f for f in sheet.model._meta.concrete_fields}.get(column.name)
        if (
            column.typed
            and isinstance(column.kind, kinds.Text)
            and isinstance(field, models.CharField | models.TextField)
        ):
            yield field


def write(payload):
    """Put a text into every text column of every sheet, into names that others see, and into the history."""
    place = 0
    for sheet in sheets():
        for record in records(sheet)[:6]:
            values = {}
            for field in text_columns(sheet):
                values[field.name] = payload(place)[: field.max_length or 500]
                if any(field.name in getattr(one, "fields", ()) for one in sheet.model._meta.constraints):
                    values[field.name] = f"{payload(place)[: field.max_length - 3]}{record.pk % 1000:03d}"
                place += 1
            sheet.model._default_manager.filter(pk=record.pk).update(**values)
            for kept in Kept.objects.filter(entry__record=record.RECORD, entry__record_id=record.pk):
                told = {name: [payload(place), payload(place + 1)] for name in kept.values}
                Kept.objects.filter(pk=kept.pk).update(values=told)
            place += 2
    for model, name in OTHERS:
        for row in model.objects.order_by("pk")[:8]:
            most = model._meta.get_field(name).max_length
            model.objects.filter(pk=row.pk).update(**{name: f"{payload(place)[: most - 4]}{row.pk % 1000:04d}"})
            place += 1
    note(None, "customers.export", Customer.objects.first(), why=payload(place))
    stamp()
    fresh()
    return place


def pages(world, who, words):
    found = {}
    for route, view in routes():
        if "GET" in view.methods and "download" not in route:
            for address in addresses(world, route, 2):
                answer = world.client(who).get(address)
                told = body(answer).decode("utf-8", "replace")
                if answer["Content-Type"].startswith("text/html"):
                    found[address] = told
    for place in ("/search/", "/customers/", "/contacts/", "/customers/export/"):
        found[place + "?q="] = body(world.client(who).get(place, {"q": words})).decode("utf-8", "replace")
    told = world.client(who).get("/customers/twins/", {"name": words, "contact.mobile": words})
    found["twins"] = told.content.decode()
    return found


def seen(world, who, payload):
    with transaction.atomic():
        count = write(payload)
        found = pages(world, who, payload(0))
        transaction.set_rollback(True)
    fresh()
    return count, {address: Shape(text) for address, text in found.items()}


@pytest.mark.attack("B-26")
def test_the_corpus_is_large_and_every_text_of_it_is_tried():
    columns = sum(len(list(text_columns(sheet))) for sheet in sheets())

    assert len(CORPUS) >= 300
    assert columns > 30
    assert ROUNDS * columns * 6 > len(CORPUS)


@pytest.mark.attack("B-26")
@pytest.mark.attack("B-27")
@pytest.mark.attack("B-28")
@pytest.mark.parametrize("who", ["sales_manager", "auditor", "data_steward", "sys_admin"])
@pytest.mark.parametrize("turn", range(ROUNDS if DEEP else 2))
def test_a_page_has_the_same_tags_whatever_people_wrote(world, who, turn):
    """Beside a page whose texts are harmless and as long, no tag and no attribute is more, and no link leads elsewhere."""
    start = turn * len(CORPUS) // (ROUNDS if DEEP else 2)

    def payload(place):
        return CORPUS[(start + place) % len(CORPUS)]

    count, hostile = seen(world, who, payload)
    _count, harmless = seen(world, who, lambda place: "字" * len(payload(place)))

    assert count > len(CORPUS) / 2
    for address, shape in hostile.items():
        more = Counter(shape.tags) - Counter(harmless[address].tags)
        assert more == Counter(), address
        assert [link for link in shape.links if not FINE.match(link)] == [], address


@pytest.mark.attack("B-26")
@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_a_file_stays_one_file_whatever_people_wrote(world, disk, form):
    """A workbook is well-formed in all its parts, and the texts come back as they were."""
    import io
    import zipfile

    with transaction.atomic():
        write(lambda place: CORPUS[place % len(CORPUS)])
        client = world.client("sales_manager")
        client.post("/customers/export/", {"query": "", "why": CORPUS[0], "format": form})
        made = Export.objects.filter(person=world.people["sales_manager"]).latest("pk")
        answer = client.get(f"/exports/{made.pk}/")
        raw = b"".join(answer.streaming_content)
        transaction.set_rollback(True)
    fresh()

    assert (answer.status_code, answer["X-Content-Type-Options"]) == (200, "nosniff")
    assert answer["Content-Disposition"].startswith("attachment")
    if form == "xlsx":
        with zipfile.ZipFile(io.BytesIO(raw)) as book:
            parts = [name for name in book.namelist() if name.endswith((".xml", ".rels"))]
            assert len(parts) > 3
            for name in parts:
                tree = ElementTree.fromstring(book.read(name))
                assert not [one for one in tree.iter() if one.tag.endswith(("}f", "}hyperlink", "}script"))], name
    else:
        assert not [line for line in raw.decode("utf-8-sig").splitlines() if line.startswith(("=", "+", "@"))]


@pytest.mark.attack("B-28")
@pytest.mark.parametrize("text", SCHEMES)
def test_a_web_address_with_another_scheme_is_refused(text):
    from keji.kernel import online
    from keji.kernel.errors import Invalid

    for typed in (True, False):
        try:
            value = online.url(text, typed=typed).value
        except Invalid:
            continue
        assert re.fullmatch(r"https?://[^\s\"'<>@]+", str(value)), value


CONTROLS = (
    "甲\r\nSet-Cookie: a=b\r\n\r\n<b>乙",
    "甲\nX: 1",
    "甲\r乙",
    "甲\x1b[31m乙\x1b]0;t\x07",
    "甲\u2028乙\u2029丙",
    "甲\x85乙",
    "甲\x0b乙\x0c丙",
    "甲\u202e乙",
    "甲\x00乙",
    "%0d%0aX:1",
    "甲\\r\\n乙",
)
LINES = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\x85\u2028\u2029]")


@pytest.mark.attack("B-35")
@pytest.mark.parametrize("text", CONTROLS)
def test_no_text_makes_a_second_line_of_a_log_or_a_second_header(world, disk, caplog, tmp_path, text):
    caplog.set_level(logging.DEBUG, logger="keji")
    caplog.set_level(logging.INFO, logger="django")
    client, customer = world.client("sales_manager"), world.ids["customers"][4]
    from django.core.files.uploadedfile import SimpleUploadedFile

    upload = SimpleUploadedFile("x.csv", "客户名称,手机\n甲公司,1\n".encode())
    upload._name = text
    with transaction.atomic():
        answers = [
            client.post("/customers/new/", {"name": text, "contact.name": text}),
            client.post(f"/customers/{customer}/drop/", {"why": text}, HTTP_USER_AGENT=text.replace("\n", " ")),
            client.post("/customers/export/", {"query": "", "why": text, "format": text}),
            client.post("/imports/new/", {"file": upload}),
            client.post("/accounts/login/", {"login": text, "password": text, "next": text}),
            client.post("/theme/", {"value": "dark", "next": "/" + text}),
            client.get("/customers/", {"q": text}),
            client.get("/" + text),
            client.get(
                "/search/", {"q": text}, HTTP_HX_REQUEST="true", HTTP_HX_TARGET=text.replace("\n", "").replace("\r", "")
            ),
            world.client("nobody").get(f"/customers/{customer}/", {"x": text}),
        ]
        transaction.set_rollback(True)
    fresh()

    assert [answer.status_code for answer in answers if answer.status_code >= 500] == []
    for answer in answers:
        for name, value in answer.headers.items():
            assert not LINES.search(name + value), (name, value)
        assert "Set-Cookie: a=b" not in str(answer.headers)
    assert [one.getMessage() for one in caplog.records if LINES.search(one.getMessage())] == []
    assert len(caplog.records) > 0


@pytest.mark.attack("B-27")
@pytest.mark.attack("B-35")
@pytest.mark.parametrize("text", [*CONTROLS, *CORPUS[:40]])
def test_a_toast_in_a_header_is_one_line_of_json(text):
    header = say(HttpResponse(), text)["HX-Trigger"]

    assert header.isascii() and not LINES.search(header)
    assert json.loads(header)["toast"]["text"] == text
