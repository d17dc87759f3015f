"""R-21: a worker whose clock jumps, as libfaketime makes it, gives each reminder once, and none before its time."""

import subprocess
import sys
import time as real
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from moments import local
from reminders_proof import HERE, ROOT, ask, environment

LIBRARY = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1")
# Forward, an hour back and on again, over the year's end, a day ahead and back, to 29 February, and twice an hour as
# where summer time begins and ends.
JOURNEY = (
    "2027-12-31 22:30", "2027-12-31 23:59", "2027-12-31 22:59", "2028-01-01 00:01", "2028-01-02 00:01", "2028-01-01 00:02",
    "2028-02-28 23:59", "2028-02-29 00:01", "2028-02-29 23:59", "2028-03-01 00:01", "2028-03-26 01:59", "2028-03-26 03:01",
    "2028-03-26 02:01",
)  # fmt: skip
PREPARE = """
import django, sys; django.setup()
from datetime import datetime, timedelta, UTC
from keji.cli import migrate
from keji.demo import build
from keji.access.models import Person
from keji.clocks.models import Clock, Limit
from keji.clocks.rules.running import About, begin
migrate(); build(0)
Clock.objects.all().delete()
Limit.objects.filter(code="SLA-21").update(warns=[[-50, "%", ["OWNER"]], [0, "%", ["OWNER"]], [50, "%", ["OWNER"]]])
limit, person = Limit.objects.get(code="SLA-21"), Person.objects.get(username="lin")
first = datetime.fromisoformat(sys.argv[1])
begin([(limit, About("jumps", hour, None, person.pk), first + timedelta(hours=hour), 0) for hour in range(0, 24 * 90, 5)])
"""


@pytest.mark.proof("R-21")
@pytest.mark.skipif(not LIBRARY.exists(), reason="apt-get install faketime")
def test_a_clock_that_jumps_loses_no_reminder_and_repeats_none(tmp_path):
    around, offset = environment(tmp_path), tmp_path / "offset"
    start = local("2027-12-30 00:00")
    prepare = [sys.executable, "-c", PREPARE, start.isoformat()]
    faked = around | {
        "LD_PRELOAD": str(LIBRARY),
        "FAKETIME_TIMESTAMP_FILE": str(offset),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    jump(offset, "2027-12-30 00:00")
    subprocess.run(prepare, env=faked, cwd=ROOT, check=True)
    worker = subprocess.Popen([sys.executable, str(HERE / "reminders_processes.py"), "work"], env=faked, cwd=ROOT)
    try:
        for moment in JOURNEY:
            jump(offset, moment)
            watched(around, local(moment))
    finally:
        worker.kill()
        worker.wait()

    hours = dict(ask(around, "SELECT id, record_id FROM clocks_clock"))
    keys = ask(around, "SELECT key FROM notices_notice WHERE kind = 'clocks.due' AND key LIKE 'clock %'")
    told = Counter((hours[int(key.split()[1])], int(key.split()[3])) for (key,) in keys)
    latest = max(map(local, JOURNEY)) + timedelta(minutes=1)
    due = {
        (hour, stage)
        for hour in range(0, 24 * 90, 5)
        for stage, after in enumerate((12, 24, 36))
        if start + timedelta(hours=hour + after) <= latest
    }
    assert len(due) > 1000
    assert told == dict.fromkeys(due, 1)


def jump(offset, moment):
    """Let it be this moment now, for all processes that read the file."""
    ahead = (local(moment) - datetime.now(UTC)).total_seconds()
    offset.write_text(f"{ahead:+.0f}\n")


def watched(around, moment):
    """Wait until the clocks were watched to the end at that moment or just after."""
    until = real.monotonic() + 60
    while real.monotonic() < until:
        rows = ask(around, "SELECT at FROM clocks_tick")
        at = datetime.fromisoformat(str(rows[0][0])) if rows else None
        if at and timedelta() < (at if at.tzinfo else at.replace(tzinfo=UTC)) - moment + timedelta(seconds=2) < timedelta(seconds=50):
            return
        real.sleep(0.3)
    raise AssertionError(f"nobody watched at {moment}")
