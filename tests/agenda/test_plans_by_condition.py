"""Plans by condition: a task for every customer of which it is true, once, due as the plan says."""

from datetime import date

import pytest

from keji.access.models import Entry
from keji.access.rules.people import disable
from keji.agenda.models import Plan, Task
from keji.agenda.rules import planning
from keji.agenda.rules.giving import GIVEN
from keji.customers.models import Customer, Need
from keji.customers.rules.needs import add_need
from keji.customers.rules.register import register
from keji.kernel.clock import day_of
from keji.kernel.errors import Refused, Unfit
from keji.notices.models import Notice

pytestmark = pytest.mark.django_db


@pytest.fixture
def maker(cast, time):
    time("2026-06-10 10:00")  # a Wednesday; next week ends on Thursday, before the Dragon Boat days

    def maker(name="苏州机床有限公司", industry="C34", budget="20-30万", owner=None):
        values = {"name": name, "customer_type": "ENTERPRISE", "owner": (owner or cast.lin).pk, "industry_code": industry}
        made = register(cast.wang, values, {"name": "张伟", "mobile": f"139001380{Customer.objects.count():02}"})
        if budget:
            add_need(cast.lin, {"description": "要换一批机床，想先看看方案", "budget_text": budget}, made)
        return made

    return maker


def values(**more):
    told = {"title": "发送案例方案", "kind": "ACTION", "within": "NEXT_WEEK", "note": "", "query": "industry_code=C", "lasting": True}
    return told | more


def made():
    return [(one.customer_id, one.title, one.assignee_id, day_of(one.due_at)) for one in Task.objects.filter(source__startswith="plans:").order_by("pk")]


@pytest.mark.req("R-002-32")
def test_the_example_of_the_seed(cast, maker):
    one, other = maker(), maker("苏州软件有限公司", "I65")
    band = Need.objects.get(customer=one).budget_band

    _plan, count = planning.make(cast.lin, values(query=f"industry_code=C&needs.budget_band={band}"))

    assert count == 1
    assert made() == [(one.pk, "发送案例方案", cast.lin.pk, date(2026, 6, 18))]
    assert other.pk not in {pk for pk, *_rest in made()}
    entry = Entry.objects.filter(action="tasks.create", record="tasks").latest("pk")
    assert entry.customer_id == one.pk


@pytest.mark.req("R-002-32")
def test_who_matches_later_gets_a_task_too_and_nobody_gets_two(cast, maker, time):
    maker()
    plan, _count = planning.make(cast.lin, values())
    later = maker("常熟机床有限公司")

    time("2026-06-10 10:05")
    assert [planning.carry_out_all(time("2026-06-10 09:50")), planning.carry_out_all()] == [1, 0]
    assert made()[-1][0] == later.pk


def test_a_plan_for_once_and_one_at_rest_make_no_more(cast, maker):
    planning.make(cast.lin, values(lasting=False))
    resting, _count = planning.make(cast.lin, values())
    planning.switch(cast.lin, resting, False)
    maker()

    assert (planning.carry_out_all(), made()) == (0, [])


def test_a_plan_sees_what_its_maker_sees(cast, maker):
    maker(owner=cast.zhao, budget="")
    mine = maker("常熟机床有限公司")

    _plan, count = planning.make(cast.lin, values())
    assert (count, made()[0][0]) == (1, mine.pk)


def test_a_plan_of_somebody_who_left_makes_no_more(cast, maker):
    planning.make(cast.lin, values())
    disable(cast.gao, cast.lin)
    maker(owner=cast.wang, budget="")

    assert planning.carry_out_all() == 0


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"title": ""}, "title"),
        ({"kind": "REVIEW"}, "kind"),
        ({"within": "尽快"}, "within"),
        ({"query": ""}, "query"),
        ({"query": "q=机床"}, "query"),
        ({"query": "nonsense=1"}, "query"),
    ],
)
def test_half_a_plan_is_none(cast, told, field):
    with pytest.raises(Unfit) as error:
        planning.make(cast.lin, values(**told))
    assert [one.field for one in error.value.problems] == [field]


def test_a_condition_that_is_too_wide_is_refused_before_anything_is_made(cast, maker, monkeypatch):
    maker(), maker("常熟机床有限公司")
    monkeypatch.setattr(planning, "MOST", 1)

    with pytest.raises(Unfit):
        planning.make(cast.lin, values())
    assert (Plan.objects.count(), made()) == (0, [])


@pytest.mark.parametrize(
    ("within", "until"),
    [
        ("WEEK", "2026-06-12"),
        ("NEXT_WEEK", "2026-06-18"),  # the Friday is the Dragon Boat day
        ("DAYS_3", "2026-06-15"),
        ("DAYS_5", "2026-06-17"),
        ("MONTH", "2026-06-30"),
        ("NEXT_MONTH", "2026-07-31"),
    ],
)
def test_until_when(db, within, until):
    assert planning.until(within, date(2026, 6, 10)).isoformat() == until


def test_at_the_end_of_a_week_it_is_still_that_week(db):
    assert planning.until("WEEK", date(2026, 6, 14)).isoformat() == "2026-06-14"


def test_who_makes_no_tasks_makes_no_plans(cast):
    from keji.access.rules.people import add_person

    auditor, _password = add_person(None, "audit", "审计", ["AUDITOR"], cast.east)
    with pytest.raises(Refused):
        planning.make(auditor, values())


def test_on_the_page(cast, maker, browse):
    one = maker()
    page = browse("lin")
    assert "安排任务" in page.get("/customers/?industry_code=C").content.decode()
    form = page.get("/tasks/plans/new/?industry_code=C&sort=name").content.decode()
    assert "制造业" in form
    told = {"query": "industry_code=C", "title": "发送案例方案", "kind": "ACTION", "within": "NEXT_WEEK", "lasting": "1"}

    assert page.post("/tasks/plans/new/", told | {"within": ""}).status_code == 422
    assert page.post("/tasks/plans/new/", told).status_code == 302
    assert made()[0][0] == one.pk
    shown = page.get("/tasks/plans/").content.decode()
    assert "制造业" in shown
    plan = Plan.objects.get()
    assert browse("wang").post(f"/tasks/plans/{plan.pk}/switch/", {"on": "0"}).status_code == 404
    assert browse("lin").post(f"/tasks/plans/{plan.pk}/switch/", {"on": "0"}).status_code == 302
    assert not Plan.objects.get().enabled
    assert page.get("/tasks/plans/new/?q=机床").status_code == 400


def test_of_those_who_have_no_owner_the_maker_takes_care(cast, maker):
    one = maker()
    Customer.objects.filter(pk=one.pk).update(owner=None)

    planning.make(cast.wang, values())
    assert [who for pk, _title, who, _due in made() if pk == one.pk] == [cast.wang.pk]


@pytest.mark.req("R-001-28")
def test_who_wants_no_calls_is_not_planned_to_be_called(cast, maker):
    one, quiet = maker(), maker("常熟机床有限公司")
    Customer.objects.filter(pk=quiet.pk).update(do_not_call=True)

    planning.make(cast.lin, values(title="打电话问候"))
    assert {pk for pk, *_rest in made()} == {one.pk}
    planning.make(cast.lin, values(title="寄样品"))
    assert quiet.pk in {pk for pk, *_rest in made()}


def test_whoever_gets_tasks_by_a_plan_of_somebody_else_is_told_once(cast, maker):
    maker(), maker("常熟机床有限公司")
    planning.make(cast.wang, values())

    [told] = Notice.objects.filter(kind=GIVEN, person=cast.lin)
    assert (told.about["count"], told.about["by"]) == (2, cast.wang.pk)
