"""The processes of the proof: `prepare` lays out an installation, `write NAME COUNT` starts clocks that end within
seconds, `work` is a worker that watches each second."""

import random
import sys
import time
from dataclasses import replace
from datetime import timedelta

import django

django.setup()

from django.utils.module_loading import autodiscover_modules  # noqa: E402

from keji.access.house import fresh  # noqa: E402
from keji.access.models import Person  # noqa: E402
from keji.clocks.models import Clock, Limit  # noqa: E402
from keji.kernel.clock import now  # noqa: E402


def prepare():
    from keji.cli import migrate
    from keji.demo import build

    migrate()
    build(0)
    Limit.objects.filter(code="SLA-21").update(warns=[[0, "%", ["OWNER"]]])


def write(name, count):
    """Go on from where the writer before this one was killed."""
    from keji.clocks.rules.running import start

    person = Person.objects.get(username="lin")
    for number in range(Clock.objects.filter(record=name).count(), int(count)):
        fresh()
        start("SLA-21", name, number, at=now() - timedelta(hours=24, seconds=-random.uniform(0, 3)), person_id=person.pk)
        time.sleep(0.01)


def work():
    from keji.queue import registry, worker

    autodiscover_modules("jobs")
    known = registry.REPEATED["watch the clocks"]
    registry.REPEATED.clear()
    registry.REPEATED[known.name] = replace(known, seconds=1)
    worker.work(lease=2.0)


if __name__ == "__main__":
    {"prepare": prepare, "write": write, "work": work}[sys.argv[1]](*sys.argv[2:])
