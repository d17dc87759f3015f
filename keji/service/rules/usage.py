"""Values of dictionaries that tickets carry can only be switched off."""

from keji.customers.rules.usage import carried
from keji.records.rules import IN_USE
from keji.service.models import Ticket

BY_OTHERS = {name: IN_USE[name] for name in ("product", "followup_method")}
BY_CHANNEL = carried(Ticket, "channel")


def product_used(code: str) -> bool:
    rows = Ticket.objects.exclude(products=[]).values_list("products", flat=True)
    return BY_OTHERS["product"](code) or any(code in products for products in rows)


def method_used(code: str) -> bool:
    return BY_OTHERS["followup_method"](code) or BY_CHANNEL(code)


IN_USE["ticket_kind"] = carried(Ticket, "kind")
IN_USE["product"] = product_used
IN_USE["followup_method"] = method_used
