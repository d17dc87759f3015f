"""How the installation does: database, background work, what failed."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from keji import queue
from keji.access.doors import door
from keji.clocks import queries as clocks
from keji.custody.rules import drill, shelf
from keji.database.doctor import facts, pending
from keji.desk.queries import failed_jobs, open_jobs
from keji.desk.rules import HEALTH
from keji.notices import queries as hooks


@door(HEALTH)
def jobs_page(request: Any) -> HttpResponse:
    beats = queue.heartbeats()
    context = {
        "facts": [*facts(pending()), shelf.fact(), drill.fact(), hooks.fact(), hooks.word_fact(), clocks.fact()],
        "beats": beats,
        "plans": queue.plans(),
        "title": queue.title,
        "failed": failed_jobs(),
        "waiting": open_jobs(),
        "asleep": not any(beat.fresh for beat in beats),
    }
    return render(request, "desk/jobs.html", context)
