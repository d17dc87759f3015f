"""The bulk rule beside the single one: the same problems, the same stored values, row for row."""

from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keji.access.models import Entry, Kept
from keji.access.trail import SYSTEM
from keji.customers.models import Contact, Customer, GradeChange
from keji.customers.queries import INDEX
from keji.customers.rules.many import Entrant, check_many, register_many
from keji.customers.rules.register import register
from keji.kernel.errors import Unfit

pytestmark = pytest.mark.django_db
FIRST, SECOND = "91110000600037341L", "91310000132214433U"
NAMES = (
    "星海智能科技有限公司",
    "星海智能科技有限责任公司",
    "苏州星海智能科技集团",
    "云杉海零售有限公司",
    "云杉海零售股份有限公司",
    "云杉海新零售有限公司",
    "云杉海零售服务有限公司",
    "國際貿易有限公司",
    "Acme Software Co.,Ltd.",
    "Acme Softwares Ltd.",
    "星海#科技",
    "张伟",
    "李娜",
)
VALUES = {
    "customer_type": st.sampled_from(["ENTERPRISE", "INSTITUTION", "PERSON", "PERSON", "OTHER"]),
    "uscc": st.sampled_from([FIRST, SECOND, "91320594MA1ABCD2XK"]),
    "mobile": st.sampled_from(["13900001111", "13900002222", "13812345678"]),
    "id_number": st.sampled_from(["11010519491231002X", "110105199003071238", "440524188001010014"]),
    "sex": st.sampled_from(["M", "F"]),
    "employee_count": st.integers(0, 5000),
    "industry_code": st.sampled_from(["I65", "C18", "F52"]),
    "grade": st.sampled_from(["A", "B"]),
    "satisfaction": st.integers(0, 6),
    "cooperation_status": st.sampled_from(["POTENTIAL", "TERMINATED", "SUSPENDED"]),
    "contract_amount": st.sampled_from([Decimal("0.01"), Decimal("300000.00"), Decimal(-1)]),
    "lead_source": st.sampled_from(["EXHIBITION", "THIRD_PARTY_DATA"]),
    "remark": st.sampled_from(["老客户", "卡号 6222021234567890128", "电话 13800138000"]),
    "customer_no": st.sampled_from(["C001", "C777", "C778", "x9"]),
}
CONTACT = st.fixed_dictionaries(
    {"name": st.sampled_from(["郑和", "陈玲", ""]), "mobile": st.sampled_from(["13900001111", "13700003333", ""])},
    optional={"email": st.sampled_from(["a.b@qq.com", "li@xinghai.com.cn"]), "title": st.just("采购")},
)
ROW = st.tuples(
    st.fixed_dictionaries({"name": st.sampled_from(NAMES)}, optional=VALUES),
    st.none() | CONTACT,
    st.sampled_from([{}, {"*": "导入"}, {"name:W_DUP_NAME": "两家"}]),
    st.booleans(),
)


def stored(model):
    """What stands there now, without what differs by the moment."""
    passing = {"id", "created_at", "changed_at", "accepted", "id_number_sealed"}
    rows = []
    for row in model.objects.order_by("pk").values():
        accepted = [(one["field"], one["code"], one["why"], one["who"]) for one in row["accepted"]]
        rows.append({name: value for name, value in row.items() if name not in passing} | {"accepted": accepted})
        rows[-1].pop("customer_id", None)
    return rows


def told():
    entries = Entry.objects.order_by("pk").values_list("action", "record", "kept__values")
    stamps = {"id_number_sealed"}
    found = [(a, r, {n: v for n, v in (values or {}).items() if n not in stamps}) for a, r, values in entries]
    return sorted((a, r, str(sorted((n, str(v)) for n, v in v.items() if n != "customer_id"))) for a, r, v in found)


def world():
    """Everything an entry leaves behind."""
    order = {pk: place for place, pk in enumerate(Customer.objects.order_by("pk").values_list("pk", flat=True))}
    words = ("星海", "云杉", "郑和", "13900001111", "C777", "acme", "zhengh")
    found = {word: sorted(order[pk] for pk in INDEX.find(word, {"open", "people", "phone"})) for word in words}
    grades = list(GradeChange.objects.order_by("customer_id").values_list("new", "who_id"))
    return stored(Customer), stored(Contact), told(), found, grades


def alone(work):
    """What work gives and leaves, and then nothing of it."""
    with transaction.atomic():
        problems = work()
        left = world()
        transaction.set_rollback(True)
    return problems, left


def plain(problems):
    return sorted((one.field, one.code, one.message, one.suggestion, one.soft) for one in problems)


def as_batch(single, bulk):
    """What each was told alone, in the words for a row of a batch where the same one stands further up in it."""
    return [
        [theirs[:2] + (ours[2],) + theirs[3:] if "_DUP_" in ours[1] and "前面" in ours[2] else theirs for theirs, ours in zip(one, many, strict=True)]
        for one, many in zip(single, bulk, strict=True)
    ]


def one_by_one(person, rows):
    found = []
    for values, contact, accept, pool in rows:
        try:
            register(person, values, contact, accept=accept, pool=pool)
            found.append([])
        except Unfit as error:
            found.append(plain(error.problems))
    return found


