"""Imports in the background: ids in, rule out. What a person may is asked again when the work is done."""

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from keji.access.house import fresh
from keji.access.models import Person
from keji.customers.jobs import found
from keji.customers.sheet import CUSTOMERS
from keji.database.counting import count_anew
from keji.intake.models import Run, State
from keji.intake.rules import checking, entering, paper, workbook
from keji.intake.rules.news import tell_stopped
from keji.kernel.errors import Refused, Unfit
from keji.queue import Cancelled, called, every, progress, task
from keji.records.jobs import make_file
from keji.records.rules.exports import Way


@called(gettext_lazy("检查导入文件"))
@task()
def check_file(run_id: int, person_id: int) -> None:
    run, person = Run.objects.get(pk=run_id), Person.objects.get(pk=person_id)
    attempt(run, lambda: checking.check(run, person))


@called(gettext_lazy("写入导入数据"))
@task()
def enter_file(run_id: int, person_id: int) -> None:
    run, person = Run.objects.get(pk=run_id), Person.objects.get(pk=person_id)
    attempt(run, lambda: entering.enter(run, person, progress))
    if run.lines.count() >= LARGE:
        count_anew()


@called(gettext_lazy("制作完整档案文件"))
@task()
def make_workbook(export_id: int) -> None:
    make_file(export_id, WORKBOOK)


@every(daily="00:55", name="mend the clocks of paper forms")
@called(gettext_lazy("核对纸质表单的时限"))
@task()
def mend_clocks() -> int:
    fresh()
    return paper.mend()


LARGE = 1000  # rows after which the database counts anew what it holds
WORKBOOK = Way(CUSTOMERS, found, workbook.make, make_workbook, workbook.ask)


def attempt(run: Run, work) -> None:
    """Do the work, or leave word on the run why not."""
    fresh()
    try:
        with override(run.person.language or settings.LANGUAGE_CODE):
            work()
    except Unfit as error:
        stop(run, State.FAILED, error.problems[0].message)
    except Refused:
        stop(run, State.FAILED, _("没有导入权限"))
    except Cancelled:
        stop(run, State.CANCELLED, "")
        raise


def stop(run: Run, state: str, problem: str) -> None:
    run.refresh_from_db()
    run.state, run.problem = state, problem[:300]
    with transaction.atomic():
        run.save(update_fields=["state", "problem"])
        if state == State.FAILED:
            tell_stopped(run)
