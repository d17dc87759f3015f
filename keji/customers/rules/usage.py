"""Whether a dictionary value is carried by any customer or contact: then it can only be switched off."""

from collections.abc import Callable
from typing import Any

from keji.customers.kinds import word_key
from keji.customers.models import Contact, Customer, Need, NeedWord
from keji.records.rules import IN_USE

CARRIED: dict[str, tuple[Any, str]] = {
    "customer_type": (Customer, "customer_type"),
    "relation_type": (Customer, "relation_type"),
    "grade": (Customer, "grade"),
    "lead_source": (Customer, "lead_source"),
    "lifecycle_stage": (Customer, "lifecycle_stage"),
    "cooperation_status": (Customer, "cooperation_status"),
    "collection_channel": (Customer, "collection_channel"),
    "followup_method": (Customer, "channel_preference"),
    "id_type": (Customer, "id_type"),
    "review_state": (Customer, "review_state"),
    "decision_role": (Contact, "decision_role"),
    "priority": (Need, "priority"),
    "match_degree": (Need, "match_degree"),
    "intent_level": (Need, "intent_level"),
    "need_type": (Need, "need_type"),
    "budget_band": (Need, "budget_band"),
}


def carried(model: Any, name: str) -> Callable[[str], bool]:
    return lambda code: model.objects.filter(**{name: code}).exists()


def product_used(code: str) -> bool:
    return any(
        code in products
        for model in (Customer, Need)
        for products in model.objects.exclude(products=[]).values_list("products", flat=True)
    )


IN_USE.update({book: carried(model, name) for book, (model, name) in CARRIED.items()})
IN_USE["product"] = product_used
IN_USE["need_keyword"] = lambda code: NeedWord.objects.filter(word=word_key(code)).exists()
