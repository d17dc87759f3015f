"""Which column of a file is which field: guessed from the seeds' titles, remembered, changed by hand."""

import re
from collections.abc import Iterable, Sequence
from functools import cache

from keji.access.models import Person
from keji.customers.sheet import CONTACTS, CUSTOMERS
from keji.intake.models import Run, Title

CONTACT = "contact."
OWN_NUMBER = "customer_no"
NOISE = re.compile(r"[\s*:()()【】\[\]_/、-]+|必填|选填")
# In a sheet of contacts these titles speak of the contact; elsewhere of the customer.
AMBIGUOUS = {"姓名": "contact.name", "客户姓名": "contact.name", "性别": "contact.sex", "备注": "contact.remark"}


def bare(title: str) -> str:
    """A title without what people decorate titles with."""
    return NOISE.sub("", str(title or "")).casefold()


@cache
def known_titles() -> dict[str, str]:
    found: dict[str, str] = {}
    for prefix, sheet in (("", CUSTOMERS), (CONTACT, CONTACTS)):
        for column in sheet.columns:
            if not column.typed and column.name != OWN_NUMBER:
                continue
            for name in (sheet.label(column.name), *column.titles, column.name):
                found.setdefault(bare(name), f"{prefix}{column.name}")
    return found


def targets() -> list[str]:
    """All that a column can be mapped to."""
    return list(dict.fromkeys(known_titles().values()))


def guess(person: Person, titles: Sequence[str]) -> list[str]:
    """A target for each title, the remembered one first; nothing is guessed twice."""
    remembered = dict(Title.objects.filter(person=person).values_list("title", "target"))
    holds_contacts = sum(known_titles().get(bare(title), "").startswith(CONTACT) for title in titles)
    holds_customers = sum(
        bool(t) and not t.startswith(CONTACT) for t in (known_titles().get(bare(title), "") for title in titles)
    )
    found: list[str] = []
    for title in titles:
        key = bare(title)[:100]
        target = remembered[key] if key in remembered else known_titles().get(key, "")
        if key not in remembered and holds_contacts > holds_customers and title in AMBIGUOUS:
            target = AMBIGUOUS[title]
        found.append("" if target in found else target)
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
            if key and known_titles().get(key, "") != target:
                Title.objects.update_or_create(person=person, title=key, defaults={"target": target})
