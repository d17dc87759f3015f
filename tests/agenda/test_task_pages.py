"""The pages of tasks: lists, one's own, the team's, the popover of the heartbeat."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from keji.access.models import Role
from keji.access.rules.people import add_person
from keji.agenda.models import Task
from keji.agenda.rules.tasks import add, done
from keji.customers.models import Customer
from keji.deals.models import Deal
from keji.deals.rules.open import open_deal
from keji.followups.rules.log import log
from keji.kernel.clock import day_of, now, start_of, today

HTMX = {"HTTP_HX_REQUEST": "true"}
CALL = {"kind": "FOLLOWUP", "title": "回访新方案"}


def text(answer):
    return answer.content.decode()


def day(n):
    return start_of(today() + timedelta(days=n))


def pulse(cast):
    return reverse("agenda:pulse", args=[cast.acme.pk])


def customer(cast):
    return Customer.objects.get(pk=cast.acme.pk)


def told(task, **more):
    return {"task": task.pk, "version": task.version, **more}


def of_role(cast, role):
    made, _password = add_person(None, role.lower(), role, [role], cast.south)
    made.must_change = False
    made.save()
    setattr(cast, role, made)
    return role


def test_ones_own_tasks_stand_in_groups(cast, browse):
    late = add(cast.lin, {"title": "补寄合同", "due_at": day(0)}, cast.acme)
    Task.objects.filter(pk=late.pk).update(due_at=day(-3))
    for title, due in (("今日回电", day(0)), ("以后再说", day(40)), ("没有日子", None)):
        add(cast.lin, {"title": title, "due_at": due}, cast.acme)
    over = add(cast.lin, {"title": "已办的事"}, cast.acme)
    done(cast.lin, over)

    shown = text(browse("lin").get(reverse("agenda:mine")))

    places = [shown.index(word) for word in ("已逾期 1", "补寄合同", "今天 1", "今日回电", "以后 1", "以后再说", "没有日期 1", "没有日子", "已办的事")]
    assert places == sorted(places)
    assert "没有要做的事" in text(browse("zhao").get(reverse("agenda:mine")))


def test_the_team_page_counts_and_each_number_opens_its_rows(cast, browse):
    late = add(cast.lin, {"title": "补寄合同", "due_at": day(0)}, cast.acme)
    Task.objects.filter(pk=late.pk).update(due_at=day(-3))
    add(cast.lin, {"title": "今日回电", "due_at": day(0)}, cast.acme)
    add(cast.zhao, {"title": "别人的事", "due_at": day(0)}, cast.other)
    client = browse("wang")

    answer = client.get(reverse("agenda:team"), {"person": cast.lin.pk})
    people = {one["name"]: one["counts"] for one in answer.context["people"]} if answer.context else None
    shown = text(answer)
    assert "林晓" in shown and "赵强" in shown and "补寄合同" in shown and "别人的事" not in shown
    list_of_late = f"{reverse('agenda:list')}?state=OPEN&assignee={cast.lin.pk}&due_at__to={today() - timedelta(days=1)}"
    assert list_of_late.replace("&", "&amp;") in shown
    rows = text(client.get(list_of_late))
    assert "补寄合同" in rows and "今日回电" not in rows
    assert people is None or people["林晓"][0][0] == 1
    assert "别人的事" not in text(browse("lin").get(reverse("agenda:team"), {"person": cast.zhao.pk}))


def test_the_list_is_narrowed_searched_and_ordered(cast, browse):
    add(cast.lin, {"title": "发送报价单", "due_at": day(5)}, cast.acme)
    add(cast.lin, {**CALL, "due_at": day(2)}, cast.acme)
    client = browse("lin")

    assert text(client.get("/tasks/")).index("回访新方案") < text(client.get("/tasks/")).index("发送报价单")
    assert "发送报价单" not in text(client.get("/tasks/?kind=FOLLOWUP"))
    assert "回访新方案" not in text(client.get("/tasks/?q=报价"))
    assert "发送报价单" in text(client.get("/tasks/?q=报价"))
    assert "发送报价单" in text(client.get("/tasks/?customers.grade=A"))
    assert client.get("/tasks/?state=DONE").status_code == 200
    assert "没有符合条件的任务" in text(client.get("/tasks/?state=DONE"))
    assert client.get("/tasks/?owner=1").status_code == 400


def test_a_task_is_written_down_for_a_customer_or_for_none(cast, browse):
    client = browse("lin")
    assert "星海智能" in text(client.get(reverse("agenda:new"), {"_customer": cast.acme.pk, "due_at": "2026-12-01"}))
    sent = {"_customer": cast.acme.pk, "title": "发送报价单", "kind": "ACTION", "due_at": "明天 15:00", "assignee": cast.lin.pk, "once": "t"}
    for _time in range(2):
        assert client.post(reverse("agenda:new"), sent).status_code == 302
    made = Task.objects.get()
    assert (made.customer_id, made.kind, day_of(made.due_at)) == (cast.acme.pk, "ACTION", today() + timedelta(days=1))

    wrong = client.post(reverse("agenda:new"), {"title": "", "due_at": "哪天", "_customer": "C999"})
    assert wrong.status_code == 422
    assert all(code in text(wrong) for code in ("E_DATE", "E_CUSTOMER"))
    assert client.post(reverse("agenda:new"), {"title": "周报", "assignee": ""}).status_code == 302
    assert Task.objects.get(title="周报").customer is None


def test_somebody_elses_customer_is_not_planned_for(cast, browse):
    assert browse("zhao").post(reverse("agenda:new"), {"title": "抢单", "_customer": cast.acme.pk}).status_code == 422
    assert browse("gao").get(reverse("agenda:new")).status_code == 403
    assert Task.objects.count() == 0


def test_a_task_is_mended_and_the_second_of_two_is_told(cast, browse):
    made = add(cast.lin, {"title": "准备方案", "due_at": day(3)}, cast.acme)
    there = reverse("agenda:edit", args=[made.pk])
    sent = {"version": made.version, "title": "准备两套方案", "kind": "OTHER", "due_at": day(4).date().isoformat(), "assignee": cast.lin.pk, "note": ""}

    assert browse("lin").post(there, sent).status_code == 302
    again = browse("wang").post(there, {**sent, "title": "准备三套方案"})
    assert (again.status_code, "E_STALE" in text(again)) == (409, True)
    assert Task.objects.get().title == "准备两套方案"
    assert browse("zhao").get(there).status_code == 404


def test_what_is_done_on_the_page_of_a_task(cast, browse):
    made = add(cast.lin, {"title": "准备方案", "due_at": day(3)}, cast.acme)
    client = browse("lin")

    def post(name, **sent):
        assert client.post(reverse(f"agenda:{name}", args=[made.pk]), sent).status_code == 302
        made.refresh_from_db()
        return made

    assert post("snooze", until="monday").remind_at > now()
    assert post("move", due_at="后天").due_at == day(2)
    assert post("move", due_at="昨天").due_at == day(2)
    assert post("hand_over", assignee=cast.wang.pk).assignee == cast.wang
    assert post("done").state == "DONE"
    assert "重新打开" in text(client.get(reverse("agenda:page", args=[made.pk])))
    assert post("reopen").state == "OPEN"
    assert post("drop", why="客户不要了").state == "DROPPED"
    for name in ("done", "drop", "reopen", "snooze", "move", "hand_over"):
        assert browse("zhao").post(reverse(f"agenda:{name}", args=[made.pk])).status_code == 404


def test_after_a_button_one_is_back_where_one_was_and_nowhere_else(cast, browse):
    made = add(cast.lin, {"title": "准备方案"}, cast.acme)
    answer = browse("lin").post(reverse("agenda:done", args=[made.pk]), {"then": reverse("agenda:mine")})
    assert answer["Location"] == reverse("agenda:mine")
    answer = browse("lin").post(reverse("agenda:reopen", args=[made.pk]), {"then": "//evil.example/"})
    assert answer["Location"] == reverse("agenda:page", args=[made.pk])


@pytest.mark.req("R-002-33")
def test_a_followup_that_was_done_without_a_record_says_so(cast, browse):
    bare = add(cast.lin, {**CALL, "due_at": day(0)}, cast.acme)
    done(cast.lin, bare)
    assert "没有跟进记录" in text(browse("lin").get(reverse("agenda:mine")))
    add(cast.lin, {**CALL, "title": "再回访", "due_at": day(0)}, cast.acme)
    log(cast.lin, {"summary": "说过了"}, cast.acme)
    assert text(browse("lin").get(reverse("agenda:mine"))).count("没有跟进记录") == 1


def test_the_popover_plans_the_next_step_and_draws_the_mark_anew(cast, browse):
    client = browse("lin")
    shown = text(client.get(pulse(cast), **HTMX))
    assert "安排下次跟进" in shown and "<html" not in shown and "未安排" in shown
    assert "<html" in text(client.get(pulse(cast)))

    answer = client.post(pulse(cast), {"do": "plan", "then": day(3).date().isoformat(), "title": "上门演示"}, **HTMX)
    assert answer.status_code == 200 and '"planned"' in answer["HX-Trigger"]
    assert 'class="beat green"' in text(answer) and "data-beat" in text(answer)
    assert customer(cast).next_followup_at == day(3)
    assert "上门演示" in text(client.get(pulse(cast), **HTMX))


def test_in_the_popover_a_step_is_done_moved_put_off_and_the_next_one_planned(cast, browse):
    client = browse("lin")
    made = add(cast.lin, {**CALL, "due_at": day(0)}, cast.acme)

    assert client.post(pulse(cast), told(made, do="snooze", until="tomorrow"), **HTMX).status_code == 200
    made.refresh_from_db()
    assert (day_of(made.remind_at), customer(cast).next_followup_at) == (today() + timedelta(days=1), day(0))
    assert client.post(pulse(cast), told(made, do="move", then=day(2).date().isoformat()), **HTMX).status_code == 200
    made.refresh_from_db()
    assert made.due_at == day(2)
    wrong = client.post(pulse(cast), told(made, do="done", then="改天"), **HTMX)
    assert (wrong.status_code, "E_DATE" in text(wrong)) == (422, True)
    assert client.post(pulse(cast), told(made, do="done", title="下次跟进", then=day(9).date().isoformat()), **HTMX).status_code == 200
    made.refresh_from_db()
    assert (made.state, customer(cast).next_followup_at) == ("DONE", day(9))


@pytest.mark.req("R-003-37")
def test_the_next_follow_up_with_a_graded_customer_has_an_objective(cast, browse):
    client, sent = browse("lin"), {"do": "plan", "then": "明天"}
    assert cast.acme.grade == "A" and "E_REQUIRED" in text(client.post(pulse(cast), sent, **HTMX))
    assert not Task.objects.exists()
    assert client.post(pulse(cast), {**sent, "title": "确认设备采购预算"}, **HTMX).status_code == 200
    assert Task.objects.get().title == "确认设备采购预算"

    type(cast.acme).objects.update(grade="")
    Task.objects.all().delete()
    assert client.post(pulse(cast), sent, **HTMX).status_code == 200


@pytest.mark.req("R-001-28")
def test_in_the_popover_a_call_to_who_wants_none_needs_a_reason(cast, browse):
    type(cast.acme).objects.update(do_not_call=True)
    client, sent = browse("lin"), {"do": "plan", "then": "明天", "title": "电话确认预算"}

    answer = client.post(pulse(cast), sent, **HTMX)
    assert (answer.status_code, 'name="title:W_DO_NOT_CALL__accept"' in text(answer)) == (422, True)
    assert client.post(pulse(cast), sent | {"title:W_DO_NOT_CALL__accept": "客户约的"}, **HTMX).status_code == 200
    assert Task.objects.get().title == "电话确认预算"


@pytest.mark.parametrize("sent", [{"do": "plan", "then": ""}, {"do": "plan", "then": "昨天"}, {"do": "x"}, {"do": "rest", "why": ""}, {"do": "done", "task": "1", "version": "1"}])
def test_what_makes_no_sense_in_the_popover_is_said_there(cast, browse, sent):
    answer = browse("lin").post(pulse(cast), sent, **HTMX)

    assert (answer.status_code, "data-problems" in text(answer)) == (422, True)
    assert Task.objects.count() == 0


def test_of_two_popovers_the_second_is_told(cast, browse):
    made = add(cast.lin, {**CALL, "due_at": day(1)}, cast.acme)
    stale = told(made)
    client = browse("lin")
    assert client.post(pulse(cast), {**stale, "do": "move", "then": "后天"}, **HTMX).status_code == 200

    answer = client.post(pulse(cast), {**stale, "do": "done"}, **HTMX)
    assert (answer.status_code, "E_STALE" in text(answer)) == (422, True)
    assert Task.objects.get().state == "OPEN"


def test_no_next_step_is_needed_with_a_reason(cast, browse):
    answer = browse("lin").post(pulse(cast), {"do": "rest", "why": "等客户明年预算"}, **HTMX)

    assert answer.status_code == 200 and "无需安排" in text(answer)
    assert customer(cast).no_step_why == "等客户明年预算"
    assert "不用安排下次跟进：等客户明年预算" in text(browse("lin").get(reverse("customers:page", args=[cast.acme.pk])))


def test_the_mark_stands_in_the_list_and_narrows_it(cast, browse):
    client = browse("lin")
    assert 'class="beat amber"' in text(client.get("/customers/"))
    add(cast.lin, {**CALL, "due_at": day(0)}, cast.acme)

    shown = text(client.get("/customers/"))
    assert 'class="beat today"' in shown and f'hx-get="{pulse(cast)}"' in shown
    for code, there in (("TODAY", True), ("OVERDUE", False), ("PLANNED", False), ("UNPLANNED", False), ("NONE", False)):
        assert ("星海智能" in text(client.get(f"/customers/?heartbeat={code}"))) is there, code
    assert "星海智能" in text(client.get("/customers/?heartbeat=OVERDUE&heartbeat=TODAY"))
    assert client.get("/customers/?heartbeat=SOON").status_code == 400
    assert client.get("/customers/?sort=next_followup_at").status_code == 200


def test_who_does_not_read_the_next_step_finds_neither_mark_nor_popover(cast, browse):
    add(cast.lin, {**CALL, "due_at": day(0)}, cast.acme)
    client = browse(of_role(cast, "FINANCE"))

    assert "data-beat" not in text(client.get("/customers/"))
    assert client.get("/customers/?heartbeat=TODAY").status_code == 400
    assert client.get(pulse(cast)).status_code == 404
    assert browse("gao").get(pulse(cast)).status_code == 403
    assert browse("zhao").get(pulse(cast)).status_code == 404


def test_who_reads_but_may_not_plan_is_told_so(cast, browse):
    Role.objects.create(code="LOOKER", label="看", reach={"customers": {"see": "all"}, "tasks": {"see": "all"}}, actions=[], fields={})
    client = browse(of_role(cast, "LOOKER"))

    assert "不能安排" in text(client.get(pulse(cast), **HTMX))
    assert client.post(pulse(cast), {"do": "plan", "then": "明天"}, **HTMX).status_code == 403


def test_a_deal_has_a_next_step_of_its_own(cast, browse):
    deal = open_deal(cast.lin, {"name": "年度采购"}, cast.acme)
    client, there = browse("lin"), reverse("deals:pulse", args=[deal.pk])

    assert 'class="beat amber"' in text(client.get("/deals/list/"))
    assert client.post(there, {"do": "plan", "title": "下次跟进", "then": day(4).date().isoformat()}, **HTMX).status_code == 200
    deal = Deal.objects.get(pk=deal.pk)
    assert (deal.next_followup_at, customer(cast).next_followup_at) == (day(4), day(4))
    assert Task.objects.get().record_id == deal.pk
    assert 'class="beat green"' in text(client.get(reverse("deals:page", args=[deal.pk])))
    assert "年度采购" in text(client.get("/deals/list/?heartbeat=PLANNED"))
    assert browse("zhao").get(there).status_code == 404


def test_a_planned_step_keeps_a_deal_from_rotting(cast, browse):
    deal = open_deal(cast.lin, {"name": "年度采购"}, cast.acme)
    Deal.objects.filter(pk=deal.pk).update(stage_checked_at=now() - timedelta(days=60))
    there, client = reverse("deals:page", args=[deal.pk]), browse("lin")
    assert "60 天没有更新" in text(client.get(there))

    client.post(reverse("deals:pulse", args=[deal.pk]), {"do": "plan", "title": "下次跟进", "then": "明天"}, **HTMX)
    assert "60 天没有更新" not in text(client.get(there))


def test_the_tasks_leave_as_a_file_for_those_who_may(cast, browse, files):
    add(cast.lin, {"title": "准备方案", "due_at": day(3)}, cast.acme)
    assert browse("lin").get(reverse("agenda:export")).status_code == 403
    answer = browse("wang").post(reverse("agenda:export"), {"query": "", "why": "周会", "format": "csv"})
    assert answer.status_code == 302


@pytest.mark.parametrize("where", ["mine", "team", "list", "calendar"])
def test_a_page_of_tasks_asks_no_more_for_many(cast, browse, where):
    found = []
    for number in range(6):
        add(cast.lin, {"title": f"第{number}件事", "due_at": day(0)}, cast.acme)
        if number in (0, 5):
            client = browse("lin")
            client.get(reverse(f"agenda:{where}"))
            with CaptureQueriesContext(connection) as asked:
                assert client.get(reverse(f"agenda:{where}")).status_code == 200
            found.append(len(asked))
    assert found[0] == found[1] <= 11
