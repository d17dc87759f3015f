"""Every page in English: what is left of Chinese on it is data."""

import re
from html import unescape

import pytest
from django.test import Client
from world import addresses, body, of_customer, policies, records, routes, sheets

from keji.access.models import Kept, Role, Team
from keji.access.presets import ROLES
from keji.customers.models import Tag, TagGroup
from keji.deals.models import Pipeline, Stage
from keji.kernel import addresses as places
from keji.records.models import Term
from keji.records.sheet import masked

pytestmark = pytest.mark.django_db
CHINESE = re.compile("[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]+")
ALWAYS = ('<b aria-hidden="true">迹</b>', ">中文<")  # the mark, and the language's own name


@pytest.fixture
def english(world):
    """The same sessions, in browsers that ask for English."""

    def client(who: str) -> Client:
        made = Client(raise_request_exception=False, headers={"Accept-Language": "en-GB,en;q=0.9"})
        made.cookies = world.client(who).cookies
        return made

    return client


def data(world) -> set[str]:
    """The words that may stand on a page in Chinese in any language."""
    found = {region.name for region in places.REGIONS.values()}
    found |= {places.region_name(code) for code in ("320505", "310104", "440305")}
    found |= {one.name for one in world.people.values()} | set(Team.objects.values_list("name", flat=True))
    found |= set(Role.objects.filter(builtin=False).values_list("label", flat=True))
    found |= set(Tag.objects.values_list("name", flat=True)) | set(TagGroup.objects.values_list("name", flat=True))
    found |= {"核对", "推进"}  # the reasons given in histories
    found |= {str(text) for kept in Kept.objects.all() for pair in kept.values.values() if isinstance(pair, list) for text in pair}  # histories
    for sheet in sheets():
        for record in records(sheet):
            row = record.__dict__ | of_customer(record)
            found |= {told for told in record.__dict__.values() if isinstance(told, str)}
            for column in sheet.columns:
                if column.kind.filter in ("choice", "flag"):
                    continue
                value = column.kind.value(row, column.name)
                found |= {column.kind.show(value), column.kind.brief(value), masked(column, value, row)}
    return {part for text in found for word in CHINESE.findall(text) for part in (word, *word.split("、"))}


def terms() -> set[str]:
    """The Chinese names of dictionary values, pipelines and stages, which stand where they are looked after."""
    rows = Term.objects.values_list("label", "short", "aliases")
    names = {text for label, short, also in rows for text in (label, short, *also)}
    names |= set(Pipeline.objects.values_list("name", flat=True)) | set(Stage.objects.values_list("name", flat=True))
    return {word for text in names for word in CHINESE.findall(text)}


def left(page: str, spared: set[str]) -> list[str]:
    """The Chinese on a page that is none of these words."""
    page = re.sub(r'(role="img"[^>]*>).(</span>)', r"\1\2", unescape(page))  # an avatar is the first letter of a name
    for text in ALWAYS:
        page = page.replace(text, "")
    return sorted(set(CHINESE.findall(page)) - spared)


@pytest.mark.parametrize("who", [*map(str.lower, ROLES), "nobody", ""])
def test_no_page_in_english_shows_a_chinese_text_of_the_program(world, english, who):
    spared, words, found, read = data(world), terms(), {}, 0
    for route, view in routes():
        if "GET" not in view.methods:
            continue
        for address in addresses(world, route, 3 if who == "data_steward" else 1):
            answer = english(who).get(address)
            told = body(answer).decode("utf-8", "replace")
            if "html" not in answer.headers.get("Content-Type", ""):
                continue
            read += 1
            kept = route.startswith(("dictionaries", "terms", "pipelines", "stages"))  # where the Chinese names of values are looked after
            if chinese := left(told, spared | words if kept else spared):
                found[address] = chinese
            assert '<html lang="en"' in told or "<html" not in told, address

    assert found == {}
    assert read > 40


def test_the_same_pages_in_chinese_would_be_found(world):
    told = body(world.client("data_steward").get("/customers/")).decode("utf-8")

    assert '<html lang="zh-CN"' in told
    assert len(left(told, data(world))) > 20
    assert policies(world.people["nobody"], sheets()[0])(1) is None


CHANGES_THE_VISIT = ("language/", "accounts/logout/", "accounts/login/", "account/sessions", "accounts/password")
RUBBISH = (
    {},
    {"name": "*", "uscc": "1", "mobile": "1", "grade": "Z", "owner": "0", "why": "", "version": "0", "contact.name": "1"},
    {"why": "x", "owner": "987654", "grade": "B", "name": "A*", "label": "", "code": "?", "username": "?", "sort": "x"},
)


def test_no_answer_to_rubbish_is_chinese(world, english):
    """Errors beside fields, refusals and toasts: every form of every page, three times wrong."""
    spared, found, read = data(world) | terms(), {}, 0
    for route, view in routes():
        if "POST" not in view.methods or route.startswith(CHANGES_THE_VISIT):
            continue
        for address in addresses(world, route, 1):
            for told in RUBBISH:
                answer = english("data_steward").post(address, told, follow=True)
                if "html" in answer.headers.get("Content-Type", ""):
                    read += 1
                    if chinese := left(body(answer).decode("utf-8"), spared):
                        found[f"{address} {told}"] = chinese

    assert found == {}
    assert read > 60
