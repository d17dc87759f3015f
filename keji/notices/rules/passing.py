"""From the inbox to the channels: each new notice is handed once to the ways that its person chose.

Nothing is read by the order of ids: a notice that commits late is still marked as not passed on. Marking it and writing
what goes out is one transaction, and a notice goes into a channel once, which the database keeps.
"""

from collections.abc import Iterable
from datetime import datetime, time, timedelta

from django.db import transaction
from django.db.models import Q

from keji.access.models import Person
from keji.database import lock_key, one_of
from keji.kernel.clock import day_of, now, zone
from keji.notices.models import Channel, Enclosed, Medium, Notice, Off, Outgoing, Preference, State
from keji.notices.rules.kinds import GROUP, KINDS, MAIL, ROBOT
from keji.notices.rules.receivers import new_key

BATCH = 500
DIGEST = time(8, 30)
ROOM = timedelta(minutes=1)  # what is about to leave takes nothing more along


def pass_on() -> int:
    """Hand the new notices on. Returns how many."""
    count = 0
    while ids := list(Notice.objects.filter(passed=False).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        count += one_batch(ids)
    return count


def one_batch(ids: list[int]) -> int:
    with transaction.atomic():
        lock_key("pass notices on")
        notices = list(Notice.objects.filter(pk__in=one_of(ids), passed=False).select_related("person").order_by("pk"))
        people = {one.person_id for one in notices}
        choices = Preference.objects.in_bulk(people)
        ways = channels(one.person for one in notices)
        at = now()
        for notice in notices:
            if notice.kind in KINDS:
                hand(notice, choices.get(notice.person_id), ways[notice.person_id], at)
        Notice.objects.filter(pk__in=one_of([one.pk for one in notices])).update(passed=True)
    return len(notices)


def channels(people: Iterable[Person]) -> dict[int, list[tuple[str, Channel]]]:
    """The channels of each of these people that are on, with what they are called among their ways."""
    known = {one.pk: one for one in people}
    teams = {one.team_id for one in known.values()} - {None}
    rows = Channel.objects.filter(Q(person_id__in=one_of(known)) | Q(team_id__in=teams), off=Off.ON).order_by("pk")
    found: dict[int, list[tuple[str, Channel]]] = {pk: [] for pk in known}
    for row in rows:
        for pk, person in known.items():
            if row.person_id == pk:
                found[pk].append((MAIL if row.medium == Medium.MAIL else ROBOT, row))
            elif row.team_id and row.team_id == person.team_id:
                found[pk].append((GROUP, row))
    return found


def hand(notice: Notice, choice: Preference | None, ways: list[tuple[str, Channel]], at: datetime) -> None:
    wanted = choice.ways.get(notice.kind) if choice else None
    wanted = KINDS[notice.kind].ways if wanted is None else wanted
    due = when(choice, at)
    for way, channel in ways:
        if way in wanted:
            Enclosed.objects.create(outgoing=envelope(channel, due, at), channel=channel, notice=notice)


def envelope(channel: Channel, due: datetime | None, at: datetime) -> Outgoing:
    """A line of its own; or, for what waits for a moment, the one that gathers until then."""
    if due is not None and due > at + ROOM:
        waiting = Outgoing.objects.filter(channel=channel, many=True, state=State.WAITING, tries=0, due_at=due)
        if known := waiting.first():
            return known
    return Outgoing.objects.create(key=new_key(), channel=channel, many=due is not None, due_at=due, made_at=at)


def when(choice: Preference | None, at: datetime) -> datetime | None:
    """The moment until which word waits for somebody: the digest, or the end of the quiet hours; None for at once."""
    if choice is None:
        return None
    if choice.digest:
        return next_time(at, DIGEST)
    end = choice.quiet_until
    return next_time(at, time(end // 60, end % 60)) if end is not None and is_quiet(choice, at) else None


def is_quiet(choice: Preference | None, at: datetime) -> bool:
    """Whether somebody does not want to be disturbed at that moment."""
    if choice is None or choice.quiet_from is None or choice.quiet_until is None:
        return False
    local = at.astimezone(zone())
    minute = local.hour * 60 + local.minute
    begin, end = choice.quiet_from, choice.quiet_until
    return begin <= minute < end if begin < end else minute >= begin or minute < end


def next_time(at: datetime, clock: time) -> datetime:
    """The next moment at which the clocks here show that time."""
    day = day_of(at)
    first = datetime.combine(day, clock, zone())
    return first if first > at else datetime.combine(day + timedelta(days=1), clock, zone())
