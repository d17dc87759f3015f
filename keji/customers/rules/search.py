"""What a customer can be found by."""

from collections.abc import Iterable

from keji.customers.models import Collaboration, Contact, Customer, Tagging
from keji.customers.queries import INDEX, REACH
from keji.customers.tagbook import tagbook
from keji.database.search import Words

SELF = ("mobile", "email", "office_phone")


def reindex(customer_ids: Iterable[int]) -> None:
    """Write anew what these customers are found by: their own words and those of their contacts."""
    ids = list(customer_ids)
    found: dict[int, Words] = {}
    wanted = ("id", "name", "customer_no", "uscc", "customer_type", "owner_id", *SELF)
    for row in Customer.objects.filter(pk__in=ids, deleted_at=None).values(*wanted):
        found[row["id"]] = words(row)
    for row in Contact.objects.filter(customer_id__in=ids, deleted_at=None).values("customer_id", "name", *REACH):
        if known := found.get(row["customer_id"]):
            known.people.append(row["name"])
            known.phone.extend(row[name] for name in REACH if row[name])
    for customer, tag in Tagging.objects.filter(customer_id__in=ids, ended_at=None, automatic=False).values_list(
        "customer_id", "tag_id"
    ):  # a tag that follows from a field is asked for as a filter: by words it would drown the names
        if known := found.get(customer):
            known.open.append(tagbook().tags[tag].text)
    for customer, person in Collaboration.objects.filter(customer_id__in=ids).values_list("customer_id", "person_id"):
        if known := found.get(customer):
            known.near.append(person)
    INDEX.write(found.items())
    if gone := set(ids) - found.keys():
        INDEX.remove(gone)


def words(row: dict) -> Words:
    """A customer's own words. A person's name is for those who may read names."""
    person = row["customer_type"] == "PERSON"
    return Words(
        open=[row["customer_no"]] + ([] if person else [row["name"]]),
        code=[row["uscc"]] if row["uscc"] else [],
        people=[row["name"]] if person else [],
        phone=[row[name] for name in SELF if row[name]],
        near=[row["owner_id"]] if row["owner_id"] else [],
    )
