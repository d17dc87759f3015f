"""In which language keji speaks: the person's own, else this browser's choice, else the browser's, else Chinese."""

import pytest
from django.urls import reverse
from django.utils.translation import override

from keji.access.models import Person
from keji.access.presets import ROLES
from keji.access.rules.people import choose_language
from keji.access.scope import ACTIONS
from keji.kernel import industries, sizes
from keji.kernel.errors import Invalid
from keji.records import kinds
from keji.records.models import Term
from keji.records.terms import dictionary

SIGN_IN = {"zh-CN": "<h1>登录</h1>", "en": "<h1>Sign in</h1>"}


def language(answer) -> str:
    page = answer.content.decode()
    found = [code for code, title in SIGN_IN.items() if f'<html lang="{code}"' in page and title in page]
    return found[0] if found else ""


@pytest.mark.parametrize(
    ("asked", "spoken"),
    [("", "zh-CN"), ("zh-TW,zh;q=0.9", "zh-CN"), ("en-US,en;q=0.9,zh;q=0.8", "en"), ("fr-FR,fr;q=0.9", "zh-CN"), ("*;q=x", "zh-CN")],
)
def test_before_signing_in_the_browser_decides(db, client, asked, spoken):
    assert language(client.get(reverse("account_login"), HTTP_ACCEPT_LANGUAGE=asked)) == spoken


def test_the_switch_on_the_sign_in_page_is_kept_in_the_browser(db, client):
    client.post(reverse("desk:language"), {"value": "en", "next": reverse("account_login")})

    assert language(client.get(reverse("account_login"))) == "en"


def test_a_persons_choice_wins_over_the_browser_and_goes_along(cast, browse, client):
    browse("lin").post(reverse("desk:language"), {"value": "en"})
    assert Person.objects.get(pk=cast.lin.pk).language == "en"
    client.cookies.pop("language")

    answer = client.get("/customers/", HTTP_ACCEPT_LANGUAGE="zh-CN")

    assert '<html lang="en"' in answer.content.decode()
    assert answer["Content-Language"] == "en"


def test_without_a_choice_the_browser_is_followed_again(cast, browse, client):
    browse("lin").post(reverse("desk:language"), {"value": "en"})
    client.post(reverse("desk:language"), {"value": ""})

    assert Person.objects.get(pk=cast.lin.pk).language == ""
    assert '<html lang="zh-CN"' in client.get("/customers/").content.decode()


def test_no_other_language_can_be_chosen(cast, browse):
    assert browse("lin").post(reverse("desk:language"), {"value": "fr"}).status_code == 400
    assert Person.objects.get(pk=cast.lin.pk).language == ""


def test_one_persons_language_does_not_reach_another(cast, client):
    choose_language(cast.lin, "en")
    pages = []
    for who in ("lin", "wang", "lin", "wang"):
        client.force_login(getattr(cast, who))
        pages.append(client.get("/customers/").content.decode())

    assert ["Lifecycle stage" in page for page in pages] == [True, False, True, False]
    assert ["客户阶段" in page for page in pages] == [False, True, False, True]


def test_a_form_error_is_told_in_english(cast, browse, client):
    choose_language(cast.lin, "en")
    answer = browse("lin").post(reverse("customers:create"), {"name": "甲", "uscc": "123"})

    assert answer.status_code == 422
    assert "A unified social credit code has 18 characters; this has 3. Please check." in answer.content.decode()


def test_an_error_page_is_told_in_english(cast, browse):
    choose_language(cast.lin, "en")

    assert "There is no such page" in browse("lin").get("/customers/987654/").content.decode()


def test_delivered_roles_have_english_names_and_own_ones_keep_theirs(cast, client):
    choose_language(cast.gao, "en")
    client.force_login(cast.gao)
    told = client.get(reverse("desk:roles")).content.decode()

    assert "Sales representative" in told
    assert [preset["label"] for preset in ROLES.values() if preset["label"] in told] == []


def test_actions_are_named_in_the_language_of_the_moment():
    told = {}
    for code in ("en", "zh-hans", "en"):
        with override(code):
            told.setdefault(code, []).append(str(ACTIONS["customers.export"].label))

    assert told == {"en": ["Export customers"] * 2, "zh-hans": ["导出客户"]}


def test_values_are_read_in_either_language_whatever_is_spoken(db):
    flat, closed = kinds.Term("customer_type"), kinds.Fixed(("M", "男"), ("F", "女"))
    for code in ("zh-hans", "en"):
        with override(code):
            assert [flat.parse(told).value for told in ("企业客户", "Enterprise", "enterprise")] == ["ENTERPRISE"] * 3
            assert [kinds.Flag().parse(told).value for told in ("是", "Yes", "否", "No")] == [True, True, False, False]
            assert closed.parse("男").value == "M"
            with pytest.raises(Invalid):
                closed.parse("没有")


def test_a_list_nobody_edits_is_read_in_either_language():
    from keji.customers.sheet import SEX, VALIDITY

    for code in ("zh-hans", "en"):
        with override(code):
            assert [SEX.parse(told).value for told in ("男", "Male", "M")] == ["M"] * 3
            assert [VALIDITY.parse(told).value for told in ("停机号码", "Out of service")] == ["PHONE_OFF"] * 2


@pytest.mark.parametrize("scheme", sizes.SCHEMES)
def test_the_bands_of_size_are_read_in_either_language(scheme):
    with override("en"):
        told = sizes.bands(scheme)

    assert [sizes.band_of_label(scheme, label) for _code, label in told] == [code for code, _label in told]
    assert [sizes.band_of_label(scheme, label) for _code, label in sizes.bands(scheme)] == [code for code, _l in told]


def test_every_industry_is_read_by_its_english_name():
    with override("en"):
        for code in industries.INDUSTRIES:
            assert industries.industry(f"{code} {industries.name(code)}").value == code
            assert industries.industry(f"{code} {industries.name(code)}").notes == ()
            assert industries.industry(industries.name(code)).value == code


def test_every_delivered_value_has_an_english_name(db):
    with override("en"):
        words = [word for name in Term.objects.values_list("dictionary", flat=True) for word in dictionary(name).options()]

        assert [word.code for word in words if not (word.text + word.brief).isascii()] == []
        assert dictionary("grade").text("A") == "A (high value / high potential)"
        assert kinds.Grade("grade").show("A") == "A"
