"""Questions that nobody may ask: lookups, relations, odd orders, SQL, other keys than the id."""

import base64
import json
from urllib.parse import quote, urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from world import addresses, body, changed, dump, forbidden, routes, sheets

from keji.customers.models import Customer
from keji.customers.queries import customer
from keji.intake.models import Line, Run
from keji.kernel.errors import NotThere
from keji.records.models import Export

pytestmark = pytest.mark.django_db
RELATIONS = (
    "owner__password__startswith",
    "owner__team__name",
    "team__members__name",
    "contacts__mobile",
    "contacts__mobile__startswith",
    "collaborations__person__password",
    "created_by__password__regex",
    "id_number_sealed__isnull",
    "id_number_index",
    "customer__owner__password",
    "pk",
    "id__gt",
    "deleted_at__isnull",
    "name__regex",
    "name_key",
)
INJECTIONS = (
    "_connector",
    "_negated",
    "__class__",
    "pk__in",
    "where",
    "owner_id",
    '{"name__startswith":"a"}',
    "name[]",
)
ORDERS = (
    "mobile",
    "id_number",
    "owner",
    "owner__password",
    "contacts.mobile",
    'name"',
    "name'--",
    "name;DROP TABLE customers_customer",
    "?",
    "--name",
    "-",
    "name desc",
    "changed_at,name",
    "\x00",
    "changed_at\n",
    "pk",
    "1",
    "(select 1)",
)
SQL = (
    "' OR 1=1 --",
    "'; DROP TABLE customers_customer; --",
    '" OR ""="',
    "1) UNION SELECT password FROM access_person --",
    "%' AND 1=1 --",
    "\\'; SELECT pg_sleep(5); --",
    "{{7*7}}",
    "%s%s%(x)s",
    "\x00",
    "a\x00b",
    "\ud7ff\uffff",
    "²",
    "٣",
    "1e400",
    "-1",
    " ",
    "9" * 40,
    "NaN",
    "*",
    '"*"',
    "NEAR(a b)",
    "a AND b",
    "a:b",
    "()",
    "^a",
    "%",
    "_",
    "\\",
)
LISTS = (
    "/customers/",
    "/contacts/",
    "/followups/",
    "/deals/",
    "/deals/list/",
    "/customers/bin/",
    "/customers/export/",
    "/deals/export/",
    "/needs/",
    "/tickets/",
    "/tickets/export/",
    "/tasks/",
    "/tasks/export/",
    "/customers/spread/",
)


@pytest.mark.attack("B-05")
@pytest.mark.attack("B-06")
@pytest.mark.parametrize("name", [*RELATIONS, *INJECTIONS])
def test_a_key_that_is_no_column_is_refused_and_no_query_is_made_of_it(world, name):
    for place in LISTS:
        with CaptureQueriesContext(connection) as asked:
            status = world.client("data_steward").get(f"{place}?{urlencode({name: 'zq9x'})}").status_code
        assert (place, status) == (place, 400)
        assert "zq9x" not in " ".join(one["sql"] for one in asked.captured_queries)


@pytest.mark.attack("B-05")
@pytest.mark.attack("B-21")
@pytest.mark.parametrize("name", ["contacts__mobile__startswith", "_connector", "remark", "id_number", "columns"])
def test_an_export_takes_no_more_questions_than_the_list(world, disk, name):
    told = {"query": f"{name}=1", "why": "核对", "format": "xlsx"}

    assert world.client("data_steward").post("/customers/export/", told).status_code == 400
    assert not disk.exists()


@pytest.mark.attack("B-07")
@pytest.mark.parametrize("order", ORDERS)
def test_an_order_that_is_not_offered_is_refused(world, order):
    for place in LISTS:
        client = world.client("odd" if place in LISTS[3:] else "cs_agent")
        assert client.get(f"{place}?{urlencode({'sort': order})}").status_code == 400


@pytest.mark.attack("B-07")
def test_the_order_by_name_is_not_offered_to_those_who_read_names_masked(world):
    assert world.client("auditor").get("/customers/?sort=name").status_code == 400
    assert world.client("auditor").get("/contacts/?sort=name").status_code == 400
    assert world.client("cs_agent").get("/customers/?sort=name").status_code == 200


@pytest.mark.attack("B-33")
@pytest.mark.parametrize("text", SQL)
def test_no_text_breaks_a_list_or_a_search(world, text):
    """Wherever a text may be put it is a value or refused, never part of a query, never an error."""
    before, client, said = Customer.objects.count(), world.client("data_steward"), quote(text)
    for sheet in sheets():
        place = f"/{sheet.model.RECORD}/"
        asked = [f"{c.name}{part}" for c in sheet.columns if c.filter for part in ("", "__from", "__to")]
        names = ["q", "sort", "size", "after", "open", *asked[SQL.index(text) % 4 :: 4]]
        found = {name: client.get(f"{place}?{name}={said}").status_code for name in names}
        assert {name: status for name, status in found.items() if status not in (200, 400)} == {}
    for place in (
        f"/search/?q={said}",
        f"/trail/?person={said}",
        f"/trail/?action={said}",
        f"/regions/?parent={said}",
        f"/customers/twins/?name={said}&contact.mobile={said}",
    ):
        assert client.get(place).status_code in (200, 400), place
    assert Customer.objects.count() == before


