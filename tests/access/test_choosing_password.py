"""The one-time password is changed for one's own, and what is wrong with that is said in Chinese."""

import re

import pytest
from django.test import Client

from keji.access.rules.people import reset_password

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ("short-one", "密码至少要有 12 个字符，请加长。"),
        ("administrator", "这个密码太常见了。"),
        ("lin-lin-lin-lin", None),
    ],
)
def test_what_is_wrong_with_a_new_password_is_said_in_chinese(cast, chosen, said):
    once = reset_password(None, cast.lin)
    client = Client()
    client.post("/accounts/login/", {"login": "lin", "password": once})

    answer = client.post("/accounts/password/", {"password1": chosen, "password2": chosen})

    cast.lin.refresh_from_db()
    if said is None:
        assert answer.status_code == 302
        assert cast.lin.check_password(chosen)
        return
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not re.search(r"password is|must contain", answer.content.decode())
    assert cast.lin.check_password(once)
