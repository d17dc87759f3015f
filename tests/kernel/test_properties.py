"""What holds for every input, whoever made it up."""

import re
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keji.kernel import (
    addresses,
    calendar,
    clock,
    crypto,
    dates,
    idnumbers,
    industries,
    masks,
    money,
    numbers,
    online,
    phones,
    pinyin,
    sensitive,
    sizes,
    text,
)
from keji.kernel.errors import Invalid, Parsed

TODAY = date(2026, 11, 24)


def day(raw, *, typed):
    return dates.day(raw, today=TODAY, typed=typed)


def moment(raw, *, typed):
    return dates.moment(raw, today=TODAY, typed=typed)


def passport(raw, *, typed):
    return idnumbers.id_number(raw, "PASSPORT", typed=typed)


SCALAR = [
    text.clean, text.free_text, text.person_name, text.company_name, phones.mobile, phones.landline,
    phones.service_number, phones.office_phone, phones.intl_phone, idnumbers.uscc, idnumbers.id_number, passport,
    online.email, online.wechat_id, online.wecom_id, online.qq, online.url, addresses.region, addresses.detail,
    addresses.postal_code, money.amount, numbers.whole, numbers.decimal, day, moment, industries.industry,
]  # fmt: skip

signs = st.sampled_from(list("0123456789-/ .,:;()+*@·年月日万元亿X张三公司省市区國有限a\u200b\u3000（）１２－、#😀\n"))
near = st.sampled_from([
    "13800138000", "+8613800138000", "010-62345678-801", "400-820-8820", "95588", "+85221234567", "91320594MA1ABCD2XK",
    "110105199003071239", "E12345678", "a@b.cn", "zhang_san88", "12345678", "www.a.cn", "江苏省苏州市虎丘区", "320505",
    "100085", "人民币:10000元", "1.5万", "2023-10-15", "2023年10月15日 14:30", "下周三", "3.15", "45214", "互联网", "I65",
    "制造业/零售业", "张三", "星海智能科技(苏州)有限公司", "國際貿易", "*某女士", "20-30万",
])  # fmt: skip
mixed = st.one_of(
    st.text(max_size=30),
    st.text(signs, max_size=25),
    st.tuples(st.text(signs, max_size=3), near, st.text(signs, max_size=3)).map("".join),
    st.tuples(near, st.sampled_from(["", "/", ";", " ", "、", "-"]), near).map("".join),
)
cells = st.one_of(
    mixed, st.none(), st.booleans(), st.integers(), st.floats(), st.dates(), st.datetimes(), st.integers(0, 10**12),
    st.floats(0, 2e11),
)  # fmt: skip


def name_of(parser):
    return f"{parser.__module__.rpartition('.')[2]}.{parser.__name__}"


@pytest.mark.parametrize("typed", [True, False])
@pytest.mark.parametrize("parser", [*SCALAR, money.amount_range], ids=name_of)
@given(raw=cells)
def test_a_value_is_taken_or_refused_and_nothing_else(parser, typed, raw):
    try:
        parsed = parser(raw, typed=typed)
    except Invalid as refusal:
        assert re.fullmatch("E_[A-Z_]+", refusal.code)
        assert refusal.message.endswith(("。", "?"))
    else:
        assert isinstance(parsed, Parsed)
        assert all(note.code[:2] in {"W_", "N_"} and note.message for note in parsed.notes)


@pytest.mark.parametrize("parser", [*SCALAR, money.amount_range], ids=name_of)
def test_a_text_that_repeats_itself_without_end_is_taken_or_refused(parser):
    for piece in ("1", "1-", "a@", "a.", "公司", "吉林", "(", "万", "1:", "1年", "6222 ", "转1", "\u200b", "·"):
        for typed in (True, False):
            try:
                answer = parser(piece * 3000, typed=typed)
            except Invalid as refusal:
                answer = refusal
            assert isinstance(answer, Parsed | Invalid)


