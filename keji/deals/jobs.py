"""Work on deals in the background."""

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from keji.access.house import fresh
from keji.deals.models import Deal
from keji.deals.queries import found
from keji.deals.rules.derived import recount, year_before
from keji.deals.rules.lifecycle import settle_won
from keji.deals.sheet import DEALS
from keji.kernel.clock import today
from keji.queue import called, every, task
from keji.records.jobs import make_file, make_list
from keji.records.rules.exports import Way


def takeable(person: Any, asked: Any) -> Any:
    return found(person, DEALS, asked, "export")


@called(_("制作商机导出文件"))
@task()
def make_export(export_id: int) -> None:
    make_file(export_id, EXPORT)


EXPORT = Way(DEALS, takeable, lambda export, rows: make_list(export, DEALS, rows), make_export)


@every(daily="02:40", name="carry customers along with their deals")
@called(_("随商机更新客户"))
@task()
def daily() -> None:
    """A month after signing a customer cooperates; what was won a year ago no longer counts as recent."""
    fresh()
    settle_won()
    recount(aged())


def aged() -> list[int]:
    """Customers of whom a sale is a year old these days; a week is looked back on, should the job have been late."""
    day = year_before(today())
    rows = Deal.objects.filter(deleted_at=None, won_date__lte=day, won_date__gt=day - timedelta(days=8))
    return list(rows.values_list("customer_id", flat=True).distinct())