def mark(*told):
    return base64.urlsafe_b64encode(json.dumps(list(told)).encode()).decode().rstrip("=")


@pytest.mark.attack("B-33")
@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "////",
        mark("abc", 1),
        mark(1, 1),
        mark("a\x00", 1),
        mark("2024-01-01T00:00:00+00:00", 2**70),
        mark("2024-01-01T00:00:00+00:00", True),
        mark({"a": 1}, 1),
        mark("' OR 1=1 --", 1),
        mark(2**80, 1),
        mark("2024-01-01T00:00:00+00:00", -1),
    ],
)
def test_a_made_up_page_mark_is_no_error(world, cursor):
    for sort in ("-changed_at", "name", "grade"):
        for side in ("after", "before"):
            answer = world.client("sales_manager").get(f"/customers/?sort={sort}&{side}={cursor}")
            assert answer.status_code in (200, 400), (sort, side)


@pytest.mark.attack("B-04")
def test_another_key_than_the_id_decides_the_same(world):
    """By number, name, phone, credit code or e-mail a stranger finds what he finds by the id: nothing."""
    client, hidden = world.client("rep2"), Customer.objects.get(pk=world.ids["customers"][0])
    contact = hidden.contacts.first()
    keys = [
        hidden.customer_no,
        hidden.name,
        hidden.uscc,
        hidden.office_phone,
        contact.mobile,
        contact.email,
        contact.name,
    ]
    for key in keys:
        for place in ("/customers/?q=", "/search/?q=", "/customers/export/?q="):
            told = client.get(place + quote(key)).content.decode().replace(key, "")
            assert hidden.name not in told and f"/customers/{hidden.pk}/" not in told, (place, key)
    for key in (hidden.customer_no, hidden.uscc):
        assert client.get(f"/customers/{key}/").status_code == 404


@pytest.mark.attack("B-17")
@pytest.mark.attack("B-21")
@pytest.mark.parametrize("who", ["sales_manager", "odd", "data_steward"])
def test_an_export_holds_what_its_maker_reads_and_no_more(world, disk, who):
    secret = forbidden(world.people[who])
    for form in ("xlsx", "csv", "workbook"):
        address = "/exports/workbook/" if form == "workbook" else "/customers/export/"
        world.client(who).post(address, {"query": "", "why": "核对", "format": form})
        made = Export.objects.filter(person=world.people[who]).latest("pk")
        told = body(world.client(who).get(f"/exports/{made.pk}/")).decode("utf-8", "replace")
        assert {text: what for text, what in secret.items() if text in told} == {}


@pytest.mark.attack("B-21")
def test_a_manager_takes_no_more_than_a_hundred_rows_and_only_with_a_reason(world, disk):
    Customer.objects.bulk_create(
        Customer(customer_no=f"D{n:03d}", name=f"多{n}", owner=world.people["rep2"], changed_at="2026-01-01T00:00:00Z")
        for n in range(120)
    )
    before = dump()
    for told in ({"why": "核对", "format": "xlsx"}, {"why": " ", "format": "csv"}):
        assert world.client("sales_manager").post("/customers/export/", told).status_code == 422
        assert world.client("sales_manager").post("/exports/workbook/", told).status_code == 422
    assert changed(before, dump()) == {}
    assert not disk.exists()


@pytest.mark.parametrize("odd", ["²", "٣", "9" * 30])
def test_a_number_that_is_none_breaks_no_page(world, odd):
    """In every field that takes an id, a version, a place or a page: an answer in words, never a 500."""
    run = Run.objects.create(
        person=world.people["data_steward"],
        name="客户.xlsx",
        file="x",
        sheets=[{"name": "客户", "titles": ["客户名称"], "rows": 1, "holds": "customers"}],
        mapping={"0": ["name"]},
        counts={"strangers": {"丙": 1}},
    )
    line = Line.objects.create(run=run, number=2, cells=["天成服装有限公司"])
    names = ("owner", "version", "column", "after", "before", "person", "team", "who-0", "sort", "size", "record_id")
    told = dict.fromkeys(names, odd) | {"ids": [odd, odd], "why": "x", "name": "改名有限公司"}
    client, codes, before = world.client("data_steward"), [], ownerless()
    for route, view in routes():
        made = "/" + route.replace("imports/<int:pk>", f"imports/{run.pk}").replace("<int:line>", str(line.pk))
        for address in [made] if "<" not in made else addresses(world, route, 1):
            for method in (getattr(client, name.lower()) for name in view.methods if name in ("GET", "POST")):
                answer = method(address, told)
                codes.append(answer.status_code)
                assert answer.status_code < 500, address
    assert {200, 302} <= set(codes)
    assert ownerless() == before


def ownerless() -> set[int]:
    return set(Customer.objects.filter(owner=None).values_list("pk", flat=True))


def test_a_customer_is_asked_for_by_a_number_that_is_none(world):
    for odd in ("²", "٣", "9" * 30, "0x1"):
        with pytest.raises(NotThere):
            customer(world.people["data_steward"], odd)
