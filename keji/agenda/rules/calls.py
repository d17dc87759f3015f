"""Who does not want to be called, and who would rather be reached otherwise (R-001-28)."""

from django.utils.translation import gettext as _

from keji.customers.models import Customer
from keji.kernel.errors import Problem
from keji.records.terms import dictionary

CALLS = ("电话", "致电", "打给", "短信", "拨打")
BY_CALL = ("PHONE", "SMS")  # methods


def calls(text: str) -> bool:
    """True if a plan is to call somebody."""
    return any(word in text for word in CALLS)


def unwelcome(field: str, customer: Customer, text: str) -> list[Problem]:
    """The doubt about a plan to call somebody who wants no calls, or prefers another way."""
    if not calls(text):
        return []
    if customer.do_not_call:
        return [Problem(field, "W_DO_NOT_CALL", _("这个客户要求勿电话打扰，请换一种方式"), soft=True)]
    if customer.channel_preference and customer.channel_preference not in BY_CALL:
        how = dictionary("followup_method").text(customer.channel_preference)
        return [Problem(field, "W_CHANNEL", _("这个客户偏好用%(how)s联系") % {"how": how}, soft=True)]
    return []
