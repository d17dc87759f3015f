"""Every vector of the specification."""

import json
from pathlib import Path

import pytest

from keji.kernel import addresses, idnumbers, masks, online, phones, sensitive, text
from keji.kernel.errors import Invalid

VECTORS = json.loads((Path(__file__).parent / "validation_vectors.json").read_text("utf-8"))


def codes(parsed):
    return [note.code for note in parsed.notes]


def vectors(*path):
    found = VECTORS
    for step in path:
        found = found[step]
    return found


@pytest.mark.req("R-002-22")
@pytest.mark.parametrize("number", vectors("mobile", "valid"))
def test_a_usual_mobile_is_taken_without_a_word(number):
    assert phones.mobile(number) == phones.Parsed(number)


@pytest.mark.parametrize("number", vectors("mobile", "loose_ok_segment_warn"))
def test_a_mobile_of_an_unusual_segment_is_doubted(number):
    parsed = phones.mobile(number)

    assert (parsed.value, codes(parsed)) == (number, ["W_SEGMENT"])


@pytest.mark.req("R-002-22")
@pytest.mark.parametrize("number", list(filter(None, vectors("mobile", "invalid"))))
def test_what_is_no_mobile_is_refused(number):
    with pytest.raises(Invalid) as refusal:
        phones.mobile(number)

    assert refusal.value.code == ("E_SEPARATOR" if set("-/") & set(number) else "E_MOBILE")


@pytest.mark.parametrize(("written", "number"), vectors("mobile", "normalise"))
@pytest.mark.parametrize("typed", [True, False])
def test_a_mobile_is_brought_to_eleven_digits(written, number, typed):
    assert phones.mobile(written, typed=typed).value == number


@pytest.mark.parametrize("number", vectors("landline", "valid"))
def test_a_landline_is_taken(number):
    assert phones.landline(number) == phones.Parsed(number)


@pytest.mark.parametrize("number", vectors("landline", "invalid"))
@pytest.mark.parametrize("typed", [True, False])
def test_what_is_no_landline_is_refused(number, typed):
    with pytest.raises(Invalid) as refusal:
        phones.landline(number, typed=typed)

    assert refusal.value.code == "E_LANDLINE"


@pytest.mark.parametrize("number", vectors("landline", "service_valid"))
def test_a_service_number_is_the_phone_of_a_company_only(number):
    assert phones.office_phone(number).value.replace("-", "") == number.replace("-", "")

    with pytest.raises(Invalid):
        phones.landline(number)


@pytest.mark.req("R-004-07")
@pytest.mark.parametrize("code", vectors("uscc", "valid"))
def test_a_true_credit_code_is_taken(code):
    assert idnumbers.uscc(code).value == code


@pytest.mark.req("R-004-07")
@pytest.mark.parametrize("code", vectors("uscc", "invalid"))
@pytest.mark.parametrize("typed", [True, False])
def test_a_false_credit_code_is_refused(code, typed):
    with pytest.raises(Invalid) as refusal:
        idnumbers.uscc(code, typed=typed)

    assert refusal.value.code == "E_USCC"


def test_a_credit_code_is_put_in_capitals():
    written, code = vectors("uscc", "lower_case_normalised")

    assert idnumbers.uscc(written).value == code


@pytest.mark.req("R-004-08")
@pytest.mark.parametrize("number", vectors("resident_id", "valid"))
def test_a_true_resident_number_is_taken(number):
    assert idnumbers.id_number(number) == idnumbers.Parsed(number)


@pytest.mark.parametrize("number", vectors("resident_id", "invalid"))
@pytest.mark.parametrize("typed", [True, False])
def test_a_false_resident_number_is_refused(number, typed):
    with pytest.raises(Invalid) as refusal:
        idnumbers.id_number(number, typed=typed)

    assert refusal.value.code == "E_ID_NUMBER"


@pytest.mark.parametrize(("number", "sex"), list(vectors("resident_id", "sex").items()))
def test_a_resident_number_tells_the_sex(number, sex):
    assert idnumbers.sex_of(number) == sex


@pytest.mark.parametrize(("number", "day"), list(vectors("resident_id", "birth").items()))
def test_a_resident_number_tells_the_birthday(number, day):
    assert str(idnumbers.birth_of(number)) == day


@pytest.mark.parametrize("digits", vectors("bank_card", "luhn_valid"))
def test_a_card_number_is_found_by_its_check_digit(digits):
    assert sensitive.hits(digits) == [sensitive.Hit("BANK_CARD", 0, len(digits))]


@pytest.mark.parametrize("digits", vectors("bank_card", "luhn_invalid"))
def test_a_number_without_check_digit_is_no_card(digits):
    assert sensitive.hits(digits) == []


