"""Reads of the dictionaries for those who keep them."""

from django.db.models import Count, Q

from keji.kernel.errors import NotThere
from keji.records.models import Term


def dictionaries() -> list[tuple[str, int, int]]:
    """The name of each dictionary, how many values it has, and how many of them are offered."""
    offered = Count("pk", filter=Q(enabled=True))
    rows = Term.objects.values("dictionary").annotate(size=Count("pk"), offered=offered).order_by("dictionary")
    return [(row["dictionary"], row["size"], row["offered"]) for row in rows]


def terms(dictionary: str) -> list[Term]:
    found = list(Term.objects.filter(dictionary=dictionary).order_by("sort", "pk"))
    if not found:
        raise NotThere(dictionary)
    return found


def term(pk: int) -> Term:
    found = Term.objects.filter(pk=pk).first()
    if found is None:
        raise NotThere(pk)
    return found
