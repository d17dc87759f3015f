"""Tags: put on by people, following from fields, over after a day, merged, found."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.http import QueryDict

from keji.access.house import fresh
from keji.access.models import Entry
from keji.customers import jobs, queries
from keji.customers.models import Contact, Customer, MergedTagging, Tag, Tagging, TagGroup, TagMerge, TagRule
from keji.customers.rules.contacts import add_contact
from keji.customers.rules.many import Entrant, register_many
from keji.customers.rules.needs import add_need, drop_need, revise_need
from keji.customers.rules.register import register
from keji.customers.rules.revise import revise
from keji.customers.rules.tag_merges import forget_merges, merge_tags, undo_merge
from keji.customers.rules.tagging import expire, tag, tag_many, untag
from keji.customers.rules.tags import (
    add_rule,
    add_tag,
    keep_group,
    rename_tag,
    retag_all,
    switch_rule,
    switch_tag,
)
from keji.customers.sheet import CONTACTS, CUSTOMERS
from keji.customers.tagbook import tagbook
from keji.desk.queries import customers_found
from keji.kernel.clock import BIN, now, today
from keji.kernel.errors import Invalid, NotThere, Refused, Unfit
from keji.records.listing import ask, listing

TEXT = "智能办公设备批量采购"


def carried(customer):
    """What the list shows, which must be what the taggings say."""
    tags = Customer.objects.get(pk=customer.pk).tags
    rows = Tagging.objects.filter(customer_id=customer.pk, ended_at=None).values_list("tag_id", flat=True)
    assert sorted(tags) == sorted(rows)
    return {tagbook().tags[one].text for one in tags}


def asked(person, query):
    return set(listing(CUSTOMERS, person, queries.customers(person), ask(CUSTOMERS, person, QueryDict(query))).ids)


def codes(error):
    return [(problem.field, problem.code) for problem in error.value.problems]


@pytest.mark.req("R-002-25")
def test_the_possibility_tags_the_customer_and_a_new_one_replaces_the_old(cast):
    need = add_need(cast.lin, {"description": TEXT, "intent_level": "HIGH"}, cast.acme)
    assert carried(cast.acme) == {"行业:软件和信息技术服务业", "意向等级:高"}

    need = revise_need(cast.lin, queries.need(cast.lin, need.pk), {"intent_level": "LOW"})
    assert carried(cast.acme) == {"行业:软件和信息技术服务业", "意向等级:低"}
    drop_need(cast.lin, need)
    assert carried(cast.acme) == {"行业:软件和信息技术服务业"}


def test_of_several_needs_the_strongest_possibility_counts_and_closed_ones_do_not(cast):
    first = add_need(cast.lin, {"description": TEXT, "intent_level": "LOW", "need_type": "DIGITAL"}, cast.acme)
    add_need(cast.lin, {"description": TEXT, "intent_level": "MEDIUM", "keywords": ["COST_EFFICIENCY"]}, cast.acme)
    assert carried(cast.acme) >= {"意向等级:中", "需求类型:数字化转型", "需求类型:降本增效"}

    revise_need(cast.lin, queries.need(cast.lin, first.pk), {"state": "MET"})
    assert carried(cast.acme) == {"意向等级:中", "需求类型:降本增效", "行业:软件和信息技术服务业"}


def test_the_story_of_the_trade_fair_ends_with_its_tags(cast):
    """S-01: a strategic customer of I65."""
    made = register(cast.lin, {"name": "星河智能科技有限公司", "industry_code": "I65", "is_strategic": True})

    assert carried(made) == {"行业:软件和信息技术服务业", "重点意向客户"}
    revise(cast.lin, made, {"industry_code": "C", "is_strategic": False})
    assert carried(made) == {"行业:制造业"}


def test_many_customers_at_once_get_the_tags_that_one_by_one_would_get(cast):
    values = [
        {"name": f"并行{n}有限公司", "industry_code": code, "is_strategic": n == 1}
        for n, code in enumerate(("C34", "I65", ""))
    ]
    singles = [register(cast.lin, {**one, "name": f"单个{one['name']}"}) for one in values]
    entrants = [Entrant(dict(one)) for one in values]
    register_many(cast.lin, entrants, "P000")

    for single, many in zip(singles, entrants, strict=True):
        rows = [Tagging.objects.filter(customer_id=pk).order_by("tag_id") for pk in (single.pk, many.id)]
        told = [list(row.values_list("tag_id", "who", "automatic", "valid_until", "ended_at")) for row in rows]
        assert told[0] == told[1]
        assert Customer.objects.get(pk=single.pk).tags == Customer.objects.get(pk=many.id).tags
        assert carried(Customer.objects.get(pk=many.id)) == carried(single)


def test_what_a_person_has_put_there_is_never_taken_away_by_a_rule(cast):
    add_need(cast.lin, {"description": TEXT, "intent_level": "HIGH"}, cast.acme)
    tag(cast.lin, cast.acme, "意向等级:高")
    need = add_need(cast.lin, {"description": TEXT, "intent_level": "LOW"}, cast.acme)
    for one in queries.needs_of(cast.lin, cast.acme.pk):
        revise_need(cast.lin, queries.need(cast.lin, one.pk), {"intent_level": "LOW"})

    assert "意向等级:高" in carried(cast.acme)
    assert "意向等级:低" not in carried(cast.acme)
    high = tagbook().named("意向等级:高").id
    untag(cast.lin, cast.acme, high)
    assert "意向等级:低" in carried(cast.acme)
    assert need.intent_level == "LOW"


@pytest.mark.req("R-003-21")
def test_the_tags_of_the_seed_are_delivered_and_a_customer_carries_several(cast):
    words = ["价格敏感型", "决策链复杂", "重点意向客户"]
    offered = {choice.text for choice in CUSTOMERS.by_name["tags"].kind.choices()}
    assert set(words) <= offered

    for word in words[:2]:
        tag(cast.lin, cast.acme, word)
    tag(cast.shen, cast.acme, words[2])

    assert asked(cast.lin, "&".join(f"tags={word}" for word in words) + "&tags__how=all") == {cast.acme.pk}


@pytest.mark.req("R-000-53")
def test_a_new_tag_needs_no_deployment_and_stands_among_the_filters_at_once(cast):
    tag(cast.lin, cast.acme, "海外新业务")

    offered = [choice.text for choice in CUSTOMERS.by_name["tags"].kind.choices()]
    assert {"海外新业务", "新业务需求"} <= set(offered)
    assert asked(cast.lin, "tags=海外新业务") == {cast.acme.pk}


def people_asked(person, query):
    found = listing(CONTACTS, person, queries.contacts(person), ask(CONTACTS, person, QueryDict(query)))
    return set(Contact.objects.filter(pk__in=found.ids).values_list("name", flat=True))


@pytest.mark.req("R-002-26")
def test_a_segment_of_tags_gives_the_customers_and_their_contacts(cast):
    """Who agreed to be written to is asked where consent is kept, not here."""
    add_contact(cast.lin, {"name": "周敏", "mobile": "13912345601", "decision_role": "DECISION_MAKER"}, cast.acme)
    add_contact(cast.lin, {"name": "吴涛", "mobile": "13912345602"}, cast.acme)
    add_contact(cast.zhao, {"name": "郑凯", "mobile": "13912345603"}, cast.other)
    lone = register(cast.lin, {"name": "远航物流有限公司"})
    add_contact(cast.lin, {"name": "冯雪", "mobile": "13912345604"}, lone)
    for customer, words in ((cast.acme, ("预算明确", "决策周期长")), (cast.other, ("预算明确",))):
        for word in words:
            tag(cast.shen, customer, word)
    both, slow = "customers.tags=预算明确", "customers.tags__not=决策周期长"

    assert asked(cast.wang, "tags=预算明确") == {cast.acme.pk, cast.other.pk}
    assert people_asked(cast.wang, both) >= {"周敏", "吴涛", "郑凯"}
    assert "冯雪" in people_asked(cast.wang, "") - people_asked(cast.wang, both)
    assert {"周敏", "郑凯"} & people_asked(cast.wang, f"{both}&{slow}") == {"郑凯"}
    assert {"周敏", "吴涛"} & people_asked(cast.wang, f"{both}&decision_role=DECISION_MAKER") == {"周敏"}
    assert {"周敏", "郑凯"} & people_asked(cast.lin, both) == {"周敏"}
    untag(cast.shen, cast.acme, tagbook().named("预算明确").id)
    assert {"周敏", "吴涛", "郑凯"} & people_asked(cast.wang, both) == {"郑凯"}


def test_the_list_of_contacts_offers_the_filters_of_their_customers(cast, client):
    client.force_login(cast.lin)
    add_contact(cast.lin, {"name": "周敏", "mobile": "13912345601"}, cast.acme)
    tag(cast.lin, cast.acme, "预算明确")
    clear = tagbook().named("预算明确").id

    page = client.get(f"/contacts/?customers.tags={clear}").content.decode()
    assert "客户 标签" in page and "周敏" in page
    assert "预算明确" in client.get("/contacts/filters/customers-tags/").content.decode()
    assert client.get("/contacts/?customers.mobile=1").status_code == 400
    with pytest.raises(Invalid):
        people_asked(cast.lin, "customers.tags=没有这个")


@pytest.mark.req("R-000-33")
def test_customers_are_found_by_any_all_and_none_of_several_tags(cast):
    for word in ("预算明确", "决策周期长"):
        tag(cast.lin, cast.acme, word)
    tag(cast.zhao, cast.other, "预算明确")
    clear, slow, rival = (tagbook().named(word).id for word in ("预算明确", "决策周期长", "竞品对比中"))
    both = {cast.acme.pk, cast.other.pk}

    assert asked(cast.wang, f"tags={clear}&tags={slow}") == both
    assert asked(cast.wang, f"tags={clear}&tags={slow}&tags__how=all") == {cast.acme.pk}
    assert asked(cast.wang, f"tags={clear}&tags={rival}&tags__how=all") == set()
    assert asked(cast.wang, f"tags={clear}&tags__not={slow}") == {cast.other.pk}
    assert asked(cast.wang, "tags=预算明确&tags__not=决策周期长") == {cast.other.pk}
    for odd in ("tags=没有这个", "tags=99999999999999999999", "tags__from=1"):
        with pytest.raises(Invalid):
            asked(cast.wang, odd)


@pytest.mark.req("R-004-32")
@pytest.mark.req("R-004-33")
def test_manufacturing_and_medium_and_promising_are_asked_together(cast):
    meant = register(cast.lin, {"name": "中意机械有限公司", "industry_code": "C34", "employee_count": 120})
    small = register(cast.lin, {"name": "小意机械有限公司", "industry_code": "C34", "employee_count": 20})
    other = register(cast.lin, {"name": "中意软件有限公司", "industry_code": "I65", "employee_count": 120})
    for one in (meant, small, other):
        tag(cast.lin, one, "高潜力客户")
    register(cast.lin, {"name": "中等机械有限公司", "industry_code": "C35", "employee_count": 120})

    assert asked(cast.wang, f"industry_code=C&size_band={meant.size_band}&tags=高潜力客户") == {meant.pk}
    assert {"VIP客户", "投诉风险客户"} <= {one.text for one in tagbook().offered()}


@pytest.mark.req("R-000-01")
def test_a_tag_is_found_by_the_search_and_no_longer_once_it_is_gone(cast):
    tag(cast.lin, cast.acme, "年会赞助商")
    assert [pk for pk, _shown in customers_found(cast.lin, "年会赞助")] == [cast.acme.pk]
    assert customers_found(cast.zhao, "年会赞助") == []

    untag(cast.lin, cast.acme, tagbook().named("年会赞助商").id)
    assert customers_found(cast.lin, "年会赞助") == []


def test_a_tag_is_told_in_the_trail_and_its_history_stays(cast):
    tag(cast.lin, cast.acme, "预算明确", why="已看到预算批文")
    untag(cast.wang, cast.acme, tagbook().named("预算明确").id)

    entries = Entry.objects.filter(record="customers", record_id=cast.acme.pk).order_by("pk")
    put, gone = list(entries)[-2:]
    assert (put.who, put.why, put.kept.values) == (cast.lin, "已看到预算批文", {"tags": [[], ["预算明确"]]})
    assert (gone.who, gone.kept.values) == (cast.wang, {"tags": [["预算明确"], []]})
    kept = Tagging.objects.get(tag__name="预算明确")
    assert (kept.who, kept.ended_by, kept.ended_at is not None, kept.why) == (
        cast.lin,
        cast.wang,
        True,
        "已看到预算批文",
    )


def test_of_an_exclusive_group_the_new_tag_takes_the_place_of_the_old_one(cast):
    group = keep_group(cast.shen, None, "温度", exclusive=True, system=False)
    for name in ("热", "冷"):
        add_tag(cast.shen, group.pk, name)
    tag(cast.lin, cast.acme, "温度:热")
    tag(cast.lin, cast.acme, "温度：冷")

    assert carried(cast.acme) & {"温度:热", "温度:冷"} == {"温度:冷"}


def test_a_tag_ends_with_its_last_day_and_leaves_list_and_filter_but_not_the_history(cast):
    tag(cast.lin, cast.acme, "预算明确", until=today())
    tag(cast.lin, cast.acme, "决策周期长", until=today() + timedelta(days=3))
    assert expire() == 0
    Tagging.objects.filter(tag__name="预算明确").update(valid_until=today() - timedelta(days=1))
    jobs.expire_tags.call()

    assert carried(cast.acme) == {"行业:软件和信息技术服务业", "决策周期长"}
    assert asked(cast.lin, "tags=预算明确") == set()
    assert Tagging.objects.filter(tag__name="预算明确", ended_at__isnull=False).count() == 1
    assert Entry.objects.filter(record_id=cast.acme.pk).latest("pk").why == "标签到期"


def test_a_day_that_is_over_is_no_validity(cast):
    with pytest.raises(Unfit) as error:
        tag(cast.lin, cast.acme, "预算明确", until=today() - timedelta(days=1))
    assert codes(error) == [("until", "E_PAST")]


def test_a_rep_makes_free_tags_but_none_in_a_system_group(cast):
    tag(cast.lin, cast.acme, "偏好夜间沟通")
    with pytest.raises(Unfit) as error:
        tag(cast.lin, cast.acme, "行业:元宇宙")

    assert codes(error) == [("tag", "E_SYSTEM_TAG")]
    made = Tag.objects.get(name="偏好夜间沟通")
    assert (made.group.name, made.created_by) == ("自由标签", cast.lin)
    assert not Tag.objects.filter(name="元宇宙").exists()


@pytest.mark.parametrize("word", ["", "  ", "一、二", "长" * 21, "a,b", "组:值:值"])
def test_what_is_no_word_is_no_tag(cast, word):
    with pytest.raises(Unfit):
        tag(cast.lin, cast.acme, word)


def test_two_spellings_are_one_tag(cast):
    tag(cast.lin, cast.acme, "Key Account")
    tag(cast.lin, cast.acme, "keyaccount")
    tag(cast.lin, cast.acme, "ＫＥＹ account")

    assert Tag.objects.filter(key="keyaccount").count() == 1
    assert carried(cast.acme) == {"行业:软件和信息技术服务业", "Key Account"}


@pytest.mark.parametrize("who", ["zhao", "chen", "gao"])
def test_who_may_not_change_the_customer_puts_no_tag_on_it(cast, who):
    person = getattr(cast, who)
    for attempt in (lambda: tag(person, cast.acme, "预算明确"), lambda: untag(person, cast.acme, 1)):
        with pytest.raises(Refused):
            attempt()
    assert Tagging.objects.filter(automatic=False).count() == 0


def test_many_customers_are_tagged_at_once_as_far_as_one_may(cast):
    ids = [cast.acme.pk, cast.other.pk, 999_999]

    assert tag_many(cast.lin, ids, ["预算明确", "展会线索"], []) == (1, 2)
    assert tag_many(cast.wang, ids, ["决策周期长"], [tagbook().named("预算明确").id]) == (2, 1)
    assert carried(cast.acme) == {"行业:软件和信息技术服务业", "展会线索", "决策周期长"}
    assert carried(cast.other) == {"行业:通用设备制造业", "决策周期长"}
    for ids, add in ((range(1, 1002), ["预算明确"]), ([cast.acme.pk], [])):
        with pytest.raises(Unfit):
            tag_many(cast.wang, ids, add, [])


def test_a_tag_is_renamed_everywhere_and_its_rule_still_finds_it(cast):
    tag(cast.lin, cast.acme, "决策周期长")
    rename_tag(cast.shen, tagbook().named("决策周期长").id, "决策慢")
    rename_tag(cast.shen, tagbook().named("行业:软件和信息技术服务业").id, "软件业")
    made = register(cast.lin, {"name": "又一家软件有限公司", "industry_code": "I65"})

    assert carried(cast.acme) == {"行业:软件业", "决策慢"}
    assert carried(made) == {"行业:软件业"}
    assert [pk for pk, _shown in customers_found(cast.lin, "决策慢")] == [cast.acme.pk]
    with pytest.raises(Unfit) as error:
        rename_tag(cast.shen, tagbook().named("决策慢").id, "预算明确")
    assert codes(error) == [("name", "E_DUP_LABEL")]


def test_two_tags_become_one_and_nobody_carries_it_twice(cast):
    for word in ("预算明确", "预算已批"):
        tag(cast.lin, cast.acme, word)
    tag(cast.zhao, cast.other, "预算已批")
    old, new = tagbook().named("预算已批").id, tagbook().named("预算明确").id

    assert merge_tags(cast.shen, old, new) == 2
    assert carried(cast.acme) == {"行业:软件和信息技术服务业", "预算明确"}
    assert carried(cast.other) == {"行业:通用设备制造业", "预算明确"}
    assert asked(cast.wang, f"tags={old}") == {cast.acme.pk, cast.other.pk}
    entry = Entry.objects.filter(action="customers.tags").latest("pk")
    assert (entry.who, entry.kept.values) == (cast.shen, {"tag": old, "into": new, "moved": 1, "doubled": 1})
    tag(cast.lin, cast.acme, "预算已批")
    assert carried(cast.acme) == {"行业:软件和信息技术服务业", "预算明确", "预算已批"}


def test_a_tag_that_a_rule_makes_is_followed_into_what_it_was_merged_into(cast):
    made = add_tag(cast.shen, TagGroup.objects.get(name="行业").pk, "数字产业")
    merge_tags(cast.shen, tagbook().named("行业:软件和信息技术服务业").id, made.pk)

    assert carried(cast.acme) == {"行业:数字产业"}
    assert carried(register(cast.lin, {"name": "新来软件有限公司", "industry_code": "I65"})) == {"行业:数字产业"}


def test_what_would_crowd_an_exclusive_group_is_refused(cast):
    tag(cast.lin, cast.acme, "预算明确")
    tag(cast.lin, cast.acme, "决策周期长")
    with pytest.raises(Unfit):
        merge_tags(cast.shen, tagbook().named("预算明确").id, tagbook().named("意向等级:高").id)
    free = TagGroup.objects.get(name="自由标签")
    with pytest.raises(Unfit) as error:
        keep_group(cast.shen, free.pk, "自由标签", exclusive=True)

    assert codes(error) == [("exclusive", "E_EXCLUSIVE")]


def test_a_tag_that_is_switched_off_stays_where_it_is_and_is_not_offered(cast):
    tag(cast.lin, cast.acme, "预算明确")
    switch_tag(cast.shen, tagbook().named("预算明确").id, False)

    assert "预算明确" in carried(cast.acme)
    assert "预算明确" not in [choice.text for choice in CUSTOMERS.by_name["tags"].kind.choices()]
    with pytest.raises(Unfit) as error:
        tag(cast.zhao, cast.other, "预算明确")
    assert codes(error) == [("tag", "E_DISABLED")]


def test_a_rule_of_the_steward_holds_for_all_customers_once_it_is_on(cast):
    risk = tagbook().named("流失风险").id
    rule = add_rule(cast.shen, "lifecycle_stage", "LOST", risk)
    revise(cast.lin, cast.acme, {"lifecycle_stage": "LOST"})
    assert "流失风险" in carried(cast.acme)

    switch_rule(cast.shen, rule.pk, False)
    switch_rule(cast.shen, TagRule.objects.get(field="industry_code").pk, False)
    fresh()
    assert retag_all() == 2
    assert (carried(cast.acme), carried(cast.other)) == (set(), set())


@pytest.mark.parametrize("who", ["lin", "wang", "chen", "gao"])
def test_the_vocabulary_is_the_stewards(cast, who):
    person, one = getattr(cast, who), tagbook().named("预算明确").id
    for attempt in (
        lambda: keep_group(person, None, "组"),
        lambda: add_tag(person, 1, "词"),
        lambda: rename_tag(person, one, "词"),
        lambda: switch_tag(person, one, False),
        lambda: merge_tags(person, one, one + 1),
        lambda: add_rule(person, "grade", "", 1),
        lambda: switch_rule(person, 1, False),
    ):
        with pytest.raises(Refused):
            attempt()


def test_the_database_lets_nobody_carry_a_tag_twice(cast):
    tag(cast.lin, cast.acme, "预算明确")
    held = Tagging.objects.get(automatic=False)
    with pytest.raises(IntegrityError), transaction.atomic():
        Tagging.objects.create(customer=cast.acme, tag=held.tag, at=held.at)


def test_a_save_of_what_was_read_before_keeps_the_tags_put_on_meanwhile(cast):
    early = queries.customer(cast.lin, cast.acme.pk)
    tag(cast.wang, cast.acme, "预算明确")
    revise(cast.lin, early, {"remark": "年底扩产"})

    assert "预算明确" in carried(cast.acme)


def merged(cast, old="预算已批", new="预算明确"):
    """The merge of two tags by the steward."""
    merge_tags(cast.shen, tagbook().named(old).id, tagbook().named(new).id)
    return TagMerge.objects.latest("pk")


def free_tags(customer):
    return {one for one in carried(customer) if ":" not in one}


def test_a_merge_is_undone_and_everybody_has_back_what_he_had(cast):
    for word in ("预算明确", "预算已批"):
        tag(cast.lin, cast.acme, word)
    tag(cast.zhao, cast.other, "预算已批", why="客户自己说的")
    merge = merged(cast)

    assert undo_merge(cast.shen, merge.pk) == (2, 0)
    assert (free_tags(cast.acme), free_tags(cast.other)) == ({"预算明确", "预算已批"}, {"预算已批"})
    assert Tagging.objects.get(customer=cast.other, tag=merge.old).why == "客户自己说的"
    assert asked(cast.wang, "tags=预算已批") == {cast.acme.pk, cast.other.pk}
    assert asked(cast.wang, "tags=预算明确") == {cast.acme.pk}
    assert {pk for pk, _shown in customers_found(cast.wang, "预算已批")} == {cast.acme.pk, cast.other.pk}
    entry = Entry.objects.filter(action="customers.tags").latest("pk")
    assert (entry.who, entry.why) == (cast.shen, "撤销合并 预算已批 → 预算明确")
    assert entry.kept.values == {"merge": merge.pk, "back": 2, "left": 0}
    with pytest.raises(Unfit) as error:
        undo_merge(cast.shen, merge.pk)
    assert codes(error) == [("merge", "E_GONE")]


def test_what_people_have_done_since_a_merge_stays(cast):
    third = register(cast.lin, {"name": "第三软件有限公司"})
    for customer, words in ((cast.acme, ("预算明确", "预算已批")), (third, ("预算已批",))):
        for word in words:
            tag(cast.lin, customer, word)
    merge = merged(cast)
    for customer in (cast.acme, third):
        untag(cast.lin, customer, merge.new_id)
    tag(cast.lin, third, "预算明确")
    tag(cast.zhao, cast.other, "预算明确")

    assert undo_merge(cast.shen, merge.pk) == (0, 2)
    assert [free_tags(one) for one in (cast.acme, third, cast.other)] == [set(), {"预算明确"}, {"预算明确"}]


def test_a_tag_that_ran_out_since_a_merge_does_not_come_back(cast):
    tag(cast.lin, cast.acme, "预算明确")
    tag(cast.lin, cast.acme, "预算已批", until=today())
    merge = merged(cast)
    Tagging.objects.filter(customer=cast.acme).exclude(valid_until=None).update(valid_until=today() - timedelta(days=1))

    assert undo_merge(cast.shen, merge.pk) == (0, 1)
    assert free_tags(cast.acme) == {"预算明确"}


def test_rules_and_what_follows_from_them_come_back_with_a_tag(cast):
    made = add_tag(cast.shen, TagGroup.objects.get(name="行业").pk, "数字产业")
    add_rule(cast.shen, "grade", "A", tagbook().named("VIP客户").id)
    retag_all()
    first = merged(cast, "行业:软件和信息技术服务业", "行业:数字产业")
    second = merged(cast, "VIP客户", "高潜力客户")
    assert carried(cast.acme) == {str(made), "高潜力客户"}

    undo_merge(cast.shen, first.pk)
    undo_merge(cast.shen, second.pk)
    retag_all()

    assert carried(cast.acme) == {"行业:软件和信息技术服务业", "VIP客户"}
    assert TagRule.objects.get(field="grade").tag.name == "VIP客户"


def test_of_two_merges_in_a_row_the_later_is_undone_first(cast):
    tag(cast.lin, cast.acme, "预算已批")
    first = merged(cast)
    second = merged(cast, "预算明确", "价格敏感型")
    with pytest.raises(Unfit) as error:
        undo_merge(cast.shen, first.pk)
    assert codes(error) == [("merge", "E_LATER")]

    undo_merge(cast.shen, second.pk)
    assert free_tags(cast.acme) == {"预算明确"}
    assert Tag.objects.get(name="预算已批").merged_into.name == "预算明确"
    undo_merge(cast.shen, first.pk)

    assert free_tags(cast.acme) == {"预算已批"}


def test_a_merge_is_not_undone_into_a_second_tag_of_the_same_name(cast):
    tag(cast.lin, cast.acme, "预算已批")
    merge = merged(cast)
    tag(cast.zhao, cast.other, "预算已批")
    with pytest.raises(Unfit) as error:
        undo_merge(cast.shen, merge.pk)

    assert codes(error) == [("merge", "E_DUP_LABEL")]
    assert free_tags(cast.acme) == {"预算明确"}


def test_nobody_gets_two_tags_of_an_exclusive_group_by_an_undo(cast):
    heat = keep_group(cast.shen, None, "温度", exclusive=True, enabled=True)
    add_tag(cast.shen, heat.pk, "热"), add_tag(cast.shen, heat.pk, "冷")
    tag(cast.lin, cast.acme, "温度:热")
    tag(cast.zhao, cast.other, "温度:热")
    merge = merged(cast, "温度:热", "预算明确")
    tag(cast.lin, cast.acme, "温度:冷")

    assert undo_merge(cast.shen, merge.pk) == (1, 1)
    assert carried(cast.acme) == {"行业:软件和信息技术服务业", "温度:冷", "预算明确"}
    assert carried(cast.other) == {"行业:通用设备制造业", "温度:热"}


def test_a_merge_can_be_undone_for_thirty_days_by_the_steward(cast):
    tag(cast.lin, cast.acme, "预算已批")
    merge = merged(cast)
    for who in (cast.lin, cast.wang, cast.gao, cast.chen):
        with pytest.raises(Refused):
            undo_merge(who, merge.pk)
    with pytest.raises(NotThere):
        undo_merge(cast.shen, merge.pk + 1)
    assert forget_merges() == 0

    TagMerge.objects.update(at=now() - BIN - timedelta(minutes=1))
    with pytest.raises(Unfit) as error:
        undo_merge(cast.shen, merge.pk)
    assert (codes(error), queries.tag_merges()) == ([("merge", "E_LATE")], [])
    jobs.empty_bins.func()

    assert (TagMerge.objects.count(), MergedTagging.objects.count()) == (0, 0)
    assert free_tags(cast.acme) == {"预算明确"}
