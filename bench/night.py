"""The jobs of a night on which a month and a quarter end, one after the other: seconds of ours and of the server.

Backups and the restore drill are custody's, which measures them (tools/proof.py R-04, R-05).
"""

import time
from datetime import timedelta

from bench.measuring import server, spent_there

GOAL = 300
ELSEWHERE = ("daily backup", "restore drill")


def measure(_size: int) -> None:
    from django.utils.module_loading import autodiscover_modules

    from keji.clocks.models import Limit
    from keji.kernel.clock import today
    from keji.queue.registry import REPEATED

    autodiscover_modules("jobs", "housekeeping")
    Limit.objects.filter(kind="PERIOD").update(turned_on=today() - timedelta(days=100))
    postmaster, whole = server(), 0.0
    nightly = sorted((one for one in REPEATED.values() if one.daily and one.name not in ELSEWHERE), key=lambda one: str(one.daily))
    for one in nightly:
        clock, mine, theirs = time.monotonic(), time.process_time(), spent_there(postmaster)
        one.task.func()
        spent = time.process_time() - mine + spent_there(postmaster) - theirs
        whole += spent
        print(f"{one.daily:%H:%M} {one.name:<42} {spent:8.2f} s CPU, {time.monotonic() - clock:8.2f} s", flush=True)
    print(f"n night jobs               goal {GOAL:6.1f}   ours {whole:8.2f} s{'' if whole <= GOAL else '   over'}", flush=True)
