"""The processes of the proof: `prepare ADDRESS` lays out an installation with a hook, `write COUNT` enters customers,
`work` is a worker whose clock runs quicker, so that retries come within seconds."""

import sys
from dataclasses import replace
from secrets import token_hex

import django

django.setup()

from django.utils.module_loading import autodiscover_modules  # noqa: E402

from keji.access.models import Person  # noqa: E402


def prepare(address):
    from keji.cli import migrate
    from keji.demo import build
    from keji.notices.rules.hooks import add_hook

    migrate()
    build(0)
    add_hook(Person.objects.get(username="shen"), "试验", address, ["customers", "contacts"])


def write(count):
    from keji.customers.rules.register import register

    person = Person.objects.get(username="lin")
    for _number in range(int(count)):
        register(person, {"name": f"击杀{token_hex(10)}公司"}, {"name": "李梅"})  # unlike all others


def work():
    from keji.notices.rules import sending
    from keji.queue import registry, worker

    autodiscover_modules("jobs")
    for name in ("seal the trail", "tell others"):
        registry.REPEATED[name] = replace(registry.REPEATED[name], seconds=1)
    sending.WAITS, sending.LONGEST_REST = (3,) * 40, 1
    sending.TRIES, sending.MOST_FAILURES = 40, 10_000
    worker.work(lease=2.0)


if __name__ == "__main__":
    {"prepare": prepare, "write": write, "work": work}[sys.argv[1]](*sys.argv[2:])
