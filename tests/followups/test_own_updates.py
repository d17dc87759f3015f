import pytest

from keji.agenda.rules.tasks import add

pytestmark = pytest.mark.django_db


def test_a_task_to_look_over_that_somebody_made_by_hand_comes_from_no_follow_up(cast, browse):
    add(cast.lin, {"title": "核对资料", "kind": "UPDATE", "due_at": None, "assignee": cast.lin.pk}, cast.acme)

    page = browse("lin").get(f"/customers/{cast.acme.pk}/")

    assert page.status_code == 200
    assert f'href="/customers/{cast.acme.pk}/needs/new/"' in page.content.decode()
