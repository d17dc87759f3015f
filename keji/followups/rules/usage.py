"""Methods and types that follow-ups carry can only be switched off."""

from keji.customers.rules.usage import carried
from keji.followups.models import Followup
from keji.records.rules import IN_USE

BY_CUSTOMERS = IN_USE["followup_method"]
BY_FOLLOWUPS = carried(Followup, "method")


def method_used(code: str) -> bool:
    return BY_CUSTOMERS(code) or BY_FOLLOWUPS(code)


IN_USE["followup_method"] = method_used
IN_USE["followup_type"] = carried(Followup, "followup_type")
