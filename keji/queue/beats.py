"""Signs of life of workers and schedulers."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from keji.kernel.clock import now
from keji.queue.models import Heartbeat

INTERVAL = 10.0
FRESH = timedelta(seconds=30)
FORGET = timedelta(days=1)


@dataclass(frozen=True)
class Beat:
    kind: str
    who: str
    at: datetime
    fresh: bool


def beat(kind: str, who: str) -> bool:
    row = Heartbeat(kind=kind, who=who, at=now())
    Heartbeat.objects.bulk_create([row], update_conflicts=True, unique_fields=["kind", "who"], update_fields=["at"])
    return True


def leave(who: str) -> None:
    """Remove the signs of one who stops on purpose."""
    Heartbeat.objects.filter(who=who).delete()


def forget() -> None:
    """Remove those who died long ago."""
    Heartbeat.objects.filter(at__lt=now() - FORGET).delete()


def heartbeats() -> list[Beat]:
    at = now()
    rows = Heartbeat.objects.order_by("kind", "who")
    return [Beat(row.kind, row.who, row.at, abs(at - row.at) <= FRESH) for row in rows]
