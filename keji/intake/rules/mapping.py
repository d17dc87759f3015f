"""Which column of a file is which field: guessed from the seeds' titles, remembered, changed by hand."""

import re
from collections.abc import Iterable, Sequence
from functools import cache

from keji.access.models import Person
from keji.intake.models import Run, Title
from keji.intake.rules.book import NUMBER, NUMBER_TITLE, OWN_NUMBER, PAGES, Page, of_target, sheet_titles
from keji.kernel.wordings import wordings

CONTACT = "contact."
ABOVE = ("followups", "needs", "deals")  # the records of a customer that have a sheet of their own
LINK = frozenset({OWN_NUMBER, "name"})  # what tells whose row it is
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
    """What a title may mean in a list of customers: a field of the customer, of the contact, or of both."""
    found: dict[str, tuple[str, ...]] = {}
    for page in (PAGES["customers"], PAGES["contacts"]):
        add_titles(found, page)
    everyday = {bare(name): (target,) for name, target in ENGLISH.items()}
    return everyday | found | {bare(name): (target,) for name, target in PLACES.items()}


@cache
def titles_above(record: str) -> dict[str, tuple[str, ...]]:
    """What a title means on a sheet of follow-ups, needs or deals."""
    found: dict[str, tuple[str, ...]] = {}
    customers = PAGES["customers"]
    for name in ("name", OWN_NUMBER):
        for said in (*wordings(customers.label, name), *customers.sheet.by_name[name].titles):
            found[bare(said)] = (name,)
    if record in PAGES:
        for said, told in own_titles(record).items():
            found[said] = told
    return found


@cache
def own_titles(record: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    add_titles(found, PAGES[record])
    return found


def add_titles(found: dict[str, tuple[str, ...]], page: Page) -> None:
    read = [column for column in (*page.sheet.columns, *page.extra) if page.read(column.name)]
    said = {column.name: wordings(page.label, column.name) for column in read}
    for column in read:
        if column not in page.extra:
            said[column.name] += wordings(page.sheet.label, column.name)
    for column in read:
        add(found, f"{page.prefix}{column.name}", said[column.name])
    for column in read:  # what a column is called elsewhere counts after what columns are called here
        add(found, f"{page.prefix}{column.name}", (*column.titles, column.name))
    if page.prefix:
        add(found, f"{page.prefix}{NUMBER}", wordings(str, NUMBER_TITLE))


def add(found: dict[str, tuple[str, ...]], target: str, names: Iterable[str]) -> None:
    for name in names:
        told = found.get(bare(name), ())
        if target not in told and (not target.startswith(ABOVE_PREFIXES) or not told):
            found[bare(name)] = (*told, target)


ABOVE_PREFIXES = ("followup.", "need.", "deal.")


def meanings(title: str, record: str = "") -> tuple[str, ...]:
    """What a title may mean on a sheet of this record type, with or without what stands in brackets behind it."""
    known = titles_above(record) if record in ABOVE else known_titles()
    return known.get(bare(title)) or known.get(bare(ASIDE.sub("", str(title or "")))) or ()


def known_title(title: str) -> bool:
    """True if it is the title of a column on any of the sheets."""
    return any(meanings(title, record) for record in ("", *ABOVE))


def targets() -> list[str]:
    """All that a column can be mapped to."""
    known = [known_titles(), *(own_titles(record) for record in ABOVE if record in PAGES)]
    return list(dict.fromkeys(target for told in known for targets in told.values() for target in targets))


def subject(name: str, titles: Sequence[str]) -> str:
    """The record type that a sheet speaks of: by its name, else by its titles if they say so better than of customers."""
    links = [title for title in titles if LINK & set(meanings(title, ABOVE[0]))]
    scores = {record: len([t for t in titles if t and own_titles(record).get(bare(t))]) for record in ABOVE if record in PAGES}
    named = sheet_titles().get(str(name).strip().casefold(), "")
    if named in scores:
        return named if scores[named] else ""
    best = max(scores, key=scores.__getitem__)
    customers = len([title for title in titles if meanings(title) and title not in links])
    return best if links and not named and scores[best] >= 2 and scores[best] > customers else ""


def guess(person: Person, titles: Sequence[str], name: str = "") -> list[str]:
    """A target for each title, the remembered one first; nothing is guessed twice.

    Where a title fits customer and contact, it means the contact if the sheet names one.
    """
    record = subject(name, titles)
    remembered = dict(Title.objects.filter(person=person).values_list("title", "target"))
    sure = [told for told in (meanings(title) for title in titles) if len(told) == 1]
    contacts = any(told[0].startswith(CONTACT) for told in sure)
    customers = any(told[0] == "name" for told in sure)
    people = sheet_titles().get(name.strip().casefold()) == "contacts"
    found: list[str] = []
    for title in titles:
        key = kept_as(title, record)
        told = [remembered[key]] if key in remembered else list(meanings(title, record))
        if people and key not in remembered:
            told = sorted((t for t in told if t in LINK or t.startswith(CONTACT)), key=LINK.__contains__)
        elif len(told) > 1 and contacts and not (customers and told[0] in OF_CUSTOMER):
            told.reverse()
        found.append(next((target for target in told if target not in found), ""))
    return found


def kept_as(title: str, record: str) -> str:
    """The name under which a title is remembered: the same word says other things on other sheets."""
    return (f"{record}|{bare(title)}" if record in ABOVE else bare(title))[:100]


def holds(mapping: Iterable[str], name: str = "") -> str:
    """What a sheet of this name with these columns holds."""
    told = set(mapping) - {""}
    above = [of_target(target)[0].record for target in told if target.startswith(ABOVE_PREFIXES)]
    if above and all(target in LINK or target.startswith(ABOVE_PREFIXES) for target in told):
        return max(sorted(set(above)), key=above.count)
    if people_only(told, name):
        return "contacts"
    if "name" in told:
        return "customers"
    if any(target.startswith(CONTACT) for target in told) and OWN_NUMBER in told:
        return "contacts"
    return "customers" if OWN_NUMBER in told and len(told) > 1 else ""


def people_only(told: set[str], name: str) -> bool:
    """True if the rows are contacts of customers that stand elsewhere: the sheet or its numbers say so."""
    if not all(target in LINK or target.startswith(CONTACT) for target in told) or not told & LINK:
        return False
    return f"{CONTACT}{NUMBER}" in told or sheet_titles().get(name.strip().casefold()) == "contacts"


def remember(person: Person, run: Run) -> None:
    """Keep what the person mapped by hand, for the next file."""
    for place, told in enumerate(run.sheets):
        mapping = run.mapping.get(str(place), [])
        for title, target in zip(told["titles"], mapping, strict=False):
            key = kept_as(title, told["holds"])
            if bare(title) and target not in meanings(title, told["holds"])[:1]:
                Title.objects.update_or_create(person=person, title=key, defaults={"target": target})
