"""The process that does the jobs: one thread for each lane, and the main thread that watches over them."""

import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from queue import Empty, SimpleQueue

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import close_old_connections, connection
from django.utils.crypto import get_random_string
from django.utils.module_loading import autodiscover_modules

from keji.kernel.errors import Invalid, NotThere, Refused, Unfit
from keji.queue import beats, claims, running, schedule
from keji.queue.backend import LANES
from keji.queue.claims import LEASE, Claim
from keji.queue.errors import Cancelled, HandedBack, Lost
from keji.queue.models import State
from keji.queue.reaper import Reaper

log = logging.getLogger("keji.queue")
IDLE = 0.5
TICK = 1.0
TROUBLE = 5.0
FINISH = 10.0
# Trying again would end the same way.
FINAL = (Refused, NotThere, Invalid, Unfit, ValidationError, ObjectDoesNotExist)


@dataclass
class Worker:
    """`told`: a signal came. `stop`: take no more jobs. `hand_back`: let go of those that run."""

    name: str
    lease: float = LEASE
    held: dict[int, Claim] = field(default_factory=dict)
    told: SimpleQueue[int] = field(default_factory=SimpleQueue)
    stop: threading.Event = field(default_factory=threading.Event)
    hand_back: threading.Event = field(default_factory=threading.Event)

    @property
    def trouble(self) -> float:
        """Seconds to wait after an error of the database, so that an hour of it does not fill the log."""
        return min(TROUBLE, self.lease / 4)

    def one(self, lanes: tuple[str, ...] = LANES) -> bool:
        """Do one job of these lanes; False if none was waiting."""
        claim = claims.claim(self.name, lanes, self.lease)
        if claim is None:
            return False
        claim.stop = self.hand_back
        self.held[id(claim)] = claim
        try:
            attend(claim)
        finally:
            self.held.pop(id(claim), None)
        return True

    def lane(self, lane: str) -> None:
        """Do the jobs of one lane until the worker stops."""
        while not self.stop.is_set():
            found = attempt("job", lambda: self.one((lane,)))
            if not found:
                self.stop.wait(IDLE if found is False else self.trouble)
        connection.close()

    def listen(self) -> None:
        """Stop at SIGTERM or SIGINT.

        The handler must not set the event: it may run while the main thread holds the event's own lock, and would
        wait for itself for ever. A SimpleQueue is made for that.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda number, _: self.told.put(number))

    def rest(self, seconds: float) -> None:
        """Wait, and stop if a signal has come."""
        with suppress(Empty):
            self.told.get(timeout=seconds)
            self.stop.set()

    def renew(self) -> int:
        """Keep the jobs that run, and say how many are kept."""
        return sum(claims.renew(claim, self.lease) for claim in list(self.held.values()))


def attend(claim: Claim) -> None:
    """Run a claimed job and write down how it ended."""
    try:
        running.perform(claim)
    except Lost:
        log.warning("job %s was taken by another worker", claim.job.pk)
    except HandedBack:
        claims.hand_back(claim)
    except Cancelled:
        claims.end(claim, State.CANCELLED)
    except Exception as error:
        state = claims.fail(claim, error, isinstance(error, FINAL))
        log.warning("job %s: %s, now %s", claim.job.pk, type(error).__name__, state)


def attempt(what: str, duty: Callable[[], object]) -> object:
    """Do one duty of the loop; what goes wrong is logged by its class, and the answer is None."""
    try:
        return duty()
    except Lost:
        log.warning("%s: the job was taken by another worker", what)
    except Exception as error:
        log.error("%s: %s", what, type(error).__name__)
    finally:
        close_old_connections()
    return None


def name_of_this_process() -> str:
    return f"{socket.gethostname()[:60]}:{os.getpid()}:{get_random_string(6)}"


def work(once: bool = False, *, lease: float = LEASE, patience: float = FINISH) -> int:
    """Do jobs until SIGTERM or SIGINT; with `once`, do those that wait now in this thread and say how many.

    At the signal, running jobs have `patience` seconds to end and as many again to be handed back.
    """
    worker = Worker(name_of_this_process(), lease)
    if once:
        return drain(worker)
    autodiscover_modules("jobs", "housekeeping")  # the latter is the queue's own
    worker.listen()
    lanes = [threading.Thread(target=worker.lane, args=(lane,), name=lane, daemon=True) for lane in LANES]
    for lane in lanes:
        lane.start()
    watch(worker)
    finish(worker, lanes, patience)
    return 0


def drain(worker: Worker) -> int:
    count = 0
    while worker.one():
        count += 1
    return count


def watch(worker: Worker) -> None:
    """Renew leases, free the jobs of the dead, enqueue what is due, give signs of life: until the worker stops."""
    reaper = Reaper(worker.lease)
    duties: dict[str, tuple[float, Callable[[], object]]] = {
        "lease": (worker.lease / 4, worker.renew),
        "reaper": (min(5.0, worker.lease / 4), reaper.reap),
        "schedule": (TICK, schedule.tick),
        "worker beat": (beats.INTERVAL, partial(beats.beat, "worker", worker.name)),
        "scheduler beat": (beats.INTERVAL, partial(beats.beat, "scheduler", worker.name)),
    }
    due = dict.fromkeys(duties, 0.0)
    while not worker.stop.is_set():
        for name, (interval, duty) in duties.items():
            if time.monotonic() >= due[name]:
                found = attempt(name, duty)
                due[name] = time.monotonic() + (max(interval, worker.trouble) if found is None else interval)
        worker.rest(min(TICK, worker.lease / 8))


def finish(worker: Worker, lanes: list[threading.Thread], patience: float) -> None:
    """Let the current jobs end; then ask for them back, then take them back."""
    start = due = time.monotonic()
    while any(lane.is_alive() for lane in lanes) and time.monotonic() - start < 2 * patience:
        if time.monotonic() - start >= patience:
            worker.hand_back.set()
        if time.monotonic() >= due:
            attempt("lease", worker.renew)
            due = time.monotonic() + worker.lease / 4
        for lane in lanes:
            lane.join(0.1)
    for claim in list(worker.held.values()):
        attempt("hand back", partial(claims.hand_back, claim))
    attempt("leave", lambda: beats.leave(worker.name))
