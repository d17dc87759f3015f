"""Grades and their history."""

from django.db import transaction
from django.utils.translation import gettext as _

from keji.access.models import Person
from keji.access.trail import change
from keji.customers.models import Customer, GradeChange
from keji.customers.rules.actions import REGRADE
from keji.customers.rules.autotags import retag
from keji.kernel.errors import Problem, Unfit
from keji.records.terms import dictionary


def regrade(person: Person, customer: Customer, grade: str, why: str) -> None:
    """Give a customer another grade; the reason is kept with the old one and the new one."""
    if grade and grade not in dictionary("grade").words:
        raise Unfit(Problem("grade", "E_CHOICE", _("没有这个等级")))
    if not why.strip():
        raise Unfit(Problem("why", "E_REQUIRED", _("调整等级须说明原因")))
    with transaction.atomic():
        with change(person, customer, REGRADE, why):
            keep_grade(person, customer, grade, why)
            customer.grade = grade
        retag([customer.pk])


def keep_grade(person: Person | None, customer: Customer, grade: str, why: str) -> None:
    if grade != customer.grade:
        GradeChange.objects.create(customer=customer, old=customer.grade, new=grade, who=person, why=why[:500])