@pytest.mark.parametrize("typed", [True, False])
@pytest.mark.parametrize("parser", SCALAR, ids=name_of)
@given(raw=cells)
def test_what_was_taken_is_taken_again_as_it_is(parser, typed, raw):
    try:
        value = parser(raw, typed=typed).value
    except Invalid:
        return
    if value is None or (isinstance(value, str) and "*" in value):
        return

    assert parser(value, typed=typed).value == value
    if isinstance(value, str):
        assert parser(value, typed=True).value == value


@pytest.mark.parametrize("parser", SCALAR, ids=name_of)
@given(raw=mixed)
def test_no_stored_text_holds_what_cannot_be_seen(parser, raw):
    try:
        value = parser(raw, typed=False).value
    except Invalid:
        return

    if isinstance(value, str):
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\ufeff\ud800-\udfff]", value)
        assert value.encode("utf-8") and value == value.strip()


@given(
    body=st.from_regex(r"[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{9}", fullmatch=True),
    place=st.integers(0, 17),
    data=st.data(),
)
def test_one_wrong_sign_in_a_credit_code_is_always_noticed(body, place, data):
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    code = next(body + sign for sign in alphabet if idnumbers.is_uscc(body + sign))
    other = data.draw(st.sampled_from([sign for sign in alphabet if sign != code[place]]))

    assert idnumbers.uscc(code).value == code
    with pytest.raises(Invalid):
        idnumbers.uscc(code[:place] + other + code[place + 1 :])


@given(
    born=st.dates(date(1900, 1, 1), TODAY),
    area=st.integers(110000, 839999),
    order=st.integers(0, 999),
    place=st.integers(0, 17),
    data=st.data(),
)
def test_one_wrong_digit_in_a_resident_number_is_always_noticed(born, area, order, place, data):
    body = f"{area}{born:%Y%m%d}{order:03}"
    number = body + idnumbers.resident_check(body)
    other = data.draw(st.sampled_from([digit for digit in "0123456789X" if digit != number[place]]))

    assert idnumbers.id_number(number, today=TODAY).value == number
    assert (idnumbers.birth_of(number), idnumbers.sex_of(number)) == (born, "M" if order % 2 else "F")
    with pytest.raises(Invalid):
        idnumbers.id_number(number[:place] + other + number[place + 1 :], today=TODAY)


MASKS = ["mobile", "landline", "phone", "id_number", "id_number_strict", "bank_card", "email", "name", "wechat", "text"]


@pytest.mark.parametrize("kind", [*MASKS, "address", "birthday", "ip", "seed_name", "unknown"])
@given(value=cells)
def test_masking_never_fails_and_is_blank_for_blank_only(kind, value):
    masked = masks.mask(kind, value)

    assert bool(masked) == bool(str("" if value is None else value).strip())


@pytest.mark.parametrize(
    "kind", ["mobile", "landline", "phone", "id_number", "id_number_strict", "bank_card", "wechat", "text"]
)
@given(value=st.text(st.characters(categories=["Lu", "Ll", "Nd", "Lo"]), min_size=1, max_size=30))
def test_a_mask_shows_two_ends_at_most_and_hides_three_characters_or_more(kind, value):
    masked = masks.mask(kind, value)

    shown = masked.replace("*", "")
    assert len(value) - len(shown) >= 3 or shown == ""
    assert len(shown) <= 10
    first = masked.partition("*")[0]
    assert value.startswith(first) and value.endswith(masked.rpartition("*")[2])


@given(local=st.from_regex("[a-z]{2,20}", fullmatch=True))
def test_a_masked_address_shows_one_letter_of_its_owner(local):
    assert masks.mask("email", f"{local}@x.cn") == f"{local[0]}****@x.cn"


@given(digits=st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True))
def test_a_masked_mobile_never_holds_its_middle(digits):
    assert masks.mask("phone", digits) == masks.mask("mobile", digits) == f"{digits[:3]}****{digits[7:]}"


days = st.dates(date(2003, 1, 1), date(2035, 12, 31))


@given(start=days, later=st.integers(0, 400), count=st.integers(0, 60))
def test_who_starts_later_is_not_due_earlier(start, later, count):
    assert calendar.add_workdays(start, count)[0] <= calendar.add_workdays(start + timedelta(days=later), count)[0]


