import logging
from datetime import timedelta

import chores
import pytest
from django.db import connection, transaction
from django.utils.translation import override
from django_tasks.base import TaskResultStatus
from django_tasks.exceptions import InvalidTaskError, TaskResultDoesNotExist

from keji import queue
from keji.kernel.clock import now
from keji.kernel.errors import NotThere
from keji.queue import claims, running
from keji.queue.backend import Task
from keji.queue.errors import Cancelled, HandedBack, Lost
from keji.queue.models import Job, State
from keji.queue.reaper import DIED, Reaper
from keji.queue.worker import Worker, attend, work

pytestmark = pytest.mark.django_db
LANES = ("default", "long")


@pytest.fixture(autouse=True)
def _no_other_jobs(db):
    Job.objects.all().delete()


def taken(worker="a"):
    claim = claims.claim(worker, LANES)
    assert claim is not None
    return claim


def states():
    return list(Job.objects.order_by("id").values_list("state", flat=True))


def test_a_job_does_its_work_and_keeps_the_result():
    result = chores.add.enqueue(2, right=3)

    assert work(once=True) == 1

    result.refresh()
    assert (result.status, result.return_value) == (TaskResultStatus.SUCCESSFUL, {"sum": 5})


def test_a_job_goes_with_the_callers_transaction():
    with pytest.raises(RuntimeError), transaction.atomic():
        chores.add.enqueue(1)
        raise RuntimeError

    assert states() == []


def test_the_same_key_is_the_same_job():
    first = queue.enqueue(chores.add, 1, key="import-7", person_id=4)
    second = queue.enqueue(chores.add, 1, key="import-7", person_id=4)

    assert first == second
    assert states() == ["ready"]


def test_a_key_holds_after_the_job_has_ended():
    queue.enqueue(chores.add, 1, key="import-7")
    work(once=True)

    assert queue.enqueue(chores.add, 1, key="import-7").state == State.DONE
    assert work(once=True) == 0


@pytest.mark.parametrize("value", ["张三", "lin@example.com", {"name": "张三"}, ["a b"]])
def test_people_s_data_does_not_enter_the_queue(value):
    with pytest.raises(TypeError):
        queue.enqueue(chores.add, value)

    assert states() == []


def test_ids_and_codes_enter_the_queue():
    job = queue.enqueue(chores.add, 7, "2026-11-24T02:00:00+08:00", [1, 2], {"grade": "A"}, None, True)

    told = {"args": [7, "2026-11-24T02:00:00+08:00", [1, 2], {"grade": "A"}, None, True], "kwargs": {}}
    assert job.payload == {**told, "language": "zh-hans"}


def test_a_job_speaks_the_language_of_whoever_asked_for_it():
    with override("en"):
        asked = chores.greet.enqueue()
    older = chores.greet.enqueue()
    Job.objects.filter(pk=older.id).update(payload={"args": [], "kwargs": {}})  # from before jobs knew a language

    work(once=True)

    for result in (asked, older):
        result.refresh()
    assert (asked.return_value, older.return_value) == ("Save", "保存")


def test_an_unknown_lane_is_refused():
    with pytest.raises(InvalidTaskError):
        chores.add.using(queue_name="nowhere")


def test_the_urgent_come_first_then_the_older():
    later = chores.add.enqueue(1)
    urgent = chores.add.using(priority=10).enqueue(2)
    last = chores.add.enqueue(3)

    assert [str(taken().job.pk) for _ in range(3)] == [urgent.id, later.id, last.id]


def test_a_job_for_later_waits():
    chores.add.using(run_after=now() + timedelta(hours=1)).enqueue(1)

    assert claims.claim("a", LANES) is None


def test_a_lane_takes_its_own_jobs_only():
    chores.walk.enqueue(3)

    assert claims.claim("a", ("default",)) is None
    assert claims.claim("a", ("long",)) is not None


def test_a_job_is_taken_once():
    chores.add.enqueue(1)

    assert claims.claim("a", LANES) is not None
    assert claims.claim("b", LANES) is None


def test_a_worker_that_stalls_while_taking_a_job_does_not_pass_for_the_next_one():
    chores.add.enqueue(1)
    claimed_by_b = []

    def stall(execute, sql, params, many, context):
        if sql.startswith("SELECT") and not claimed_by_b and Job.objects.filter(claimed_by="a").update(state=State.READY):
            claimed_by_b.append(None)
            claimed_by_b[0] = taken("b")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(stall):
        late = taken("a")

    assert late.fence < claimed_by_b[0].fence
    assert claims.renew(claimed_by_b[0])
    with pytest.raises(Lost):
        claims.complete(late, None)


