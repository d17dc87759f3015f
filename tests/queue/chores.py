"""Jobs for tests of the queue. What they do is a row in the table `effect`."""

import time

from django.db import connection, transaction
from django.utils.translation import gettext

from keji.kernel.errors import Refused
from keji.queue import done_so_far, progress, task

CHUNKS = 4


def leave_mark(table, number, chunk=0):
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} (number, chunk) VALUES (%s, %s)", [number, chunk])


@task(atomic=True, attempts=50)
def mark(number):
    leave_mark("effect", number)
    time.sleep(0.002)


@task(attempts=50)
def mark_in_chunks(number):
    for chunk in range(done_so_far(), CHUNKS):
        with transaction.atomic():
            leave_mark("effect", number, chunk)
            progress(chunk + 1, CHUNKS)
        time.sleep(0.002)


@task(attempts=50)
def mark_unguarded(number):
    leave_mark("effect", number)
    time.sleep(0.02)


@task
def add(left, right=1):
    return {"sum": left + right}


@task(attempts=2)
def stumble(number):
    raise RuntimeError("张三 13800000000")


@task
def be_refused():
    raise Refused("李四")


@task(takes_context=True)
def which_attempt(context):
    return context.attempt


@task(queue_name="long")
def walk(steps):
    for step in range(steps):
        progress(step, steps)
        time.sleep(0.02)
    return steps


def no_task():
    return "called"


@task(queue_name="long")
def sleep_deaf(seconds):
    time.sleep(seconds)


@task
def greet():
    return str(gettext("保存"))
