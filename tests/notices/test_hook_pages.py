import re

import pytest
from django.test import Client

from keji.access.rules.seals import seal
from keji.customers.models import Customer
from keji.customers.rules import grading
from keji.notices.models import Hook, Outgoing
from keji.notices.rules import hooks

pytestmark = pytest.mark.django_db


def signed_in(person):
    client = Client()
    client.force_login(person)
    return client


def told(outside, **more):
    return {"name": "机器人", "address": outside.address, "events": ["customers", "deals.change"], **more}


def text(answer):
    return answer.content.decode()


def test_a_hook_is_added_and_its_secret_shown_once(cast, outside, all_out):
    client = signed_in(cast.shen)
    answer = client.post("/hooks/new/", told(outside))

    secret = re.search(r"<code>(whsec_[A-Za-z0-9+/=]{44})</code>", text(answer))[1]
    hook = Hook.objects.get()
    assert hooks.secrets_of(hook) == [secret]
    assert answer.headers["Cache-Control"] == "private, no-store"
    for path in ("/hooks/", f"/hooks/{hook.pk}/", f"/hooks/{hook.pk}/edit/", "/trail/"):
        page = client.get(path)
        assert page.status_code == 200
        assert secret not in text(page)

    client.post(f"/hooks/{hook.pk}/test/")
    all_out()
    assert outside.bodies[0]["type"] == "test"
    page = text(client.get(f"/hooks/{hook.pk}/"))
    assert "已送达" in page and "测试" in page


def test_what_cannot_be_is_said_beside_the_field_and_what_was_typed_stays(cast, settings):
    client = signed_in(cast.shen)
    answer = client.post("/hooks/new/", {"name": "", "address": "https://10.0.0.1/<x>", "events": ["customers"]})

    page = text(answer)
    assert (answer.status_code, Hook.objects.count()) == (422, 0)
    assert 'id="name-wrong"' in page and 'id="address-wrong"' in page
    assert "https://10.0.0.1/&lt;x&gt;" in page
    assert re.search(r'value="customers" checked', page)
    assert client.post("/hooks/new/", {"name": "机器人", "address": "https://10.0.0.1/", "events": []}).status_code == 422
    assert client.post("/hooks/new/", {}).status_code == 422


def test_a_hook_is_changed_and_two_editors_see_each_other(cast, outside):
    client = signed_in(cast.shen)
    client.post("/hooks/new/", told(outside))
    hook = Hook.objects.get()
    path = f"/hooks/{hook.pk}/edit/"

    assert 'name="version" value="1"' in text(client.get(path))
    assert client.post(path, told(outside, name="改名", version="1")).status_code == 302
    assert client.post(path, told(outside, name="晚了", version="1")).status_code == 409
    assert client.post(path, told(outside, name="没有", version="x")).status_code == 409
    assert Hook.objects.get().name == "改名"


def test_what_is_parked_is_shown_and_sent_again(cast, outside, all_out):
    client = signed_in(cast.shen)
    client.post("/hooks/new/", told(outside))
    hook = Hook.objects.get()
    grading.regrade(cast.wang, Customer.objects.get(pk=cast.acme.pk), "C", "缩减")
    outside.status = 503
    all_out()
    client.post(f"/hooks/{hook.pk}/switch/", {"on": "0"})
    page = text(client.get("/hooks/"))
    assert "已停用" in page

    client.post(f"/hooks/{hook.pk}/switch/", {"on": "1"})
    page = text(client.get(f"/hooks/{hook.pk}/?state=PARKED"))
    assert "已停住" in page and "对方没有接受 503" in page and f"客户 {cast.acme.pk}" in page
    outside.status = 200
    row = Outgoing.objects.get()
    assert client.post(f"/hooks/{hook.pk}/again/{row.pk}/").status_code == 302
    all_out()
    assert "已送达" in text(client.get(f"/hooks/{hook.pk}/?state=SENT"))
    assert outside.ids == [row.key, row.key]
    assert client.post(f"/hooks/{hook.pk}/again/{row.pk + 9}/").status_code == 404


def test_a_hook_that_went_off_by_itself_says_so(cast, outside):
    client = signed_in(cast.shen)
    client.post("/hooks/new/", told(outside))
    Hook.objects.update(off="FAILURES")
    hook = Hook.objects.get()

    assert "连续失败，已自动停用" in text(client.get("/hooks/"))
    assert 'role="alert"' in text(client.get(f"/hooks/{hook.pk}/"))
    assert client.post(f"/hooks/{hook.pk}/test/").status_code == 422
    assert "已停用，请先启用" in text(client.post(f"/hooks/{hook.pk}/again/"))
    assert "自动停用 1 个" in text(signed_in(cast.gao).get("/jobs/"))


def test_the_secret_is_changed_and_the_hook_removed(cast, outside):
    client = signed_in(cast.shen)
    client.post("/hooks/new/", told(outside))
    hook = Hook.objects.get()
    answer = client.post(f"/hooks/{hook.pk}/secret/", {"version": "1"})
    assert "whsec_" in text(answer) and "24 小时" in text(answer)
    assert client.post(f"/hooks/{hook.pk}/secret/", {"version": "1"}).status_code == 409

    assert client.post(f"/hooks/{hook.pk}/drop/").status_code == 302
    assert (Hook.objects.count(), Outgoing.objects.count()) == (0, 0)
    assert client.get(f"/hooks/{hook.pk}/").status_code == 404


def test_an_administrator_who_sees_no_customers_is_told_that_nothing_would_be_sent(cast, outside):
    client = signed_in(cast.gao)

    assert "什么也不会发送" in text(client.get("/hooks/"))
    assert "什么也不会发送" in text(client.get("/hooks/new/"))
    assert "什么也不会发送" not in text(signed_in(cast.shen).get("/hooks/new/"))


def test_the_log_turns_its_pages_and_takes_no_nonsense(cast, outside):
    client = signed_in(cast.shen)
    client.post("/hooks/new/", told(outside))
    hook = Hook.objects.get()
    Outgoing.objects.bulk_create(
        Outgoing(key=f"k{n}", hook=hook, state="SENT", made_at=hook.made_at, ended_at=hook.made_at) for n in range(60)
    )
    path = f"/hooks/{hook.pk}/"
    first = text(client.get(path))
    assert first.count('class="main" title="k') == 50
    more = re.search(r'href="(\?before=\d+)"', first)[1]
    assert text(client.get(path + more)).count('class="main" title="k') == 10
    for query in ("?state=x", "?before=x", "?before=-1", "?before=99999999999999999999", "?state=SENT&before=1"):
        assert client.get(path + query).status_code == 200, query


@pytest.mark.parametrize("who", ["lin", "wang", "chen"])
def test_others_do_not_come_in(cast, outside, who):
    client = signed_in(getattr(cast, who))

    assert client.get("/hooks/").status_code == 403
    assert client.post("/hooks/new/", told(outside)).status_code == 403
    assert "/hooks/" not in text(client.get("/"))
    assert "/hooks/" in text(signed_in(cast.shen).get("/"))


def test_the_page_asks_as_often_for_one_line_as_for_many(cast, outside, django_assert_max_num_queries):
    client = signed_in(cast.shen)
    client.post("/hooks/new/", told(outside))
    hook = Hook.objects.get()
    seal()
    client.get(f"/hooks/{hook.pk}/")
    Outgoing.objects.bulk_create(Outgoing(key=f"k{n}", hook=hook, made_at=hook.made_at) for n in range(40))
    with django_assert_max_num_queries(9):
        client.get(f"/hooks/{hook.pk}/")