def test_a_failure_is_tried_again_later_and_then_stays_visible():
    job = queue.enqueue(chores.stumble, 1)

    work(once=True)
    first = queue.job(job.pk)
    assert (first.state, first.attempts) == (State.READY, 1)
    assert timedelta(seconds=2) < first.run_after - now() <= timedelta(seconds=5)

    Job.objects.update(run_after=now())
    work(once=True)
    last = queue.job(job.pk)
    assert (last.state, last.attempts) == (State.FAILED, 2)


def test_a_failure_is_written_down_without_its_message(caplog):
    job = queue.enqueue(chores.stumble, 1)

    with caplog.at_level(logging.INFO):
        work(once=True)

    assert queue.job(job.pk).error.startswith("builtins.RuntimeError chores.py:")
    assert [record.getMessage() for record in caplog.records if record.name == "keji.queue"] == [
        f"job {job.pk}: RuntimeError, now ready"
    ]


def test_what_is_refused_is_not_tried_again():
    job = queue.enqueue(chores.be_refused)

    work(once=True)

    assert queue.job(job.pk).state == State.FAILED


def test_a_path_that_is_no_task_is_never_called():
    job = queue.enqueue(chores.add, 1)
    Job.objects.update(task="chores.no_task", payload={"args": [], "kwargs": {}}, most_attempts=1)

    work(once=True)

    assert (queue.job(job.pk).state, queue.job(job.pk).result) == (State.FAILED, None)


def test_the_wait_doubles_and_is_never_the_same():
    assert all(2.5 <= claims.wait(1) <= 5 for _ in range(50))
    assert all(20 <= claims.wait(4) <= 40 for _ in range(50))
    assert all(450 <= claims.wait(30) <= 900 for _ in range(50))
    assert len({claims.wait(4) for _ in range(10)}) > 1


def test_a_task_learns_which_attempt_it_is():
    result = chores.which_attempt.enqueue()

    work(once=True)

    result.refresh()
    assert result.return_value == 1


@pytest.mark.proof("R-13")
def test_a_worker_that_lost_its_job_cannot_complete_it():
    chores.add.enqueue(1)
    slow = taken("slow")
    Job.objects.update(lease_until=now() - timedelta(seconds=1))
    assert Reaper(offset=None).reap() == 1
    quick = taken("quick")

    with pytest.raises(Lost):
        claims.complete(slow, {"from": "slow"})
    claims.complete(quick, {"from": "quick"})

    assert queue.job(quick.job.pk).result == {"from": "quick"}


def test_a_worker_that_lost_its_job_cannot_keep_fail_or_hand_it_back():
    chores.add.enqueue(1)
    slow = taken("slow")
    Job.objects.update(lease_until=now() - timedelta(seconds=1))
    Reaper().reap()
    quick = taken("quick")

    assert claims.renew(slow) is False
    with pytest.raises(Lost):
        claims.fail(slow, RuntimeError())
    claims.hand_back(slow)

    job = queue.job(quick.job.pk)
    assert (job.state, job.claimed_by) == (State.RUNNING, "quick")


def test_what_an_atomic_task_wrote_goes_when_the_job_is_lost(effects):
    chores.mark.enqueue(1)
    slow = taken("slow")
    Job.objects.update(fence=99)

    with pytest.raises(Lost):
        running.perform(slow)

    assert effects() == []


def test_a_job_in_chunks_goes_on_where_it_stopped(effects):
    job = queue.enqueue(chores.mark_in_chunks, 1)
    Job.objects.filter(pk=job.pk).update(done=3)

    work(once=True)

    assert effects() == [(1, 3)]


def test_progress_is_seen_and_can_be_asked_for():
    job = queue.enqueue(chores.walk, 2)
    claim = taken()

    claims.report(claim, 30, 120, "正在读取")

    seen = queue.job(job.pk)
    assert (seen.done, seen.total, seen.note, seen.percent) == (30, 120, "正在读取", 25)


def test_progress_outside_a_job_does_nothing():
    assert queue.progress(1, 2) is None
    assert (queue.done_so_far(), queue.token()) == (0, "")


