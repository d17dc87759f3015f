"""The workbench: each role lands on its own view, and each number is that of the list it opens."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from keji.access.house import house
from keji.agenda.models import Task
from keji.agenda.queries import loads
from keji.agenda.rules.reminding import remind
from keji.agenda.rules.tasks import add, snooze
from keji.customers.models import Customer
from keji.desk.workbench import VIEWS, views
from keji.kernel.clock import now, start_of, today
from keji.notices.models import Notice
from keji.records.rules import set_up
from keji.service.rules.tickets import open_ticket

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def open_for_business(cast):
    set_up(None, set_up=True)
    assert house()["set_up"]


def day(n, hour=0):
    return start_of(today() + timedelta(days=n)) + timedelta(hours=hour)


def overdue(person, customer, title="回访客户"):
    task = add(person, {"title": title, "due_at": day(1)}, customer)
    Task.objects.filter(pk=task.pk).update(due_at=day(-2), remind_at=day(-2, 9))
    return Task.objects.get(pk=task.pk)


def tiles(page):
    """The figures of the page: label → (number, address)."""
    found = re.findall(r'<a class="(?:red)?" href="([^"]+)">\s*<span class="label">([^<]+)</span><b>([^<]+)</b>', page)
    return {label: (number, unescape(href)) for href, label, number in found}


@pytest.mark.req("R-001-01")
@pytest.mark.parametrize(
    ("who", "label"),
    [("lin", "我的销售"), ("wang", "团队"), ("chen", "服务"), ("shen", "档案管理")],
)
def test_each_role_lands_on_its_own_view(cast, browse, who, label):
    assert str(views(getattr(cast, who))[0].label) == label
    answer = browse(who).get("/")
    assert answer.status_code == 200
    assert "工作台" in answer.content.decode()


def test_who_looks_after_the_system_lands_on_its_health(browse):
    assert browse("gao").get("/")["Location"] == reverse("desk:jobs")


@pytest.mark.req("R-001-01")
@pytest.mark.parametrize("who", ["lin", "wang", "chen", "shen"])
def test_every_number_is_that_of_the_list_it_opens(cast, browse, who):
    overdue(cast.lin, cast.acme)
    add(cast.lin, {"title": "今天打电话", "due_at": day(0)}, cast.acme)
    open_ticket(cast.chen, {"kind": "COMPLAINT", "problem": "设备卡顿，影响使用"}, cast.acme)
    client, seen = browse(who), 0
    for view in views(getattr(cast, who)):
        if view.lands:
            continue
        for label, (number, href) in tiles(client.get(f"/?view={view.name}").content.decode()).items():
            page = client.get(href)
            assert page.status_code == 200, (label, href)
            if href.startswith("/due/"):
                continue
            listing = client.get(href).context["listing"] if page.context and "listing" in page.context else None
            shown = re.search(r"共 (\d+)", page.content.decode())
            assert shown, (label, href)
            assert shown[1] == number, (label, href, listing)
            seen += number != "0"
    assert seen >= 1


def test_a_view_that_is_not_ones_own_is_not_shown(cast, browse):
    page = browse("lin").get("/?view=archive").content.decode()
    assert "没有下一步的商机" in page and "没有等级" not in page


@pytest.mark.parametrize("who", ["wang", "lin"])
def test_the_page_asks_no_more_for_many(cast, browse, who):
    client, found = browse(who), []
    for number in range(6):
        overdue(cast.lin, cast.acme, f"第{number}件")
        if number in (0, 5):
            client.get("/")
            with CaptureQueriesContext(connection) as asked:
                client.get("/")
            found.append(len(asked))
            assert sum("customers_collaboration" in one["sql"] and "LIMIT 1" in one["sql"] and "COUNT" not in one["sql"] for one in asked) <= 1
    assert found[0] == found[1] <= 11


def test_who_let_something_wait_longest_stands_first(cast, browse):
    for person, days in ((cast.lin, (3, 3, 3)), (cast.wang, (9,))):
        for n in days:
            task = add(person, {"title": "回访客户", "due_at": day(1)}, cast.acme)
            Task.objects.filter(pk=task.pk).update(due_at=day(-n))
    binned = add(cast.zhao, {"title": "在回收站的客户", "due_at": day(1)}, cast.other)
    Task.objects.filter(pk=binned.pk).update(due_at=day(-20))
    Customer.objects.filter(pk=binned.customer_id).update(deleted_at=now())

    found = loads(cast.shen, today(), 9)
    assert [(one["name"], one["late"], one["today"]) for one in found] == [("王敏", 1, 0), ("林晓", 3, 0)]


def test_a_manager_nudges_once_a_day_and_a_colleague_may_not(cast, browse):
    overdue(cast.lin, cast.acme)
    there = reverse("agenda:nudge", args=[cast.lin.pk])
    page = browse("wang").get("/").content.decode()
    assert there in page and f"owner={cast.lin.pk}" in page

    assert browse("wang").post(there, {"then": "/"})["Location"] == "/"
    browse("wang").post(there, {"then": "/"})
    [notice] = Notice.objects.filter(person=cast.lin, kind="tasks.nudge")
    assert "提醒你" in browse("lin").get("/inbox/").content.decode()
    assert notice.about == {"by": cast.wang.pk}
    assert browse("zhao").post(there).status_code == 404


@pytest.mark.req("R-000-29")
@pytest.mark.req("R-003-44")
def test_a_task_is_reminded_of_once_at_its_moment_and_again_when_put_off(cast, time):
    time("2026-06-02 08:00")
    one = add(cast.lin, {"title": "发送报价单", "due_at": day(0)}, cast.acme)
    assert remind() == 0

    time("2026-06-02 09:00")
    assert (remind(), remind()) == (1, 0)
    [notice] = Notice.objects.filter(kind="tasks.due")
    assert (notice.person_id, notice.record_id) == (cast.lin.pk, one.pk)

    one.refresh_from_db()
    snooze(cast.lin, one, now() + timedelta(hours=1))
    assert remind() == 0
    time("2026-06-02 10:00")
    assert (remind(), remind()) == (1, 0)
    assert Notice.objects.filter(kind="tasks.due").count() == 2


def test_what_comes_together_is_told_in_one_notice(cast, browse, time):
    time("2026-06-02 08:00")
    for number in range(3):
        add(cast.lin, {"title": f"第{number}件事", "due_at": day(0)}, cast.acme)
    time("2026-06-02 09:30")

    assert remind() == 3
    [notice] = Notice.objects.filter(kind="tasks.due")
    assert (notice.record_id, notice.about["count"]) == (None, 3)


def test_all_views_are_reached_by_somebody():
    assert len({view.name for view in VIEWS}) == len(VIEWS)
