"""What must hold for a deal (spec V-13)."""

from django.utils.translation import gettext as _

from keji.access.house import house
from keji.deals.models import CLOSED, Deal
from keji.kernel.clock import today
from keji.kernel.errors import Problem


def check(deal: Deal) -> list[Problem]:
    """Everything that is wrong with a deal as it stands, and what is doubtful."""
    found = []
    if not deal.name:
        found.append(Problem("name", "E_REQUIRED", _("请填写商机名称")))
    if deal.probability is not None and deal.probability > 100:
        found.append(Problem("probability", "E_RANGE", _("成交概率是 0 到 100")))
    known = house().people.get(deal.owner_id or 0)
    if deal.owner_id and not (known and known.active):
        found.append(Problem("owner", "E_OWNER", _("负责人须是在职人员")))
    found += check_days(deal)
    if deal.category in CLOSED:
        if not deal.actual_amount:
            found.append(Problem("actual_amount", "E_REQUIRED", _("成交须填写实际成交金额，大于 0")))
        if deal.won_date is None:
            found.append(Problem("won_date", "E_REQUIRED", _("成交须填写成交日期")))
    return found


def check_days(deal: Deal) -> list[Problem]:
    found = []
    if deal.opened_at > today():
        found.append(Problem("opened_at", "E_FUTURE", _("商机日期不能晚于今天")))
    if deal.won_date and deal.won_date < deal.opened_at:
        said = _("成交日期不能早于商机日期 %(day)s") % {"day": deal.opened_at}
        found.append(Problem("won_date", "E_LOGIC_DATES", said))
    if deal.won_date and deal.won_date > today():
        found.append(Problem("won_date", "E_FUTURE", _("成交日期不能晚于今天")))
    if deal.delivered_date and deal.won_date and deal.delivered_date < deal.won_date:
        said = _("交付日期早于成交日期，请核对")
        found.append(Problem("delivered_date", "W_EARLY", said, soft=True))
    return found
