"""Work on customers in the background."""

from django.http import QueryDict

from keji.access.house import fresh
from keji.access.models import Person
from keji.access.rules.seals import seal
from keji.customers import queries
from keji.customers.rules import exports, sizes, tagging, tags
from keji.customers.sheet import CONTACTS, CUSTOMERS
from keji.kernel.errors import Invalid, Refused, Unfit
from keji.queue import every, task
from keji.records.listing import ask, narrowed
from keji.records.models import Export


@task()
def make_export(export_id: int) -> None:
    """Make an asked-for file; what its maker may is asked again now."""
    fresh()
    export = Export.objects.select_related("person").get(pk=export_id)
    try:
        asked = ask(CUSTOMERS, export.person, QueryDict(export.query))
        rows = narrowed(CUSTOMERS, export.person, queries.customers(export.person, "export"), asked, whole=True)
        exports.make(export, CUSTOMERS, CONTACTS, rows)
    except (Refused, Unfit, Invalid):
        exports.deny(export)


@task()
def rebuild_bands(person_id: int) -> None:
    """Measure all enterprises by another scheme; whether its chooser may is asked again now."""
    fresh()
    sizes.rebuild_bands(Person.objects.get(pk=person_id))


@every(daily="03:10", name="sweep exports")
@task()
def sweep_exports() -> None:
    exports.sweep()


@every(seconds=10, name="seal the trail")
@task()
def seal_trail() -> None:
    seal()


@every(daily="00:10", name="end tags")
@task()
def expire_tags() -> None:
    """Tags whose last day is over leave lists and filters; their history stays."""
    fresh()
    tagging.expire()


@task()
def follow_rules() -> None:
    """Bring the tags of all customers in line with rules that have changed."""
    fresh()
    tags.retag_all()