def all_at_once(person, rows):
    many = [Entrant(dict(v), [dict(c)] if c else [], accept=a, pool=pool) for v, c, a, pool in rows]
    register_many(person, many, "P000")
    return [plain(one.problems) for one in many]


@pytest.mark.req("R-004-12")
@pytest.mark.parametrize("who", ["lin", "wang"])
def test_many_are_entered_as_one_by_one(cast, who):
    person = getattr(cast, who)

    @given(st.lists(ROW, min_size=1, max_size=7))
    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    def agree(drawn):
        # Into the pool only a manager puts customers one by one.
        rows = [(values, contact, accept, pool and who == "wang") for values, contact, accept, pool in drawn]
        single, theirs = alone(lambda: one_by_one(person, rows))
        bulk, ours = alone(lambda: all_at_once(person, rows))

        assert bulk == as_batch(single, bulk)
        assert ours == theirs

    agree()


def codes(entrants):
    return [sorted({problem.code for problem in one.problems}) for one in entrants]


def test_doubles_within_a_file_are_seen(cast):
    person = {"customer_type": "PERSON"}
    pairs = [
        ({"name": "天成服装有限公司"}, {"name": "天成服装股份有限公司"}, ["W_DUP_NAME"]),
        ({"name": "锦程远物流有限公司"}, {"name": "锦程远航物流有限公司"}, ["W_DUP_NAME"]),
        ({"name": "百川食品有限公司"}, {"name": "百川食品有限公司"}, ["E_DUP_NAME"]),
        ({"name": "甲乙丙有限公司", "uscc": FIRST}, {"name": "丁戊己有限公司", "uscc": FIRST}, ["E_DUP_USCC"]),
        (
            person | {"name": "张伟", "mobile": "13900001111"},
            person | {"name": "张伟", "mobile": "13900001111"},
            ["E_DUP_PERSON"],
        ),
        (
            person | {"name": "李娜", "id_number": "11010519491231002X"},
            person | {"name": "李丽", "id_number": "11010519491231002X"},
            ["E_DUP_ID_NUMBER"],
        ),
    ]
    for first, second, expected in pairs:
        many = [Entrant(dict(first)), Entrant(dict(second))]
        check_many(cast.lin, many, "P000")
        assert codes(many) == [[], expected], second["name"]
        assert "前面" in many[1].problems[0].message  # nobody of this installation has it: it is not "there already"
        assert "负责人" not in many[1].problems[0].message


def test_an_id_number_that_is_stored_is_met_by_its_index(cast):
    known = {"name": "张伟", "customer_type": "PERSON", "id_number": "11010519491231002X"}
    register(cast.zhao, known)

    many = [Entrant({**known, "name": "张大伟"}), Entrant({"name": "李娜", "customer_type": "PERSON"})]
    check_many(cast.lin, many, "P000")

    assert codes(many) == [["E_DUP_ID_NUMBER"], []]


def test_what_is_wrong_itself_makes_no_double_of_the_next(cast):
    many = [
        Entrant({"name": "天成服装有限公司", "contract_amount": Decimal(-1)}),
        Entrant({"name": "天成服装有限公司"}),
    ]
    check_many(cast.lin, many, "P000")

    assert codes(many) == [["E_RANGE"], []]


@pytest.mark.parametrize(
    ("known", "told", "alike"),
    [
        ("云杉海智能科技有限公司", "云杉海智能科技股份有限公司", True),
        ("云杉海智能科技有限公司", "上海云杉海智能科技有限公司", True),
        ("云杉海智能科技有限公司", "云杉海智能新科技有限公司", True),
        ("云杉海智能科技有限公司", "云山海智能科技有限公司", True),
        ("云杉海智能科技有限公司", "天成智能科技有限公司", False),
        ("云杉海智能科技有限公司", "云杉海服装有限公司", False),
        ("Acme Software Co.,Ltd.", "Acme Softwares Ltd.", True),
    ],
)
def test_names_nearly_alike_are_a_doubt_for_one_and_for_many(cast, known, told, alike):
    register(SYSTEM, {"name": known}, pool=True)
    many = [Entrant({"name": told}), Entrant({"name": "无关食品有限公司"})]
    check_many(cast.lin, many, "P000")

    single = []
    try:
        with transaction.atomic():
            register(cast.lin, {"name": told})
            transaction.set_rollback(True)
    except Unfit as error:
        single = [problem.code for problem in error.problems]

    assert (codes(many)[0], single) == ((["W_DUP_NAME"], ["W_DUP_NAME"]) if alike else ([], []))


def test_a_double_that_nobody_chose_is_held_back_when_entering(cast):
    doubtful = Entrant({"name": "星海智能科技集团"}, accept={"*": "导入"}, twin=False)
    register_many(cast.lin, [doubtful], "P000")

    assert ([problem.code for problem in doubtful.problems], doubtful.id) == (["W_DUP_NAME"], 0)
    assert Kept.objects.filter(entry__record_id=doubtful.id).count() == 0
