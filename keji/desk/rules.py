"""Opening the house: what every installation starts with, and what is set for it."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from keji.access.house import house
from keji.access.models import Person, Setting, Team
from keji.access.rules.people import add_person, add_team
from keji.access.rules.roles import lay_out_roles
from keji.access.scope import declare
from keji.access.trail import SYSTEM
from keji.clocks.rules.limits import lay_out_limits
from keji.custody import jobs as custody
from keji.customers import jobs
from keji.customers.rules.deadlines import end_reviews
from keji.customers.rules.numbers import check_pattern, pass_known
from keji.customers.rules.required import PROFILES, lay_out_requirements
from keji.customers.rules.tags import lay_out_tags
from keji.deals.rules.pipelines import lay_out_pipelines
from keji.kernel import sizes
from keji.kernel.errors import Problem, Unfit
from keji.queue import enqueue
from keji.records.rules import lay_out_terms, set_up

HEALTH = declare("desk.health", _("查看系统状态"))
FIRST = "admin"
INDEXED, MAKE = "indexed", 2  # the setting that names how the search indexes were written; 2: credit codes apart
LONG = (7, 3650)  # days without a follow-up after which a customer may count as dormant
EXPLAINED = {
    "P000": _("最少：只要客户名称和负责人"),
    "P001": _("企业销售：行业、规模、联系人和电话"),
    "P002": _("线索优先：行业、线索来源、联系人手机"),
    "P003": _("档案完整：合作关系、地址、联系人职务、电话和邮箱"),
    "P004": _("重合规：采集渠道、合作状态，个人客户要填职业"),
}
SCHEMES = {
    "EMP3_000": _("按员工人数分三档：50、200 人"),
    "EMP4_DEFAULT": _("按员工人数分四档：50、200、500 人"),
    "EMPREV3_004": _("按员工人数和年营收分小微、中型、大型"),
    "NBS2017": _("国家统计局 2017 年标准：按行业分大、中、小、微"),
}


class Colleague(NamedTuple):
    """A line of the set-up form."""

    name: str = ""
    username: str = ""
    role: str = ""
    team: str = ""


def prepare() -> None:
    """Put in what is missing of roles, dictionaries and required fields, and let indexes of an older make be made anew.

    May be run again at any time.
    """
    lay_out_roles()
    lay_out_terms()
    lay_out_requirements()
    lay_out_pipelines()
    lay_out_tags()
    lay_out_limits()
    keep_indexes()


def keep_indexes() -> None:
    """Have the search indexes made anew in the background if an older version wrote them otherwise."""
    with transaction.atomic():
        known = Setting.objects.filter(name=INDEXED).values_list("value", flat=True).first()
        if known != MAKE:
            Setting.objects.update_or_create(name=INDEXED, defaults={"value": MAKE})
            if Person.objects.exists():
                enqueue(custody.index_anew)


def first_person() -> tuple[Person, str] | None:
    """The administrator of a new installation with the one-time password; None once there is anybody."""
    if Person.objects.exists():
        return None
    return add_person(SYSTEM, FIRST, "管理员", ["SYS_ADMIN", "DATA_STEWARD"])


def profiles() -> list[tuple[str, str]]:
    """The sets of required fields with a line that says what each is for."""
    return [(code, str(EXPLAINED[code])) for code in PROFILES]


def schemes() -> list[tuple[str, str]]:
    """The ways of measuring how large an enterprise is."""
    return [(code, str(SCHEMES[code])) for code in sizes.SCHEMES]


def open_house(by: Person, told: Mapping[str, Any], colleagues: Sequence[Colleague]) -> list[tuple[Person, str]]:
    """Set up a fresh installation: all of it or nothing. Returns the colleagues with their one-time passwords."""
    with transaction.atomic():
        made = [welcome(by, place, colleague) for place, colleague in enumerate(colleagues)]
        keep_settings(by, {**told, "set_up": True})
    return made


def welcome(by: Person, place: int, colleague: Colleague) -> tuple[Person, str]:
    team = Team.objects.filter(name=colleague.team).first()
    if colleague.team and team is None:
        team = add_team(by, colleague.team)
    if not colleague.role:
        raise Unfit(
            Problem(f"person_{place}", "E_REQUIRED", gettext("请给“%(name)s”选一个角色。") % {"name": colleague.name})
        )
    try:
        return add_person(by, colleague.username, colleague.name, [colleague.role], team)
    except Unfit as error:
        who = colleague.name or colleague.username
        said = gettext("%(who)s:%(what)s")
        found = [Problem(f"person_{place}", p.code, said % {"who": who, "what": p.message}) for p in error.problems]
        raise Unfit(*found) from None


def keep_settings(by: Person, told: Mapping[str, Any]) -> None:
    """Change settings after checking them. Another scheme of sizes has all bands derived anew, in the background."""
    values = dict(told)
    found = []
    if "company" in values:
        values["company"] = str(values["company"]).strip()
        if len(values["company"]) > 50:
            found.append(Problem("company", "E_LENGTH", gettext("公司名称最多 50 个字。")))
    if values.get("profile", PROFILES[0]) not in PROFILES:
        found.append(Problem("profile", "E_CHOICE", gettext("没有这一套必填要求。")))
    if values.get("size_scheme", sizes.SCHEMES[0]) not in sizes.SCHEMES:
        found.append(Problem("size_scheme", "E_CHOICE", gettext("没有这种规模划分办法。")))
    if "number_pattern" in values:
        found += check_pattern(values["number_pattern"])
    days = values.get("dormant_days", LONG[0])
    if not isinstance(days, int) or not LONG[0] <= days <= LONG[1]:
        found.append(Problem("dormant_days", "E_RANGE", gettext("请填 %(least)d 到 %(most)d 之间的天数。") % {"least": LONG[0], "most": LONG[1]}))
    if found:
        raise Unfit(*found)
    before = house()["size_scheme"]
    with transaction.atomic():
        set_up(by, **values)
        if "number_pattern" in values:
            pass_known(values["number_pattern"])
        if values.get("review") is False:
            end_reviews()
        if values.get("size_scheme", before) != before:
            enqueue(jobs.rebuild_bands, by.pk, person_id=by.pk)
