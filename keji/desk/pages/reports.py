"""What browsers report: something on a page that the content policy stopped. It goes to the log, a few lines a minute."""

import json
import logging
import re
import time
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpResponse
from django.views.decorators.csrf import csrf_exempt

from keji.access.doors import open_door

LOG = logging.getLogger("keji.csp")
KINDS = ("application/csp-report", "application/reports+json", "application/json")
LARGEST = 16_384
MOST = 20  # lines a minute and process: a broken extension, or an attacker, reports without end
ODD = re.compile(r"[^\x20-\x7e]+")


class Sieve:
    """Lets so many through a minute, and counts the others."""

    def __init__(self, most: int):
        self.most, self.minute, self.seen, self.lock = most, 0, 0, Lock()

    def passes(self) -> bool:
        with self.lock:
            minute = int(time.monotonic() // 60)
            if minute != self.minute:
                if self.seen > self.most:
                    LOG.warning("%d more reports in that minute", self.seen - self.most)
                self.minute, self.seen = minute, 0
            self.seen += 1
            return self.seen <= self.most


sieve = Sieve(MOST)


@csrf_exempt
@open_door("browsers report what the content policy stopped, by themselves and without a form", "POST")
def csp(request: Any) -> HttpResponse:
    """Nothing is kept but a line of the log, and nothing of it is what people wrote: no query, no sample of the page."""
    size = int(request.META.get("CONTENT_LENGTH") or 0)
    if request.content_type in KINDS and size <= LARGEST and sieve.passes():
        for told in reports(request.body):
            LOG.warning("%s stopped %s on %s", *(brief(told, *names) for names in NAMES))
    return HttpResponse(status=204)


NAMES = (("effective-directive", "effectiveDirective"), ("blocked-uri", "blockedURL"), ("document-uri", "documentURL"))


def reports(body: bytes) -> list[dict[str, Any]]:
    """The reports in what was sent, in either of the two forms that browsers use."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return []
    found = [one.get("csp-report", one.get("body")) for one in (told if isinstance(told, list) else [told])[:5] if isinstance(one, dict)]
    return [one for one in found if isinstance(one, dict)]


def brief(told: dict[str, Any], *names: str) -> str:
    """One value without query and fragment, on one line."""
    value = next((told[name] for name in names if isinstance(told.get(name), str)), "")
    try:
        parts = urlsplit(value)
    except ValueError:
        return "?"
    text = f"{parts.scheme}://{parts.netloc}{parts.path}" if parts.netloc else parts.path or parts.scheme
    return ODD.sub("?", text)[:120]
