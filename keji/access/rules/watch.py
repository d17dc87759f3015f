"""What happens to an account is kept for its owner to see, and told where it is odd."""

import hashlib

from keji.access.models import AccountEvent, Person
from keji.access.trail import note
from keji.kernel.agents import agent, network

MOST = 50  # events of a person that are kept
SIGN_IN = "SIGN_IN"


def mark(key: str | None) -> str:
    """A digest of a session's key: the key itself opens the session."""
    return hashlib.sha256(key.encode()).hexdigest() if key else ""


def signed_in(person: Person, ip: str | None, told: str, key: str | None) -> int:
    """Keep a sign-in; it is odd from a browser or a network that the person never came from.

    Returns up to which event the person knows: since they were last here, or, at a place that is new, all.
    """
    here, net = agent(told), network(ip)
    before = AccountEvent.objects.filter(person=person, kind=SIGN_IN)
    same = before.filter(agent=here, net=net).order_by("-pk").first()
    known = before.filter(agent=here).exists() and before.filter(net=net).exists()
    event = happened(person, SIGN_IN, ip, told, key, odd=before.exists() and not known)
    return same.pk if same else event.pk


def happened(
    person: Person, kind: str, ip: str | None = None, told: str = "", key: str | None = None, odd: bool = True
) -> AccountEvent:
    """Keep an event; an odd one is told on the person's next page, wherever they are signed in."""
    event = AccountEvent.objects.create(
        person=person, kind=kind, ip=ip or "", net=network(ip), agent=agent(told), session=mark(key), odd=odd
    )
    if odd:
        person.alert = event.pk
        person.save(update_fields=["alert"])
    kept = AccountEvent.objects.filter(person=person).order_by("-pk").values_list("pk", flat=True)[MOST:]
    AccountEvent.objects.filter(pk__in=list(kept)).delete()
    return event


def second_factor(person: Person, kind: str, ip: str | None, told: str, key: str | None) -> int:
    """The second factor was switched on or off, or its codes made anew. Returns the event."""
    note(person, "access.second_factor", why=kind)
    return happened(person, kind, ip, told, key).pk
