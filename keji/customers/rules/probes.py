"""Questions to the duplicate check: it tells that somebody is a customer here, so they are counted and come to an end."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Sum

from keji.access.models import Person, Tried
from keji.access.trail import note
from keji.customers.rules.reveal import count
from keji.kernel.clock import now, zone
from keji.kernel.errors import Problem, TooOften

HOUR, DAY = 120, 600  # somebody who enters thirty customers an hour asks three or four times for each
WHAT = "twins"


def ask(person: Person, fields: Iterable[str]) -> None:
    """Count and write down one question about these fields. Raises TooOften beyond the measure of the hour or day."""
    at = now().astimezone(zone())
    hour = at.replace(minute=0, second=0, microsecond=0)
    midnight = hour.replace(hour=0)
    times = count(person, WHAT, at)
    today = Tried.objects.filter(person=person, what=WHAT, hour__gte=midnight).aggregate(n=Sum("times"))["n"]
    if times == HOUR + 1 or today == DAY + 1:
        note(person, "customers.probe_alert", times=today)
    if today > DAY:
        raise TooOften(seconds(at, midnight + timedelta(days=1)))
    if times > HOUR:
        raise TooOften(seconds(at, hour + timedelta(hours=1)))
    note(person, "customers.probe", fields=sorted(fields))


def seconds(at: datetime, until: datetime) -> int:
    return int((until - at).total_seconds()) + 1


def told(person: Person, problems: Iterable[Problem]) -> None:
    """Count an answer that gives duplicates away as a question that was asked."""
    fields = {problem.field for problem in problems if "_DUP_" in problem.code}
    if fields:
        ask(person, fields)
