"""Roles, dictionaries, required fields, settings and the trail, as their keepers use them."""

import re

import pytest
from django.urls import reverse

from keji.access.house import fresh, house
from keji.access.models import Role
from keji.access.presets import ROLES
from keji.access.rules.roles import revise_role
from keji.customers.models import Customer
from keji.customers.rules.required import told
from keji.customers.rules.revise import revise
from keji.customers.rules.sizes import put_bands, rebuild_bands
from keji.queue import jobs
from keji.records.models import Term

REP = "SALES_REP"


def role(code=REP):
    return Role.objects.get(code=code)


def form_of(one):
    """The form of a role as the page sends it when nothing is changed."""
    reach = {f"reach:{record}:{verb}": width for record, told in one.reach.items() for verb, width in told.items()}
    return reach | {f"field:{name}": policy for name, policy in one.fields.items()} | {"actions": one.actions}


def test_a_role_changes_at_once_and_nothing_else_of_it(cast, browse):
    answer = browse("shen").post(
        reverse("desk:role", args=[role().pk]),
        form_of(role()) | {"reach:customers:see": "all", "field:contacts.mobile": "mask"},
    )
    preset = ROLES[REP]
    reach = {**preset["reach"], "customers": {**preset["reach"]["customers"], "see": "all"}}
    assert answer.status_code == 302
    assert (role().reach, role().actions, role().fields) == (
        reach,
        preset["actions"],
        preset["fields"] | {"contacts.mobile": "mask"},
    )
    assert browse("zhao").get(reverse("customers:page", args=[cast.acme.pk])).status_code == 200


def test_nobody_changes_their_own_role(browse):
    own = role("DATA_STEWARD")
    answer = browse("shen").post(reverse("desk:role", args=[own.pk]), {"actions": ["access.people"]})
    assert (answer.status_code, 'data-code="E_OWN_ROLE"' in answer.content.decode()) == (422, True)
    assert role("DATA_STEWARD").actions == own.actions


def test_a_role_goes_back_to_its_preset(cast, browse):
    revise_role(cast.shen, role(), {}, [], {})
    assert browse("shen").post(reverse("desk:role_restore", args=[role().pk])).status_code == 302
    assert {name: getattr(role(), name) for name in ("reach", "actions", "fields")} == {
        name: ROLES[REP][name] for name in ("reach", "actions", "fields")
    }


def test_a_page_of_a_role_opens(browse):
    page = browse("shen").get(reverse("desk:role", args=[role().pk])).content.decode()
    assert 'name="field:customers.id_number"' in page


@pytest.fixture
def expo(db):
    return Term.objects.filter(dictionary="lead_source").order_by("sort").first()


def test_a_value_is_renamed_everywhere_at_once(browse, expo):
    told = {"label": "博览会", "label_en": "Fair", "short": "博", "sort": "7", "aliases": "展会,展览、Expo"}
    assert browse("shen").get(reverse("desk:term", args=[expo.pk])).status_code == 200
    answer = browse("shen").post(reverse("desk:term", args=[expo.pk]), told)
    expo.refresh_from_db()
    assert answer.status_code == 302
    assert (expo.label, expo.label_en, expo.short, expo.sort, expo.aliases) == (
        "博览会",
        "Fair",
        "博",
        7,
        ["展会", "展览", "Expo"],
    )
    assert "博览会" in browse("shen").get(reverse("desk:dictionary", args=["lead_source"])).content.decode()


def test_a_value_is_added_once_and_switched_off(browse, expo):
    shen, url = browse("shen"), reverse("desk:term_add", args=["lead_source"])
    answers = [
        shen.post(url, told).status_code
        for told in (
            {"code": "podcast", "label": "播客"},
            {"code": "PODCAST", "label": "播客二"},
            {"code": "1x", "label": "错"},
        )
    ]
    assert answers == [302, 422, 422]
    new = Term.objects.get(dictionary="lead_source", code="PODCAST")
    shen.post(reverse("desk:term_switch", args=[new.pk]), {"enabled": "0"})
    new.refresh_from_db()
    assert (new.label, new.enabled) == ("播客", False)


def test_a_delivered_value_is_not_dropped(browse, expo):
    answer = browse("shen").post(reverse("desk:term_drop", args=[expo.pk]))
    assert (answer.status_code, Term.objects.filter(pk=expo.pk).exists()) == (422, True)


def test_there_is_no_page_of_an_unknown_dictionary(browse):
    assert browse("shen").get(reverse("desk:dictionary", args=["nothing"])).status_code == 404


