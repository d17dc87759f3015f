"""Work on customers in the background."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from keji.access.house import fresh
from keji.access.models import Person
from keji.access.rules.seals import seal
from keji.customers import queries
from keji.customers.rules import deadlines, exports, needs, sizes, tag_merges, tagging, tags
from keji.customers.sheet import CONTACTS, CUSTOMERS, NEEDS
from keji.queue import called, done_so_far, every, progress, task
from keji.records.jobs import make_file, make_list
from keji.records.listing import narrowed
from keji.records.rules.exports import Way

STEP = 2000


def found(person: Person, asked: Any) -> Any:
    """The customers that a list was narrowed to, as far as the person may take them away."""
    return narrowed(CUSTOMERS, person, queries.customers(person, "export"), asked, whole=True)


@called(_("制作客户导出文件"))
@task()
def make_export(export_id: int) -> None:
    make_file(export_id, EXPORT)


EXPORT = Way(CUSTOMERS, found, lambda export, rows: exports.make(export, CUSTOMERS, CONTACTS, rows), make_export)


def found_contacts(person: Person, asked: Any) -> Any:
    return narrowed(CONTACTS, person, queries.contacts(person, "export"), asked, whole=True)


@called(_("制作联系人导出文件"))
@task()
def make_contacts_export(export_id: int) -> None:
    make_file(export_id, EXPORT_CONTACTS)


EXPORT_CONTACTS = Way(CONTACTS, found_contacts, lambda export, rows: make_list(export, CONTACTS, rows), make_contacts_export)


def found_needs(person: Person, asked: Any) -> Any:
    return narrowed(NEEDS, person, queries.needs(person, "export"), asked, whole=True)


@called(_("制作需求导出文件"))
@task()
def make_needs_export(export_id: int) -> None:
    make_file(export_id, EXPORT_NEEDS)


EXPORT_NEEDS = Way(NEEDS, found_needs, lambda export, rows: make_list(export, NEEDS, rows), make_needs_export)


@called(_("重算企业规模"))
@task()
def rebuild_bands(person_id: int) -> None:
    """Measure all enterprises by another scheme; whether its chooser may is asked again now."""
    fresh()
    sizes.rebuild_bands(Person.objects.get(pk=person_id))


@every(seconds=10, name="seal the trail")
@called(_("封存操作记录"))
@task()
def seal_trail() -> None:
    seal()


@every(daily="00:10", name="end tags")
@called(_("移除到期标签"))
@task()
def expire_tags() -> None:
    """Tags whose last day is over leave lists and filters; their history stays."""
    fresh()
    tagging.expire()


@every(daily="00:40", name="mend the clocks")
@called(_("核对各客户的时限"))
@task(queue_name="long")
def mend_clocks() -> int:
    """Limits that were switched on, a backup of before: what should run begins, what should not ends."""
    fresh()
    last, count = done_so_far(), 0
    while True:
        with transaction.atomic():
            last, changed = deadlines.mend(last, STEP)
            if not last:
                return count
            count += changed
            progress(last)


@called(_("按规则更新标签"))
@task()
def follow_rules() -> None:
    """Bring the tags of all customers in line with rules that have changed."""
    fresh()
    tags.retag_all()


@every(daily="03:30", name="empty the bins")
@called(_("清空过期的回收站"))
@task()
def empty_bins() -> None:
    """What has lain in the bin for thirty days goes, and with it the way back from a merge of tags."""
    fresh()
    needs.purge()
    tag_merges.forget_merges()
