from datetime import date

import pytest

from keji.kernel import idnumbers
from keji.kernel.errors import Invalid

TODAY = date(2026, 11, 24)


def refused(parser, raw, *more, **options):
    with pytest.raises(Invalid) as refusal:
        parser(raw, *more, **options)
    return refusal.value.code, refusal.value.suggestion


def codes(parsed):
    return [note.code for note in parsed.notes]


def with_check(body):
    return next(code for sign in "0123456789ABCDEFGHJKLMNPQRTUWXY" if idnumbers.is_uscc(code := body + sign))


@pytest.mark.req("R-002-24")
def test_separators_are_refused_when_typed_and_removed_on_import():
    assert refused(idnumbers.uscc, "9132-0594-MA1ABCD2XK") == ("E_SEPARATOR", "91320594MA1ABCD2XK")
    assert idnumbers.uscc("9132-0594-MA1ABCD2XK", typed=False).value == "91320594MA1ABCD2XK"
    assert refused(idnumbers.id_number, "110105-19900307-1239") == ("E_SEPARATOR", "110105199003071239")
    assert idnumbers.id_number("110105-19900307-1239", typed=False).value == "110105199003071239"


def test_a_code_in_groups_and_full_width_is_read():
    parsed = idnumbers.uscc("９１３２ 0594 ma1a bcd2 xk")

    assert (parsed.value, codes(parsed)) == ("91320594MA1ABCD2XK", ["N_NORMALISED"])


@pytest.mark.parametrize("cell", [110105199003071239, 1.10105199003071e17, "1.10105E+17", 9.1320594e17])
@pytest.mark.parametrize("parser", [idnumbers.uscc, idnumbers.id_number])
def test_a_number_that_a_spreadsheet_has_rounded_is_refused(parser, cell):
    with pytest.raises(Invalid) as refusal:
        parser(cell, typed=False)

    assert "末尾几位已经丢失" in refusal.value.message


def test_a_misread_letter_is_suggested():
    assert refused(idnumbers.uscc, "911100006OO037341V") == ("E_USCC", "")
    assert refused(idnumbers.uscc, "911100O0600037341L") == ("E_USCC", "91110000600037341L")


@pytest.mark.parametrize(
    ("body", "notes"),
    [
        ("91110000600037341", []),
        ("95110000600037341", ["W_USCC_AUTHORITY"]),
        ("91999900600037341", ["W_USCC_REGION"]),
        ("91110000600037342", ["W_USCC_ORG"]),
        ("91100000600037341", []),
    ],
)
def test_odd_parts_of_a_credit_code_are_doubted(body, notes):
    assert codes(idnumbers.uscc(with_check(body))) == notes


def test_a_lower_case_x_is_put_in_capitals():
    assert idnumbers.id_number("11010519491231002x").value == "11010519491231002X"


@pytest.mark.parametrize(
    ("id_type", "number"),
    [
        ("PASSPORT", "E12345678"),
        ("HKMO_PERMIT", "H12345678"),
        ("TW_PERMIT", "12345678"),
        ("PR_CARD", "USA123456789012"),
        ("OTHER", "AB123"),
    ],
)
def test_other_papers_have_their_own_form(id_type, number):
    assert idnumbers.id_number(number.lower(), id_type).value == number
    assert refused(idnumbers.id_number, "?", id_type)[0] == "E_ID_NUMBER"


@pytest.mark.parametrize("prefix", ["81", "82", "83"])
def test_residence_permits_of_hong_kong_macao_and_taiwan_are_taken(prefix):
    body = f"{prefix}000019900307001"

    assert idnumbers.id_number(body + idnumbers.resident_check(body)).value.startswith(prefix)


def test_somebody_who_is_not_born_yet_has_no_number():
    body = "11010520261125001"
    number = body + idnumbers.resident_check(body)

    assert refused(idnumbers.id_number, number, today=TODAY)[0] == "E_ID_NUMBER"
    assert idnumbers.id_number(number, today=date(2026, 11, 25)).value == number


def test_other_numbers_tell_neither_sex_nor_birthday():
    assert (idnumbers.sex_of("E12345678"), idnumbers.birth_of("E12345678")) == (None, None)
