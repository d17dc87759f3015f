"""A request that carries a key is done once, however often it comes."""

from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from keji.access.models import Person
from keji.api.models import Replay
from keji.kernel import crypto
from keji.kernel.clock import now
from keji.kernel.errors import Problem, Unfit

KEPT = timedelta(hours=48)
Answer = tuple[int, str]  # status, JSON


def once(person: Person, key: str, place: int, digest: str, run: Callable[[], Answer]) -> Answer:
    """What `run` gives, kept in the transaction of what it writes; or what it gave when the key came before.

    Raises Unfit if the key came with something else. What `run` raises is not kept: nothing was written then.
    """
    if not key:
        return run()
    known = Replay.objects.filter(person=person, key=key, place=place).first()
    if known is None:
        try:
            with transaction.atomic():
                made = Replay.objects.create(person=person, key=key, place=place, digest=digest)
                status, body = run()
                made.status, made.body = status, crypto.seal(settings.FIELD_KEY, sealed_for(made), body)
                made.save(update_fields=["status", "body"])
            return status, body
        except IntegrityError:
            known = Replay.objects.filter(person=person, key=key, place=place).first()
            if known is None:
                raise
    if known.digest != digest:
        raise Unfit(Problem("Idempotency-Key", "E_KEY_REUSED", _("这个 Idempotency-Key 已经用于别的请求")))
    return known.status, crypto.unseal(settings.FIELD_KEY, sealed_for(known), bytes(known.body))


def sealed_for(replay: Replay) -> str:
    return f"api.replay:{replay.person_id}:{replay.key}:{replay.place}"


def sweep() -> int:
    """Forget the answers that are older than two days."""
    return Replay.objects.filter(at__lt=now() - KEPT).delete()[0]