def test_a_waiting_job_is_cancelled_at_once():
    job = queue.enqueue(chores.add, 1)

    assert queue.cancel(job.pk) is True
    assert queue.cancel(job.pk) is False
    assert (queue.job(job.pk).state, work(once=True)) == (State.CANCELLED, 0)


def test_a_running_job_stops_at_its_next_progress():
    job = queue.enqueue(chores.walk, 5)
    claim = taken()
    queue.cancel(job.pk)

    with pytest.raises(Cancelled):
        claims.report(claim, 1, 5, "")
    attend(claim)

    assert queue.job(job.pk).state == State.CANCELLED


def test_a_job_is_handed_back_without_counting_the_attempt():
    job = queue.enqueue(chores.walk, 5)
    claim = taken()
    claim.stop.set()

    with pytest.raises(HandedBack):
        running.perform(claim)
    claims.hand_back(claim)

    seen = queue.job(job.pk)
    assert (seen.state, seen.attempts) == (State.READY, 0)


def test_a_dead_worker_s_job_is_taken_again():
    chores.add.enqueue(1)
    taken("dead")
    Job.objects.update(lease_until=now() - timedelta(seconds=1))

    assert Reaper().reap() == 1
    assert taken("alive").job.attempts == 2


def test_a_living_worker_s_job_is_left_alone():
    chores.add.enqueue(1)
    taken("alive")

    assert Reaper().reap() == 0
    assert states() == ["running"]


def test_a_job_that_kills_every_worker_ends_as_failed():
    job = queue.enqueue(chores.add, 1)
    Job.objects.update(most_attempts=1)
    taken("dead")
    Job.objects.update(lease_until=now() - timedelta(seconds=1))

    Reaper().reap()

    assert (queue.job(job.pk).state, queue.job(job.pk).error) == (State.FAILED, DIED)


@pytest.mark.proof("R-21")
def test_a_dead_worker_is_noticed_although_the_clock_was_set_back():
    chores.add.enqueue(1)
    taken("dead")
    Job.objects.update(lease_until=now() + timedelta(hours=1))
    reaper = Reaper(lease=60)
    assert reaper.reap() == 0

    reaper.seen = {pk: (fence, until, at - 61) for pk, (fence, until, at) in reaper.seen.items()}

    assert reaper.reap() == 1


@pytest.mark.proof("R-21")
def test_a_living_worker_is_left_alone_although_the_clock_was_set_forward():
    chores.add.enqueue(1)
    taken("alive")
    reaper = Reaper(lease=60)
    reaper.reap()
    reaper.offset -= 3600
    Job.objects.update(lease_until=now() - timedelta(minutes=59))

    assert reaper.reap() == 0


@pytest.mark.proof("R-21")
def test_a_second_attempt_does_not_wait_an_hour_after_the_clock_was_set_back():
    chores.add.enqueue(1)
    Job.objects.update(attempts=1, run_after=now() + timedelta(hours=1, seconds=5))

    assert claims.claim("a", LANES) is not None


def test_jobs_are_listed_by_who_asked_for_them():
    mine, other = queue.enqueue(chores.add, 1, person_id=1), queue.enqueue(chores.add, 2, person_id=2)
    again = queue.enqueue(chores.add, 3, person_id=1)

    assert list(queue.jobs(1)) == [again, mine]
    assert list(queue.jobs()) == [again, other, mine]


def test_a_job_that_is_not_there_says_so():
    with pytest.raises(NotThere):
        queue.job(0)
    with pytest.raises(TaskResultDoesNotExist):
        chores.add.get_result("0")


def test_the_worker_lets_go_of_what_it_has_done():
    worker = Worker("w")
    chores.add.enqueue(1)

    assert (worker.one(), worker.one(), worker.held) == (True, False, {})


def test_a_task_carries_our_options():
    assert isinstance(chores.mark, Task)
    assert (chores.mark.attempts, chores.mark.atomic, chores.add.atomic) == (50, True, False)


@pytest.mark.attack("B-77")
def test_of_the_jobs_of_one_person_one_runs_and_the_rest_wait():
    for _number in range(50):
        queue.enqueue(chores.add, 1, person_id=4)
    queue.enqueue(chores.add, 1, person_id=5)
    queue.enqueue(chores.add, 1)

    first, others = taken(), [taken("b"), taken("c")]

    assert first.job.person_id == 4
    assert [claim.job.person_id for claim in others] == [5, None]
    assert claims.claim("d", LANES) is None
    claims.complete(first, {})
    assert taken("d").job.person_id == 4
    assert claims.claim("e", LANES) is None
