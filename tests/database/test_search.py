from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.db import connection, models

from keji.database.search import SearchIndex, Words

ALL = {"open", "people", "phone"}
INDEX = SearchIndex("proof")


class Row(models.Model):
    class Meta:
        app_label = "database"
        managed = False
        db_table = "proof"


@pytest.fixture
def index(db) -> Iterator[SearchIndex]:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE proof (id bigint PRIMARY KEY)")
    (operation,) = INDEX.migration_operations()
    editor = connection.SchemaEditorClass(connection, atomic=False)
    operation.code(None, editor)
    yield INDEX
    operation.reverse_code(None, editor)


@pytest.fixture
def known(index) -> SearchIndex:
    index.write(
        [
            (1, Words(["北京星海智能科技有限公司", "C000001"], ["张三丰"], ["13812345678", "sales@xinghai.cn"], near=[7])),
            (2, Words(["苏州蓝田制造集团有限公司", "C000002"], ["李梅"], ["010-62345678"], near=[8, 9])),
            (3, Words(["ABC Trading Ltd", "91110108MA01ABCD2X"], [], [], near=[0])),
        ]
    )
    return index


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("星海", [1]),
        ("海智能", [1]),
        ("海", [1]),
        ("田", [2]),
        ("有限公司", [2, 1]),
        ("zhineng", [1]),
        ("zhin", [1]),
        ("xhzn", [1]),
        ("XINGHAI", [1]),
        ("C000002", [2]),
        ("0002", [2]),
        ("5678", [2, 1]),
        ("138", [1]),
        ("62345678", [2]),
        ("sales@xinghai.cn", [1]),
        ("张三丰", [1]),
        ("zhangsan", [1]),
        ("zsf", [1]),
        ("trad", [3]),
        ("rading", [3]),
        ("91110108ma01abcd2x", [3]),
        ("91110108MA01ABCD2Y", []),
        ("星海 5678", [1]),
        ("星海C000001", [1]),
        ("星海 蓝田", []),
        ("海星", []),
        ("星海智能", [1]),
        ("ＡＢＣ", [3]),
        ("", []),
    ],
)
def test_any_part_of_a_name_a_number_or_its_sound_is_found(known, words, found):
    assert known.find(words, ALL) == found


@pytest.mark.parametrize(
    "garbage",
    [
        "\0",
        "'",
        '"',
        "\\",
        "' OR 1=1 --",
        '" OR "',
        "AND",
        "NOT NEAR(",
        "a*",
        ":*",
        "&|!()<->",
        "open:x",
        "%s %(x)s {}",
        "\ud800",
        "🙂",
        "x" * 1_000_000,
        "星" * 1_000_000,
        " ".join("abcdefghij"),
        "ﷺ" * 64,
    ],
)
def test_garbage_is_never_an_error_of_the_database(known, garbage):
    assert set(known.find(garbage, ALL)) <= {1, 2, 3}
    assert list(known.where(Row.objects.all(), garbage, ALL)) == []


def test_a_class_that_may_not_be_read_is_not_searched(known):
    asked = [("张三丰", "people"), ("zsf", "people"), ("13812345678", "phone"), ("星海智能", "open")]

    for words, name in asked:
        assert known.find(words, {name}) == [1]
        assert known.find(words, ALL - {name}) == []
    assert known.find("星海智能", set()) == []


def test_the_whole_term_has_to_lie_within_one_class(index):
    index.write([(1, Words(open=["星海"], people=["海智"]))])

    assert index.find("星海", ALL) == [1]
    assert index.find("星海智", ALL) == []


def test_near_leaves_only_the_rows_of_these_people(known):
    assert known.find("有限公司", ALL, near=7) == [1]
    assert known.find("有限公司", ALL, near=9) == [2]
    assert known.find("有限公司", ALL, near=[7, 8]) == [2, 1]
    assert known.find("有限公司", ALL, near=[]) == []
    assert known.find("有限公司", ALL, near=70) == []
    assert known.find("abc", ALL, near=0) == [3]


def test_the_newest_come_first_and_no_more_than_asked_for(index):
    index.write([(pk, Words(open=["星海科技"], near=[pk % 2])) for pk in range(1, 201)])

    assert index.find("科技", ALL, limit=3) == [200, 199, 198]
    assert index.find("科技", ALL, near=1, limit=3) == [199, 197, 195]


def test_writing_again_replaces_and_removing_forgets(known):
    known.write([(1, Words(open=["北京云天"], near=[8])), (2, Words(open=["苏州蓝田"]))])

    assert (known.find("星海", ALL), known.find("云天", ALL, near=8), known.find("云天", ALL, near=7)) == ([], [1], [])

    known.remove([1, 99])

    assert (known.find("云天", ALL), known.find("蓝田", ALL)) == ([], [2])


def test_many_rows_replace_what_was_there_of_them(index):
    index.write([(pk, Words(open=["旧名"])) for pk in range(1, 101)])
    index.write([(pk, Words(open=["新名"])) for pk in range(1, 101)])

    assert (index.find("旧名", ALL), len(index.find("新名", ALL, limit=1000))) == ([], 100)


def test_where_narrows_a_queryset_and_stays_one(known):
    Row.objects.bulk_create([Row(id=pk) for pk in (1, 2, 3)])
    rows = Row.objects.order_by("id")

    def ids(queryset):
        return list(queryset.values_list("pk", flat=True))

    assert ids(known.where(rows, "有限公司", ALL)) == [1, 2]
    assert ids(known.where(rows, "有限公司", ALL, 7)) == [1]
    assert ids(known.where(rows, "有限公司", ALL, most=1)) == [2]
    assert ids(known.where(rows.filter(pk__gt=1), "有限公司", ALL).order_by("-pk")) == [2]
    assert ids(known.where(rows, "星海", ALL) | known.where(rows, "蓝田", ALL)) == [1, 2]
    assert known.where(rows, "有限公司", ALL)[:1].count() == 1
    assert ids(known.where(rows, "  ", ALL)) == [1, 2, 3]
    assert ids(known.where(rows, "？！", ALL)) == []


def test_a_flush_of_a_test_database_empties_the_index_too(transactional_db):
    (operation,) = INDEX.migration_operations()
    with connection.schema_editor() as editor:
        operation.code(None, editor)
    INDEX.write([(1, Words(open=["星海"]))])

    call_command("flush", interactive=False, verbosity=0, inhibit_post_migrate=True)

    assert INDEX.find("星海", ALL) == []
    INDEX.write([(2, Words(open=["星海"]))])
    assert INDEX.find("星海", ALL) == [2]
    with connection.schema_editor() as editor:
        operation.reverse_code(None, editor)
