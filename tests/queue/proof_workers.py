"""The processes of the proof: `prepare JOBS` fills the queue, `nursery LEASE` forks workers when told to.

Forked workers start in milliseconds, so that hundreds can be killed in the time of one job.
"""

import ctypes
import logging
import os
import signal
import sys

import chores
import django
from django.core.management import call_command
from django.db import connection, transaction

PR_SET_PDEATHSIG = 1


def prepare(jobs):
    call_command("migrate", verbosity=0)
    kinds = [chores.mark, chores.mark_in_chunks.using(queue_name="long"), chores.mark_unguarded]
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE effect (id bigint, number integer, chunk integer)")
    with transaction.atomic():
        for number in range(jobs):
            kinds[number % 3].enqueue(number)


def nursery(lease):
    """Start a worker for each line read, and print its process id."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    parent = os.getpid()
    for _line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            live(parent, lease)
        print(pid, flush=True)


def live(parent, lease):
    from keji.queue.worker import work

    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    work(lease=lease)
    os._exit(0)


if __name__ == "__main__":
    logging.basicConfig(level=logging.ERROR)
    django.setup()
    what, value = sys.argv[1:]
    prepare(int(value)) if what == "prepare" else nursery(float(value))
