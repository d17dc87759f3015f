"""Whoever gets a customer from somebody else is told, of many at once in one notice."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from keji.access.models import Entry, Person
from keji.customers.models import Customer
from keji.database import one_of
from keji.notices.models import Notice
from keji.notices.rules.kinds import DESKTOP, INBOX, MAIL, Told, declare_kind, doer
from keji.notices.rules.lines import Word, tell_of

CREATED, ASSIGNED = "customers.create", "customers.assign"


def words(person: Person, notice: Notice) -> Told:
    who = doer(notice)
    if notice.record_id is None:
        count = notice.about["count"]
        said = ngettext("%(who)s把 %(n)d 个客户交给了你", "%(who)s把 %(n)d 个客户交给了你", count)
        return Told(said % {"who": who, "n": count}, "", f"{reverse('customers:list')}?owner={person.pk}&sort=-changed_at")
    name = notice.seen["name"].text or notice.seen["customer_no"].text
    return Told(_("%(who)s把客户交给了你：%(name)s") % {"who": who, "name": name}, "", reverse("customers:page", args=[notice.record_id]))


HANDED = declare_kind(
    "customers.handed",
    gettext_lazy("客户交给了你"),
    gettext_lazy("别人把客户转给你，或替你登记、导入了客户。"),
    words,
    record="customers",
    reads=("name", "customer_no"),
    needs="customers.see",
    ways=(INBOX, DESKTOP, MAIL),
)


@tell_of(ASSIGNED, CREATED)
def of_customers(entries: Sequence[Entry]) -> Iterator[Word]:
    """The present owners of what somebody else gave away or entered, for each reason that was given."""
    last = {entry.record_id: entry for entry in entries if entry.record_id}
    rows = Customer.objects.filter(pk__in=one_of(last), deleted_at=None).exclude(owner=None).values_list("pk", "owner_id")
    owners = list(rows)  # asked before what came later: whoever made them owners is in the one or in the other
    moved = moved_on(last)
    acts: dict[tuple[int, int, str], list[int]] = defaultdict(list)
    for pk, owner in owners:
        entry = last[pk]
        if pk in moved:
            continue
        if entry.who_id != owner and (entry.who_id or entry.action != CREATED):  # what nobody entered was laid out
            acts[owner, entry.who_id or 0, entry.why].append(pk)
    for (owner, by, why), found in sorted(acts.items()):
        mark = sha256(f"{by} {why}".encode()).hexdigest()[:16]
        first = min(last[pk].pk for pk in found)
        yield Word(owner, HANDED, f"handed {first}", "customers", found[0], mark=mark, count=len(found), by=by)


def moved_on(last: Mapping[int, Entry]) -> set[int]:
    """Those of these customers that were given away again since: that is told when it is read."""
    oldest = min((entry.pk for entry in last.values()), default=0)
    since = Entry.objects.filter(record="customers", record_id__in=one_of(last), action=ASSIGNED, pk__gt=oldest)
    return {pk for pk, entry in since.values_list("record_id", "pk") if pk is not None and entry > last[pk].pk}
