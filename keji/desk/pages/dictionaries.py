"""The dictionaries, and which fields each profile requires."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from keji.access.doors import door
from keji.access.house import house
from keji.customers.rules import required
from keji.customers.sheet import CONTACTS, CUSTOMERS
from keji.desk.rules import profiles
from keji.kernel.errors import Problem
from keji.kernel.text import listed
from keji.records import queries, rules
from keji.records.pages import attempt, done
from keji.records.rules import DICTIONARIES
from keji.records.sheet import SHEETS
from keji.records.terms import dictionary

ALWAYS = ("name", "owner")  # every profile requires these


def titles() -> dict[str, str]:
    """What each dictionary is called: the label of the first field that uses it."""
    found: dict[str, str] = {}
    for sheet in SHEETS.values():
        for column in sheet.columns:
            if book := getattr(column.kind, "book", ""):
                found.setdefault(book, sheet.label(column.name))
    return found


@door(DICTIONARIES)
def dictionary_list(request: Any) -> HttpResponse:
    called = titles()
    books = [
        {"name": name, "title": called.get(name, name), "size": size, "offered": offered}
        for name, size, offered in queries.dictionaries()
    ]
    return render(request, "desk/dictionaries.html", {"books": books})


@door(DICTIONARIES)
def dictionary_page(request: Any, name: str) -> HttpResponse:
    return terms_page(request, name)


def terms_page(request: Any, name: str, problems: tuple[Problem, ...] = (), told: Any = None) -> HttpResponse:
    context = {
        "name": name,
        "title": titles().get(name, name),
        "terms": queries.terms(name),
        "problems": problems,
        "told": told or {},
        "droppable": name in rules.IN_USE,
    }
    return render(request, "desk/dictionary.html", context, status=422 if problems else 200)


@door(DICTIONARIES, "POST")
def term_add(request: Any, name: str) -> HttpResponse:
    told = {part: request.POST.get(part, "") for part in ("code", "label")}
    return after(request, name, lambda: rules.add_term(request.user, name, **told), _("已添加。"), told)


@door(DICTIONARIES, "GET", "POST")
def term_edit(request: Any, pk: int) -> HttpResponse:
    term = queries.term(pk)
    if request.method == "GET":
        return render(request, "desk/term.html", {"term": term, "told": term_told(term), "problems": ()})
    told = {name: request.POST.get(name, "").strip() for name in ("label", "label_en", "short", "aliases", "sort")}
    sort = int(told["sort"]) if told["sort"].isdecimal() and len(told["sort"]) < 6 else term.sort
    aliases = listed(told["aliases"])
    words, strategy = (told["label"], told["label_en"], told["short"]), request.POST.get("strategy")
    _nothing, problems = attempt(lambda: rules.rename_term(request.user, pk, *words, sort, aliases[:50], strategy))
    if problems:
        context = {"term": term, "told": told, "problems": problems}
        return render(request, "desk/term.html", context, status=422)
    return done(request, _("已保存，各处立即生效。"), reverse("desk:dictionary", args=[term.dictionary]))


def term_told(term: Any) -> dict[str, Any]:
    plain = {name: getattr(term, name) for name in ("label", "label_en", "short", "sort")}
    return {**plain, "strategy": term.facts.get("strategy", ""), "aliases": _("、").join(term.aliases)}


@door(DICTIONARIES, "POST")
def term_switch(request: Any, pk: int) -> HttpResponse:
    on = request.POST.get("enabled") == "1"
    name = queries.term(pk).dictionary
    said = _("已启用。") if on else _("已停用，已有记录不变。")
    return after(request, name, lambda: rules.switch_term(request.user, pk, on), said)


@door(DICTIONARIES, "POST")
def term_drop(request: Any, pk: int) -> HttpResponse:
    name = queries.term(pk).dictionary
    return after(request, name, lambda: rules.drop_term(request.user, pk), _("已删除。"))


def after(request: Any, name: str, rule: Callable[[], Any], said: str, told: Any = None) -> HttpResponse:
    _nothing, problems = attempt(rule)
    if problems:
        return terms_page(request, name, problems, told)
    return done(request, said, reverse("desk:dictionary", args=[name]))


@door(DICTIONARIES, "GET", "POST")
def required_fields(request: Any) -> HttpResponse:
    """What a profile requires, of everybody and of each type of customer."""
    codes = [code for code, _text in profiles()]
    profile = request.GET.get("profile", house()["profile"])
    profile = profile if profile in codes else codes[0]
    types = ["", *[term.code for term in queries.terms("customer_type")]]
    names = wanted_names()
    if request.method == "POST":
        for kind in types:
            ticked = [name for name in request.POST.getlist(f"of:{kind}") if name in names]
            always = [name for name in ALWAYS if not kind and name not in ticked]
            if [*always, *ticked] != list(required.told(profile, kind)):
                required.set_required(request.user, profile, kind, [*always, *ticked])
        return done(request, _("必填要求已保存。"), f"{reverse('desk:required')}?profile={profile}")
    context = {
        "profile": profile,
        "profiles": profiles(),
        "types": [(code, _("所有类型")) if not code else (code, label) for code, label in labelled(types)],
        "fields": [(name, required.label(name)) for name in names],
        "ticked": {kind: set(required.told(profile, kind)) for kind in types},
        "always": ALWAYS,
    }
    return render(request, "desk/required.html", context)


def labelled(types: list[str]) -> list[tuple[str, str]]:
    words = dictionary("customer_type")
    return [(code, words.text(code)) for code in types]


def wanted_names() -> list[str]:
    """What can be required: fields of a customer, groups of which one is enough, fields of its first contact."""
    own = [
        column.name for column in CUSTOMERS.columns if column.typed and column.section and column.name != "customer_no"
    ]
    theirs = [f"contact.{column.name}" for column in CONTACTS.columns if column.typed and column.section != "more"]
    return [*own, "size", "place", "contact", "contact.phone", *theirs]
