"""Which column of a file is which field: guessed from the seeds' titles, remembered, changed by hand."""

import re
from collections.abc import Iterable, Sequence
from functools import cache

from keji.access.models import Person
from keji.customers.sheet import CONTACTS, CUSTOMERS
from keji.intake.models import Run, Title
from keji.kernel.wordings import wordings

CONTACT = "contact."
OWN_NUMBER = "customer_no"
NOISE = re.compile(r"[\s*:()()【】\[\]_/、-]+|必填|选填")
PLACES = {
    "省": "place.province",
    "省份": "place.province",
    "市": "place.city",
    "城市": "place.city",
    "区县": "place.district",
    "区(县)": "place.district",
    "区": "place.district",
    "县": "place.district",
    "Province": "place.province",
    "City": "place.city",
    "District": "place.district",
}
ENGLISH = {
    "Company": "name",
    "Company name": "name",
    "Account": "name",
    "Account name": "name",
    "Size": "size_label",
    "Sector": "industry_code",
    "Source": "lead_source",
    "Account manager": "owner",
    "Sales rep": "owner",
    "Address": "contact_address",
    "Notes": "remark",
    "Comments": "remark",
    "Contact": "contact.name",
    "Contact person": "contact.name",
    "Position": "contact.title",
    "Phone": "contact.mobile",
    "Telephone": "contact.landline",
    "E-mail": "contact.email",
    "Email address": "contact.email",
}
OF_CUSTOMER = frozenset({"name", "remark"})  # of these the customer has the first say
ASIDE = re.compile(r"[(（【\[].*?[)）】\]]")


def bare(title: str) -> str:
    """A title without what people decorate titles with."""
    return NOISE.sub("", str(title or "")).casefold()


@cache
def known_titles() -> dict[str, tuple[str, ...]]:
    """What a title may mean: a field of the customer, of the contact, or of both."""
    found: dict[str, tuple[str, ...]] = {}
    for prefix, sheet in (("", CUSTOMERS), (CONTACT, CONTACTS)):
        for column in sheet.columns:
            if not column.typed and column.name != OWN_NUMBER:
                continue
            for name in (*wordings(sheet.label, column.name), *column.titles, column.name):
                told = found.get(bare(name), ())
                target = f"{prefix}{column.name}"
                found[bare(name)] = told if target in told else (*told, target)
    everyday = {bare(name): (target,) for name, target in ENGLISH.items()}
    return everyday | found | {bare(name): (target,) for name, target in PLACES.items()}


def meanings(title: str) -> tuple[str, ...]:
    """What a title may mean, with or without what stands in brackets behind it."""
    known = known_titles()
    return known.get(bare(title)) or known.get(bare(ASIDE.sub("", str(title or "")))) or ()


def targets() -> list[str]:
    """All that a column can be mapped to."""
    return list(dict.fromkeys(target for told in known_titles().values() for target in told))


def guess(person: Person, titles: Sequence[str]) -> list[str]:
    """A target for each title, the remembered one first; nothing is guessed twice.

    Where a title fits customer and contact, it means the contact if the sheet names one.
    """
    remembered = dict(Title.objects.filter(person=person).values_list("title", "target"))
    sure = [told for told in map(meanings, titles) if len(told) == 1]
    contacts = any(told[0].startswith(CONTACT) for told in sure)
    customers = any(told[0] == "name" for told in sure)
    found: list[str] = []
    for title in titles:
        key = bare(title)[:100]
        told = [remembered[key]] if key in remembered else list(meanings(title))
        if len(told) > 1 and contacts and not (customers and told[0] in OF_CUSTOMER):
            told.reverse()
        found.append(next((target for target in told if target not in found), ""))
    return found


def holds(mapping: Iterable[str]) -> str:
    """What a sheet with these columns holds."""
    told = set(mapping)
    if "name" in told:
        return "customers"
    if any(target.startswith(CONTACT) for target in told) and OWN_NUMBER in told:
        return "contacts"
    return "customers" if OWN_NUMBER in told and len(told - {""}) > 1 else ""


def remember(person: Person, run: Run) -> None:
    """Keep what the person mapped by hand, for the next file."""
    for place, told in enumerate(run.sheets):
        mapping = run.mapping.get(str(place), [])
        for title, target in zip(told["titles"], mapping, strict=False):
            key = bare(title)[:100]
            if key and target not in meanings(title)[:1]:
                Title.objects.update_or_create(person=person, title=key, defaults={"target": target})
