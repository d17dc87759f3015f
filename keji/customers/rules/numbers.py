"""Which patterns of customer numbers there may be."""

import re

from django.utils.translation import gettext as _

from keji.customers.models import Customer
from keji.kernel.clock import today
from keji.kernel.errors import Problem
from keji.records.rules import jump

PATTERN = re.compile(r"([A-Z]{1,6}(?:\{yyyyMM\})?)\{seq:0[3-6]d\}")


def check_pattern(pattern: str) -> list[Problem]:
    """Nothing if numbers can be made by this pattern, else what is wrong."""
    if PATTERN.fullmatch(pattern):
        return []
    told = _("编号规则由 1–6 个大写字母、可选的 {yyyyMM} 和 {seq:03d} 到 {seq:06d} 组成，例如 C{seq:03d}。")
    return [Problem("number_pattern", "E_PATTERN", told)]


def pass_known(pattern: str) -> None:
    """Let a new pattern begin behind the numbers that look like its own already."""
    found = PATTERN.fullmatch(pattern)
    stem = found[1].replace("{yyyyMM}", today().strftime("%Y%m")) if found else ""
    known = Customer.objects.filter(customer_no__startswith=stem).values_list("customer_no", flat=True)
    ends = (number[len(stem) :] for number in known.iterator())
    if stem and (most := max((int(end) for end in ends if end.isdecimal()), default=0)):
        jump(stem, most)