@pytest.mark.parametrize("address", vectors("email", "valid_corporate"))
def test_the_address_of_a_company_is_taken_without_a_word(address):
    assert online.email(address) == online.Parsed(address)


@pytest.mark.req("R-002-40")
@pytest.mark.parametrize("address", vectors("email", "personal_warn"))
def test_a_private_address_is_doubted(address):
    parsed = online.email(address)

    assert (parsed.value, codes(parsed)) == (address, ["W_PERSONAL_EMAIL"])


@pytest.mark.parametrize("address", vectors("email", "invalid"))
@pytest.mark.parametrize("typed", [True, False])
def test_what_is_no_email_is_refused(address, typed):
    with pytest.raises(Invalid) as refusal:
        online.email(address, typed=typed)

    assert refusal.value.code == "E_EMAIL"


@pytest.mark.req("R-002-41")
@pytest.mark.parametrize("name", vectors("wechat", "valid"))
def test_a_wechat_id_is_taken_with_its_hyphen(name):
    assert online.wechat_id(name) == online.Parsed(name)


@pytest.mark.req("R-002-41")
@pytest.mark.parametrize("name", vectors("wechat", "invalid"))
@pytest.mark.parametrize("typed", [True, False])
def test_what_is_no_wechat_id_is_refused(name, typed):
    with pytest.raises(Invalid) as refusal:
        online.wechat_id(name, typed=typed)

    assert refusal.value.code == "E_WECHAT"


@pytest.mark.parametrize("code", vectors("postal_code", "valid"))
def test_a_postal_code_is_taken(code):
    assert addresses.postal_code(code) == addresses.Parsed(code)


@pytest.mark.parametrize("code", vectors("postal_code", "invalid"))
def test_what_is_no_postal_code_is_refused(code):
    with pytest.raises(Invalid) as refusal:
        addresses.postal_code(code)

    assert refusal.value.code == "E_POSTAL_CODE"


@pytest.mark.req("R-004-14")
@pytest.mark.parametrize("name", vectors("person_name", "valid"))
def test_the_name_of_a_person_is_taken(name):
    assert text.person_name(name) == text.Parsed(name)


@pytest.mark.req("R-004-14")
@pytest.mark.parametrize("name", list(filter(None, vectors("person_name", "invalid"))))
@pytest.mark.parametrize("typed", [True, False])
def test_the_name_of_a_person_has_no_other_signs(name, typed):
    with pytest.raises(Invalid) as refusal:
        text.person_name(name, typed=typed)

    assert refusal.value.code == "E_CHAR"


@pytest.mark.parametrize(
    "parser",
    [
        phones.mobile, phones.landline, phones.office_phone, phones.intl_phone, idnumbers.uscc, idnumbers.id_number,
        online.email, online.wechat_id, online.wecom_id, online.qq, online.url, addresses.postal_code,
        addresses.region, addresses.detail, text.person_name, text.company_name, text.clean, text.free_text,
    ],
)  # fmt: skip
@pytest.mark.parametrize("blank", [None, "", "  ", "\u3000"])
def test_blank_is_nothing(parser, blank):
    assert parser(blank).value is None


@pytest.mark.req("R-004-14")
@pytest.mark.parametrize("name", vectors("company_name", "valid"))
def test_the_name_of_a_company_is_taken_as_registered(name):
    assert text.company_name(name) == text.Parsed(name)


@pytest.mark.req("R-004-14")
@pytest.mark.parametrize("name", vectors("company_name", "invalid"))
def test_the_name_of_a_company_has_no_other_signs(name):
    with pytest.raises(Invalid) as refusal:
        text.company_name(name)

    assert refusal.value.code == "E_CHAR"


@pytest.mark.req("R-004-13")
def test_traditional_characters_are_doubted_and_kept():
    simple, written = (row.split("→")[0] for row in vectors("traditional_warn"))

    assert text.company_name(simple).notes == ()
    parsed = text.company_name(written)
    assert parsed.value == written
    assert [(note.code, note.suggestion) for note in parsed.notes] == [("W_TRADITIONAL", "国际贸易有限公司")]


KINDS = {
    "resident_id": "id_number", "resident_id_strict": "id_number_strict", "email_short": "email",
    "name2": "name", "name3": "name", "name4": "name", "seed_style": "seed_name",
}  # fmt: skip


@pytest.mark.parametrize("case", list(VECTORS["mask"]))
def test_a_value_is_masked_as_specified(case):
    value, masked = VECTORS["mask"][case]

    assert masks.mask(KINDS.get(case, case), value) == masked