@given(start=days, count=st.integers(1, 60))
def test_each_further_working_day_is_a_later_one_on_which_people_work(start, count):
    due, _provisional = calendar.add_workdays(start, count)

    assert due > calendar.add_workdays(start, count - 1)[0]
    assert calendar.is_workday(due)
    between = [start + timedelta(days=step) for step in range(1, (due - start).days + 1)]
    assert sum(map(calendar.is_workday, between)) == count


@given(
    start=st.datetimes(datetime(2024, 1, 1), datetime(2027, 12, 1)), hours=st.integers(1, 100), more=st.integers(0, 50)
)
def test_more_working_hours_end_later_and_while_people_work(start, hours, more):
    start = start.replace(tzinfo=clock.zone())
    due = calendar.due_after_hours(start, hours, working=True).at

    assert start < due <= calendar.due_after_hours(start, hours + more, working=True).at
    assert calendar.is_workday(due.date()) and 9 <= due.hour <= 18


@given(cents=st.integers(0, 10**18 - 1))
def test_an_amount_survives_being_shown_as_in_the_seeds(cents):
    amount = Decimal(cents) / 100

    assert money.amount(money.seed_style(amount)).value == amount
    assert money.amount(f"{amount:,.2f}").value == amount


@given(found=st.dates(date(1900, 1, 1), date(2200, 12, 31)))
def test_a_day_is_read_back_in_every_form(found):
    forms = [f"{found:%Y-%m-%d}", f"{found:%Y/%m/%d}", f"{found.year}.{found.month}.{found.day}", f"{found:%Y%m%d}"]
    forms += [f"{found.year}年{found.month}月{found.day}日", found]

    assert {dates.day(form, today=TODAY).value for form in forms} == {found}


@given(code=st.sampled_from(sorted(addresses.REGIONS)), rest=st.from_regex("[1-9][0-9]{0,3}号楼", fullmatch=True))
def test_an_address_is_split_where_its_region_ends(code, rest):
    name = addresses.region_name(code)
    found, left = addresses.split(name + rest)

    assert (addresses.region_name(found), left) == (name, rest)


@given(name=mixed)
def test_names_are_compared_without_fail(name):
    key = text.folded(name)

    assert key == key.strip() and " " not in key
    assert text.similarity(name, name) == 1.0
    assert text.simplified(text.simplified(name)) == text.simplified(name)


@given(a=mixed, b=mixed)
def test_likeness_is_mutual_and_between_0_and_1(a, b):
    assert 0 <= text.similarity(a, b) == text.similarity(b, a) <= 1


@given(remark=mixed)
def test_hits_lie_in_the_text_in_order_and_apart(remark):
    found = sensitive.hits(remark)

    places = [place for hit in found for place in (hit.start, hit.end)]
    assert places == sorted(places) and all(0 <= place <= len(remark) for place in places)


@given(name=mixed)
def test_every_name_can_be_spelled(name):
    assert "".join(pinyin.syllables(name)) == pinyin.full(name)
    assert len(pinyin.initials(name)) <= len(pinyin.full(name))
    assert all(part == part.strip().lower() for part in pinyin.person_syllables(name))


@given(
    scheme=st.sampled_from(sizes.SCHEMES),
    industry=st.sampled_from(["", *industries.INDUSTRIES]),
    employees=st.none() | st.integers(0, 10**6),
    revenue=st.none() | st.decimals(0, 10**8, places=2),
    assets=st.none() | st.decimals(0, 10**8, places=2),
)
def test_a_size_is_a_band_of_its_scheme_or_unknown(scheme, industry, employees, revenue, assets):
    band = sizes.band(scheme, employees=employees, revenue_10k=revenue, assets_10k=assets, industry=industry)

    assert band in {None, *(code for code, _label in sizes.bands(scheme))}


@given(
    value=st.text(st.characters(exclude_categories=["Cs"])),
    place=st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
)
def test_what_was_sealed_opens_in_its_place(value, place):
    key = bytes(32)

    assert crypto.unseal(key, place, crypto.seal(key, place, value)) == value
