"""Numbers given out, dictionaries kept, settings changed."""

import json
import re
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keji.access.house import DEFAULTS, stamp
from keji.access.models import Person, Setting
from keji.access.scope import declare, require
from keji.access.trail import note
from keji.kernel.errors import NotThere, Problem, Unfit
from keji.records.models import Counter, Term

DICTIONARIES = declare("records.dictionaries", gettext_lazy("维护字典"))
SETTINGS = declare("records.settings", gettext_lazy("修改设置"))
CODE = re.compile(r"[A-Z][A-Z0-9_]{0,29}")
IN_USE: dict[str, Any] = {}  # dictionary → a function that tells whether a code is used


def draw(name: str, count: int = 1) -> int:
    """Take the next `count` numbers under a name and return the first. Inside the transaction that uses them."""
    if not Counter.objects.filter(name=name).update(value=F("value") + count):
        Counter.objects.get_or_create(name=name, defaults={"value": 0})
        Counter.objects.filter(name=name).update(value=F("value") + count)
    return Counter.objects.get(name=name).value - count + 1


def jump(name: str, least: int) -> None:
    """Never give out a number up to this one again (an import brought it along)."""
    Counter.objects.get_or_create(name=name, defaults={"value": 0})
    Counter.objects.filter(name=name, value__lt=least).update(value=least)


def rename_term(
    person: Person, pk: int, label: str, label_en: str, short: str, sort: int, aliases: list[str], strategy: str | None = None
) -> Term:
    """Change what a value is called, everywhere at once. Its code stays. A grade has a strategy too."""
    require(person, DICTIONARIES)
    term = Term.objects.filter(pk=pk).first()
    if term is None:
        raise NotThere(pk)
    label = label.strip()
    if not label:
        raise Unfit(Problem("label", "E_REQUIRED", _("请填写名称")))
    same = Term.objects.filter(dictionary=term.dictionary, label=label).exclude(pk=pk)
    if same.exists():
        raise Unfit(Problem("label", "E_DUP_LABEL", _("这个字典里已经有“%(label)s”") % {"label": label}))
    before = term.label
    term.label, term.label_en, term.short, term.sort, term.aliases = (
        label[:60],
        label_en[:60],
        short[:20],
        sort,
        aliases,
    )
    if strategy is not None and term.dictionary == "grade":
        other = {} if strategy.strip() == term.facts.get("strategy") else {"strategy_en": ""}  # it says what was there before
        term.facts = {**term.facts, **other, "strategy": strategy.strip()[:200]}
    with transaction.atomic():
        term.save()
        stamp()
        note(person, DICTIONARIES, why=f"{term.dictionary}.{term.code}", before=before, after=label)
    return term


def add_term(person: Person, dictionary: str, code: str, label: str) -> Term:
    """Add a value to a dictionary that exists."""
    require(person, DICTIONARIES)
    code, label = code.strip().upper(), label.strip()
    if not CODE.fullmatch(code):
        raise Unfit(Problem("code", "E_CODE", _("代码用大写字母、数字和下划线，以字母开头")))
    if not label:
        raise Unfit(Problem("label", "E_REQUIRED", _("请填写名称")))
    known = Term.objects.filter(dictionary=dictionary)
    if not known.exists():
        raise NotThere(dictionary)
    if known.filter(code=code).exists() or known.filter(label=label).exists():
        raise Unfit(Problem("code", "E_DUP_LABEL", _("代码或名称已经有了")))
    with transaction.atomic():
        term = Term.objects.create(dictionary=dictionary, code=code, label=label[:60], sort=known.count())
        stamp()
        note(person, DICTIONARIES, why=f"{dictionary}.{code}", after=label)
    return term


def switch_term(person: Person, pk: int, enabled: bool) -> Term:
    """Offer a value or no longer offer it. What already carries it keeps it."""
    require(person, DICTIONARIES)
    term = Term.objects.filter(pk=pk).first()
    if term is None:
        raise NotThere(pk)
    with transaction.atomic():
        term.enabled = enabled
        term.save()
        stamp()
        note(person, DICTIONARIES, why=f"{term.dictionary}.{term.code}", enabled=enabled)
    return term


def drop_term(person: Person, pk: int) -> None:
    """Delete a value that nothing uses; one in use can only be switched off."""
    require(person, DICTIONARIES)
    term = Term.objects.filter(pk=pk).first()
    if term is None:
        raise NotThere(pk)
    used = IN_USE.get(term.dictionary)
    if used is None or term.preset or used(term.code):
        raise Unfit(Problem("code", "E_IN_USE", _("“%(label)s”正在使用或是预设项，只能停用") % {"label": term.label}))
    with transaction.atomic():
        term.delete()
        stamp()
        note(person, DICTIONARIES, why=f"{term.dictionary}.{term.code}", deleted=True)


def set_up(person: Person | None, **values: Any) -> None:
    """Change settings of the installation by name."""
    if person is not None:
        require(person, SETTINGS)
    if unknown := values.keys() - DEFAULTS.keys():
        raise ValueError(f"unknown settings {unknown}")
    with transaction.atomic():
        for name, value in values.items():
            Setting.objects.update_or_create(name=name, defaults={"value": value})
        stamp()
        note(person, SETTINGS, **values)


def lay_out_terms() -> None:
    """Put in the delivered dictionaries, where values are missing; what the steward has changed stays."""
    delivered = json.loads((Path(__file__).parents[1] / "data" / "terms.json").read_text("utf-8"))
    known = set(Term.objects.values_list("dictionary", "code"))
    fresh = [
        Term(dictionary=dictionary, sort=place, **term)
        for dictionary, terms in delivered.items()
        for place, term in enumerate(terms)
        if (dictionary, term["code"]) not in known
    ]
    if fresh:
        with transaction.atomic():
            Term.objects.bulk_create(fresh)
            stamp()