def test_a_profile_requires_what_is_ticked_and_always_a_name(browse):
    answer = browse("shen").post(
        f"{reverse('desk:required')}?profile=P002", {"of:": ["uscc", "nonsense"], "of:ENTERPRISE": ["contact.phone"]}
    )
    fresh()
    assert answer.status_code == 302
    assert (told("P002", ""), told("P002", "ENTERPRISE")) == (("name", "owner", "uscc"), ("contact.phone",))


SETTINGS = {
    "company": "晨光",
    "profile": "P001",
    "size_scheme": "EMP4_DEFAULT",
    "number_pattern": "KH{yyyyMM}{seq:04d}",
}


def test_settings_are_kept(browse):
    answer = browse("shen").post(reverse("desk:settings"), SETTINGS | {"strict_email": "1"})
    fresh()
    assert answer.status_code == 302
    assert {name: house()[name] for name in (*SETTINGS, "strict_email")} == SETTINGS | {"strict_email": True}


@pytest.mark.parametrize(
    "pattern", ["", "C", "{seq:03d}", "c{seq:03d}", "C{seq:99d}", "C{seq.__class__}", "C{seq:03d}{x}", "C{seq:03d}1"]
)
def test_a_pattern_that_gives_no_numbers_is_refused(browse, pattern):
    answer = browse("shen").post(reverse("desk:settings"), SETTINGS | {"number_pattern": pattern})
    fresh()
    assert (answer.status_code, house()["number_pattern"]) == (422, "C{seq:03d}")


def test_another_scheme_of_sizes_measures_every_customer_anew(cast, browse):
    revise(cast.lin, cast.acme, {"employee_count": 300}, version=cast.acme.version)
    browse("shen").post(reverse("desk:settings"), SETTINGS | {"size_scheme": "EMP3_000"})
    waiting = [(job.task.rpartition(".")[2], job.person_id) for job in jobs().filter(state="ready")]
    assert waiting == [("rebuild_bands", cast.shen.pk)]
    fresh()
    before = Customer.objects.get(pk=cast.acme.pk)
    assert (rebuild_bands(cast.shen), before.size_band) == (1, "200_500")
    after = Customer.objects.get(pk=cast.acme.pk)
    assert (after.size_band, after.version) == ("GE200", before.version)


def test_the_trail_tells_which_fields_changed_and_no_value(cast, browse):
    revise(cast.lin, cast.acme, {"contact_address": "星湖街328号"}, version=cast.acme.version)
    page = browse("shen").get(reverse("desk:trail"), {"record": "customers", "person": cast.lin.pk}).content.decode()
    assert ("详细地址" in page, "星湖街328号" in page) == (True, False)


def test_the_trail_goes_on_page_by_page(cast, browse):
    shen = browse("shen")
    for _turn in range(60):
        revise_role(cast.shen, role(), {}, [], {})
    first = shen.get(reverse("desk:trail"), {"action": "access.roles"}).content.decode()
    href = first.split('id="next-page" href="')[1].split('"')[0].replace("&amp;", "&")
    second = shen.get(reverse("desk:trail") + href).content.decode()
    assert (first.count("<tr>") - 1, 10 <= second.count("<tr>") - 1 < 50) == (50, True)


@pytest.mark.parametrize(
    "query", [{"person": "x"}, {"before": "-1"}, {"action": "nothing"}, {"record": "x"}, {"person": str(2**70)}]
)
def test_a_trail_is_not_asked_for_nonsense(browse, query):
    assert browse("shen").get(reverse("desk:trail"), query).status_code == 400


def test_the_trail_calls_people_by_their_names(cast, browse):
    browse("gao").post(reverse("desk:person_switch", args=[cast.lin.pk]), {"active": "0"})
    page = browse("shen").get(reverse("desk:trail"), {"action": "access.people"}).content.decode()
    assert ("停用 林晓" in page, "添加 林晓" in page) == (True, True)


def test_measuring_anew_does_not_overwrite_what_somebody_changes_meanwhile(cast):
    revise(cast.lin, cast.acme, {"employee_count": 100})
    read = {"pk": cast.acme.pk, "version": cast.acme.version, "size_band": cast.acme.size_band}
    revise(cast.lin, cast.acme, {"employee_count": 900})
    band = Customer.objects.get(pk=cast.acme.pk).size_band

    assert put_bands([(read, "50_200")]) == 0
    assert Customer.objects.get(pk=cast.acme.pk).size_band == band


def test_every_dictionary_has_a_chinese_name(browse):
    page = browse("shen").get(reverse("desk:dictionaries")).content.decode()
    titles = re.findall(r'href="/dictionaries/(?!required)[a-z_]+/">([^<]+)</a>', page)
    assert len(titles) > 15
    assert [one for one in titles if re.fullmatch(r"[a-z_]+", one.strip())] == []
