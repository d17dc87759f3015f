"""Loss reasons and products that deals carry can only be switched off."""

from keji.customers.rules.usage import carried
from keji.deals.models import Deal, StageChange
from keji.records.rules import IN_USE

BY_DEALS = carried(Deal, "loss_reason")
BY_MOVES = carried(StageChange, "loss_reason")
BY_OTHERS = IN_USE["product"]


def reason_used(code: str) -> bool:
    return BY_DEALS(code) or BY_MOVES(code)


def product_used(code: str) -> bool:
    rows = Deal.objects.exclude(products=[]).values_list("products", flat=True)
    return BY_OTHERS(code) or any(code in products for products in rows)


IN_USE["loss_reason"] = reason_used
IN_USE["product"] = product_used
