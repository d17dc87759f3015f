"""Workbooks made in one language come back in the other."""

import re

import openpyxl
import pytest
from bringing import bring
from django.urls import reverse
from django.utils.translation import override

from keji.access.rules.people import choose_language
from keji.customers.models import Contact, Customer
from keji.customers.rules import exports
from keji.customers.sheet import CONTACTS, CUSTOMERS
from keji.intake.models import Run
from keji.intake.rules import checking, entering, mapping, results, staging
from keji.intake.rules.template import CONTACT_COLUMNS, CUSTOMER_COLUMNS, template_file

LANGUAGES = ("zh-hans", "en")
LEVELS = {"province": "place.province", "city": "place.city", "district": "place.district"}
TARGETS = [LEVELS.get(name, name) for name in CUSTOMER_COLUMNS[:-3]]
FILLED = ["", "", ""]  # who typed it in, when, how far the review is: the system's own
PEOPLE = ["contact.record_no", "customer_no", "name", *(f"contact.{name}" for name in CONTACT_COLUMNS)]


HOLD = ["customers", "contacts", "followups", "needs", "deals", ""]


@pytest.mark.parametrize("written", LANGUAGES)
@pytest.mark.parametrize("read", LANGUAGES)
def test_the_template_is_understood_in_either_language(cast, files, tmp_path, written, read):
    with override(written):
        template_file(tmp_path / "template.xlsx")
    book = openpyxl.load_workbook(tmp_path / "template.xlsx")
    pages = [page for page in book.worksheets if page.sheet_state == "visible"]
    titles = [[cell.value for cell in page[1]] for page in pages]
    guide = [[cell.value for cell in row] for row in pages[-1].iter_rows(min_row=2)]
    assert titles[0][1] == {"zh-hans": "客户名称*", "en": "Customer name*"}[written]

    with override(read):
        found = [mapping.guess(cast.lin, one, page.title) for one, page in zip(titles, pages, strict=True)]
        assert [mapping.holds(one, page.title) for one, page in zip(found, pages, strict=True)] == HOLD
        assert found[:2] == [[*TARGETS, *FILLED], PEOPLE]
        assert [one for told in [TARGETS, *found[1:-1]] for one in told if not one] == []
        told = [row[3] for row in guide if row[5] == pages[0].title]
        examples = dict(zip(TARGETS, told[: len(TARGETS)], strict=True))
        people = dict(zip(PEOPLE, [row[3] for row in guide if row[5] == pages[1].title], strict=True))
        people |= {"customer_no": examples["customer_no"]}
        examples |= {"place.province": "江苏省", "place.city": "苏州市", "place.district": "虎丘区", "owner": "林晓"}
        pages[0].append([examples[target] for target in TARGETS])
        pages[1].append([people[target] for target in PEOPLE])
        book.save(tmp_path / "filled.xlsx")
        run, result = bring(cast.wang, tmp_path / "filled.xlsx")

    assert result == {"created": 0, "updated": 1, "failed": 0, "skipped": 0}, run.lines.values_list("problems", flat=True)
    made = Customer.objects.get(customer_no=examples["customer_no"])
    assert (made.customer_type, made.industry_code, made.size_band, made.grade) == ("ENTERPRISE", "I65", "200_500", "A")
    assert (made.lead_source, made.contact_region, made.owner) == ("EXHIBITION", "320505", cast.lin)


@pytest.mark.parametrize("written", LANGUAGES)
@pytest.mark.parametrize("read", LANGUAGES)
def test_an_export_is_understood_in_either_language(cast, files, tmp_path, written, read):
    with override(written):
        exports.write(tmp_path / "export.xlsx", cast.shen, CUSTOMERS, CONTACTS, Customer.objects.all())
    book = openpyxl.load_workbook(tmp_path / "export.xlsx")

    with override(read):
        for page, sheet in zip(book.worksheets, (CUSTOMERS, CONTACTS), strict=True):
            lost = [cell.value for cell in page[1] if not mapping.meanings(cell.value)]
            with override(written):
                derived = [sheet.label(c.name) for c in sheet.columns if not c.typed and c.name != mapping.OWN_NUMBER]
            assert sorted(lost) == sorted(derived)


def test_what_went_wrong_is_told_in_the_language_of_the_person(cast, files, tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["Customer name", "Unified social credit code", "Contact name"])
    book.active.append(["Blue Field Manufacturing", "123", "Zhou Wei"])
    book.save(tmp_path / "wrong.xlsx")

    with override("en"):
        run, result = bring(cast.lin, tmp_path / "wrong.xlsx")
        results.error_file(run, tmp_path / "errors.xlsx")

    told = openpyxl.load_workbook(tmp_path / "errors.xlsx").active
    assert result == {"created": 0, "updated": 0, "failed": 0, "skipped": 1}
    assert [[cell.value for cell in row[3:]] for row in told.iter_rows()] == [
        ["Row in the file", "Wrong columns", "Reason"],
        ["2", "Unified social credit code", "A unified social credit code has 18 characters; this has 3. Please check."],
    ]
    assert (Run.objects.count(), Contact.objects.filter(name="Zhou Wei").count()) == (1, 0)


def test_the_pages_of_an_import_are_english_for_who_reads_english(cast, files, tmp_path, client):
    choose_language(cast.wang, "en")
    client.force_login(cast.wang)
    book = openpyxl.Workbook()
    book.active.append(["Customer name", "Unified social credit code", "Contact name", "Owner", "Whatever"])
    book.active.append(["Blue Field Manufacturing", "123", "Zhou Wei", "Nobody Known", "x"])
    book.active.append(["Green Field Manufacturing", "", "Li Wei", "lin", "x"])
    book.save(tmp_path / "english.xlsx")
    with (tmp_path / "english.xlsx").open("rb") as file:
        client.post(reverse("intake:upload"), {"file": file})
    run = Run.objects.get()
    pages = [client.get(reverse(f"intake:{name}", args=[run.pk])) for name in ("columns", "check")]
    with override("en"):
        staging.set_mapping(cast.wang, run, run.mapping, {})
        checking.declare_lawful(run, cast.wang)
        checking.check(run, cast.wang)
    pages.append(client.get(reverse("intake:check", args=[run.pk])))
    entering.enter(run, cast.wang)
    pages += [client.get(reverse("intake:result", args=[run.pk])), client.get(reverse("intake:list"))]

    people = (cast.lin, cast.wang, cast.zhao, cast.chen, cast.shen, cast.gao)
    names = {"迹", "中文"} | {one.name for one in people} | {one.name[-1] for one in people}  # the avatar too
    for page in pages:
        assert page.status_code == 200
        assert set(re.findall("[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]+", page.content.decode())) <= names
    assert Customer.objects.filter(name="Green Field Manufacturing", owner=cast.lin).exists()


def test_a_workbook_with_everyday_english_titles_is_understood(cast):
    titles = ["Company", "Sector", "Account Manager", "Contact Person", "Position", "Phone", "E-Mail", "City", "Notes"]
    assert mapping.guess(cast.lin, titles) == [
        "name",
        "industry_code",
        "owner",
        "contact.name",
        "contact.title",
        "contact.mobile",
        "contact.email",
        "place.city",
        "remark",
    ]
    assert [mapping.meanings(title) for title in mapping.ENGLISH if not mapping.meanings(title)] == []
    assert set(mapping.ENGLISH.values()) <= set(mapping.targets())
