"""Each page of the desk, opened once by somebody who may and once by somebody who may not."""

import re
from importlib import import_module
from importlib.util import find_spec

import pytest
from django.apps import apps
from django.urls import reverse
from django.utils.translation import override
from django_tasks.base import Task

from keji.customers.jobs import follow_rules
from keji.customers.rules.revise import revise
from keji.queue import enqueue, title
from keji.records.kinds import Terms
from keji.records.terms import dictionary

HTML = "text/html; charset=utf-8"
PAGES = [
    ("desk:people", "gao", "lin"),
    ("desk:person_add", "gao", "lin"),
    ("desk:team_add", "gao", "lin"),
    ("desk:roles", "shen", "lin"),
    ("desk:dictionaries", "shen", "lin"),
    ("desk:required", "shen", "lin"),
    ("desk:settings", "shen", "lin"),
    ("desk:trail", "shen", "lin"),
    ("desk:jobs", "gao", "lin"),
    ("custody:backups", "gao", "lin"),
]


@pytest.mark.parametrize(("name", "who", "stranger"), PAGES)
def test_a_page_opens_to_those_who_may(browse, name, who, stranger):
    answer = browse(who).get(reverse(name))
    assert (answer.status_code, answer["Content-Type"]) == (200, HTML)
    assert browse(stranger).get(reverse(name)).status_code == 403


def test_nobody_gets_anywhere_without_signing_in(cast, client):
    for name, _who, _stranger in PAGES:
        answer = client.get(reverse(name))
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/accounts/login/")


def test_the_sign_of_life_tells_nothing_else(client, db):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok")


def test_what_is_not_there_has_a_page_with_an_id(browse):
    answer = browse("lin").get("/nowhere/")
    assert answer.status_code == 404
    assert answer.content.decode().count("<code>") == 1


def test_a_form_without_the_token_changes_nothing(cast):
    from django.test import Client

    careful = Client(enforce_csrf_checks=True)
    careful.force_login(cast.gao)
    answer = careful.post(reverse("desk:team_add"), {"name": "新团队"})
    assert (answer.status_code, "页面已经过期" in answer.content.decode()) == (403, True)


def tasks():
    """The paths of all tasks of the program."""
    found = []
    for config in apps.get_app_configs():
        for module in ("jobs", "housekeeping"):
            if config.name.startswith("keji.") and find_spec(f"{config.name}.{module}"):
                inside = vars(import_module(f"{config.name}.{module}")).values()
                found += [one.module_path for one in inside if isinstance(one, Task)]
    return found


def test_every_task_is_called_something_in_both_languages():
    found = tasks()

    assert len(found) > 15
    for path in found:
        with override("zh-hans"):
            told = title(path)
        with override("en"):
            english = title(path)
        assert re.search("[\u4e00-\u9fff]", told), path
        assert english.isascii() and english != path.rpartition(".")[2], path


def test_the_page_of_jobs_calls_them_as_people_do(browse):
    enqueue(follow_rules)

    page = browse("gao").get(reverse("desk:jobs")).content.decode()

    assert all(one in page for one in ("移除到期标签", "按规则更新标签", "每日备份", "清理附件", "清理旧任务记录"))
    assert not any(one in page for one in ("follow_rules", "end tags", "queue.forget"))


@pytest.mark.parametrize("mark", ["、", "，", ",", "；", ";"])
def test_several_words_of_a_dictionary_are_told_apart_by_any_mark(db, mark):
    codes = [word.code for word in dictionary("product").options()[:2]]

    assert Terms("product").parse(mark.join(codes)).value == codes


def test_the_trail_leads_to_customers_only_those_who_may_open_them(cast, browse):
    revise(cast.lin, cast.acme, {"remark": "年底扩产"})
    link = f'href="/customers/{cast.acme.pk}/"'

    assert link in browse("shen").get("/trail/").text
    told = browse("gao").get("/trail/").text
    assert f"客户 {cast.acme.pk}" in told
    assert link not in told
