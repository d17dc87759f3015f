"""The pages of deals: board, list, move, forecast, pipelines."""

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext

from keji.access.models import Role
from keji.access.rules.people import add_person
from keji.access.trail import SYSTEM
from keji.customers.rules.needs import add_need
from keji.deals import queries
from keji.deals.models import Deal, Pipeline, Stage, StageChange
from keji.deals.pages import board
from keji.deals.pages.forecast import figures
from keji.deals.pages.record import panel
from keji.deals.rules.move import move
from keji.deals.rules.open import open_deal
from keji.deals.sheet import DEALS
from keji.kernel.clock import now, today
from keji.kernel.errors import Invalid
from keji.records.listing import ask

pytestmark = pytest.mark.django_db
PART = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "form#move"}


def signed_in(person):
    client = Client()
    client.force_login(person)
    client.get("/account/")
    return client


def columns(person, query=""):
    """The board's columns as the page makes them."""
    return board.columns(person, queries.lines_for(person)[0], ask(DEALS, person, QueryDict(query)))


def called(client, path):
    """The names of the rows of a list, in order."""
    return re.findall(r'<a class="called"[^>]*>([^<]*)</a>', client.get(path).content.decode())


def again(deal):
    return Deal.objects.get(pk=deal.pk)


def won_today(person, customer, stages, amount, **values):
    told = {"actual_amount": Decimal(amount), "won_date": today(), "stage": stages["WON"]}
    return open_deal(person, {"name": "已成交", **told, **values}, customer)


def test_a_board_shows_each_stage_with_count_sum_and_cards(cast, deal, stages):
    open_deal(cast.zhao, {"name": "蓝田设备", "expected_amount": Decimal(50_000)}, cast.other)
    open_deal(cast.lin, {"name": "美元单", "expected_amount": Decimal(7), "currency": "USD"}, cast.acme)
    won_today(cast.lin, cast.acme, stages, 120_000)

    told = columns(cast.wang)
    page = signed_in(cast.wang).get("/deals/").content.decode()

    assert "¥350,000 · US$7" in page
    assert [(one["step"].name, one["number"], one["sums"]) for one in told] == [
        ("线索", 3, ["¥350,000", "US$7"]),
        ("意向", 0, []),
        ("方案", 0, []),
        ("谈判", 0, []),
        ("成交", 1, ["¥120,000"]),
        ("流失", 0, []),
    ]
    assert [one["name"] for one in told[0]["cards"]] == ["智能办公设备批量采购", "蓝田设备", "美元单"]


def test_a_board_is_narrowed_by_owner_team_and_period(cast, deal):
    open_deal(cast.zhao, {"name": "蓝田设备", "expected_close_date": date(2026, 12, 31)}, cast.other)
    client = signed_in(cast.wang)

    def names(query):
        shown = called(client, f"/deals/?{query}")
        assert shown == [card["name"] for one in columns(cast.wang, query) for card in one["cards"]]
        return shown

    assert names(f"owner={cast.zhao.pk}") == ["蓝田设备"]
    assert names(f"team={cast.east.pk}") == [deal.name]
    assert names("expected_close_date__from=2026-12-01&expected_close_date__to=2026-12-31") == ["蓝田设备"]
    assert client.get("/deals/?stage=987654").status_code == 400
    assert client.get("/deals/?owner__password=x").status_code == 400


def test_a_column_shows_forty_cards_and_leads_to_the_rest(cast, stages):
    for number in range(43):
        open_deal(cast.lin, {"name": f"第{number}", "expected_amount": Decimal(number)}, cast.acme)
    first = columns(cast.lin)[0]

    assert (len(first["cards"]), first["number"], first["more"]) == (40, 43, 3)
    assert first["cards"][0]["name"] == "第42"
    assert "还有 3 个，看列表" in signed_in(cast.lin).get("/deals/").content.decode()
    assert "共 43 个" in signed_in(cast.lin).get(first["href"]).content.decode()


def test_a_board_asks_three_questions_however_many_cards(cast, deal):
    client = signed_in(cast.wang)
    client.get("/deals/")

    def asked():
        with CaptureQueriesContext(connection) as found:
            client.get("/deals/")
        return [one["sql"] for one in found if '"deals_' in one["sql"] or '"customers_' in one["sql"]]

    few = asked()
    for number in range(5):
        open_deal(cast.lin, {"name": f"第{number}"}, cast.acme)
    client.get("/deals/")
    assert len(asked()) == len(few) <= 3


@pytest.mark.req("R-000-38")
def test_a_deal_whose_stage_was_not_updated_for_long_is_red_and_says_why(cast, deal):
    client = signed_in(cast.lin)
    for days, why in ((30, ""), (31, "阶段 31 天没有更新（限 30 天）")):
        Deal.objects.filter(pk=deal.pk).update(stage_checked_at=now() - timedelta(days=days, minutes=1))
        assert columns(cast.lin)[0]["cards"][0]["rotten"] == why
        for path in ("/deals/", f"/deals/{deal.pk}/"):
            assert ("没有更新" in client.get(path).content.decode()) == bool(why)

    client.post(f"/deals/{deal.pk}/confirm/")
    assert columns(cast.lin)[0]["cards"][0]["rotten"] == ""


def test_amounts_that_may_not_be_read_are_neither_shown_nor_summed_nor_an_order(cast, deal):
    small = open_deal(cast.lin, {"name": "小单", "expected_amount": Decimal(1)}, cast.acme)
    Role.objects.filter(code="DEPT_HEAD").update(fields={"deals.expected_amount": "hide"})
    head, _password = add_person(SYSTEM, "he", "何军", ["DEPT_HEAD"])
    head.must_change = False
    head.save()
    answer = signed_in(head).get("/deals/")
    first = columns(head)[0]

    assert (first["number"], first["sums"]) == (2, [])
    assert [(one["pk"], one["price"]) for one in first["cards"]] == [(small.pk, ""), (deal.pk, "")]
    assert "300,000" not in answer.content.decode()
    assert signed_in(head).get("/deals/list/?sort=amount").status_code == 400
    assert "300,000" not in signed_in(head).get("/deals/forecast/").content.decode()


@pytest.mark.parametrize("who, status", [("chen", 403), ("gao", 403), ("lin", 200), ("shen", 200)])
@pytest.mark.parametrize("path", ["/deals/", "/deals/list/", "/deals/forecast/"])
def test_who_may_open_the_pages(cast, who, status, path):
    assert signed_in(getattr(cast, who)).get(path).status_code == status


def test_a_move_by_drag_is_made_or_answered_with_what_is_lacking(cast, deal, stages):
    client, path = signed_in(cast.lin), f"/deals/{deal.pk}/move/"
    asked = client.post(path, {"_stage": stages["INTENT"], "version": 1}, **PART)
    assert asked.status_code == 422
    assert 'name="fact-NEED"' in asked.content.decode()
    assert "<html" not in asked.content.decode()
    assert StageChange.objects.count() == 0

    told = {"_stage": stages["INTENT"], "version": 1, "fact-NEED": "1"}
    moved = client.post(path, told, **PART)
    assert (moved.status_code, again(deal).stage_id) == (204, stages["INTENT"])
    assert again(deal).facts == {"NEED": today().isoformat()}


def test_a_move_without_javascript_asks_for_the_stage_then_for_what_it_needs(cast, deal, stages):
    client, path = signed_in(cast.lin), f"/deals/{deal.pk}/move/"
    page = client.get(path).content.decode()
    assert all(f'<option value="{pk}"' in page for code, pk in stages.items() if code != "LEAD")

    page = client.get(f"{path}?_stage={stages['WON']}").content.decode()
    assert 'name="actual_amount" value="300000.00"' in page
    assert f'name="won_date" value="{today().isoformat()}"' in page
    told = {"_stage": stages["WON"], "version": 1, "actual_amount": "28万", "won_date": "今天", "why": "当场签约"}
    answer = client.post(path, told)
    assert (answer.status_code, answer["Location"]) == (302, f"/deals/{deal.pk}/")
    assert (again(deal).actual_amount, again(deal).won_date) == (280_000, today())


@pytest.mark.req("R-000-36")
@pytest.mark.req("R-003-46")
def test_the_dialog_shows_what_the_records_say_already(cast, deal, stages):
    client, path = signed_in(cast.lin), f"/deals/{deal.pk}/move/?_stage={stages['INTENT']}"
    before = client.get(path, **PART).content.decode()
    assert ('name="fact-NEED"' in before, "已经满足" in before) == (True, False)

    add_need(cast.lin, {"description": "采购办公设备"}, cast.acme)
    after = client.get(path, **PART).content.decode()
    page = client.get(f"/deals/{deal.pk}/").content.decode()

    assert ('name="fact-NEED"' in after, "已经满足" in after, "客户有进行中的需求" in after) == (False, True, True)
    assert ("客户有进行中的需求" in page, 'name="fact-NEED"' in page) == (True, False)
    assert client.post(f"/deals/{deal.pk}/move/", {"_stage": stages["INTENT"], "version": deal.version}, **PART).status_code == 204


def test_a_sale_without_amount_is_answered_beside_the_field(cast, deal, stages):
    told = {"_stage": stages["WON"], "version": 1, "won_date": today().isoformat(), "actual_amount": "", "why": "签了"}
    answer = signed_in(cast.lin).post(f"/deals/{deal.pk}/move/", told)

    assert answer.status_code == 422
    assert "成交须填写实际成交金额" in answer.content.decode()
    assert again(deal).category == "OPEN"


def test_a_loss_asks_for_a_reason_and_takes_none(cast, deal, stages):
    client, path = signed_in(cast.lin), f"/deals/{deal.pk}/move/"
    assert 'name="loss_reason"' in client.get(f"{path}?_stage={stages['LOST']}").content.decode()

    client.post(path, {"_stage": stages["LOST"], "version": 1, "loss_reason": "COMPETITOR", "loss_text": "选了别家"})
    assert (again(deal).loss_reason, again(deal).loss_text) == ("COMPETITOR", "选了别家")


@pytest.mark.req("R-000-37")
def test_a_card_that_is_dragged_to_the_lost_ones_asks_for_the_reason_first(cast, deal, stages):
    client, path = signed_in(cast.lin), f"/deals/{deal.pk}/move/"
    told = {"_stage": stages["LOST"], "version": 1}
    asked = client.post(path, told | {"_dragged": "1"}, **PART)
    assert (asked.status_code, 'name="loss_reason"' in asked.content.decode()) == (200, True)
    assert (again(deal).category, StageChange.objects.count()) == ("OPEN", 0)

    assert client.post(path, told | {"loss_reason": "", "why": ""}, **PART).status_code == 204
    assert again(deal).category == "LOST"


@pytest.mark.req("R-000-37")
def test_losses_of_which_nobody_said_why_are_found_by_the_filter(cast, deal, stages):
    client = signed_in(cast.lin)
    told = open_deal(cast.lin, {"name": "说了原因的", "stage": stages["LOST"], "loss_reason": "PRICE"}, cast.acme)
    move(cast.lin, deal, stages["LOST"])
    panel_told = client.get("/deals/list/filters/loss_reason/").content.decode()

    assert re.search(r'name="loss_reason" value="-">空白', panel_told)
    assert called(client, "/deals/list/?category=LOST&loss_reason=-") == [deal.name]
    assert called(client, "/deals/list/?category=LOST&loss_reason=PRICE") == [told.name]
    ticked = client.get("/deals/list/filters/loss_reason/?loss_reason=-").content.decode()
    assert ticked.count('value="-"') == 1 and 'value="-" checked>空白' in ticked
    assert 'value="-"' not in client.get("/deals/list/filters/stage/").content.decode()


@pytest.mark.req("R-000-36")
def test_a_card_that_is_dragged_to_the_won_ones_asks_for_amount_and_date_first(cast, deal, stages):
    client, path = signed_in(cast.lin), f"/deals/{deal.pk}/move/"
    told = {"_stage": stages["WON"], "version": 1, "_dragged": "1"}
    asked = client.post(path, told, **PART)
    form = asked.content.decode()

    assert (asked.status_code, "data-code" in form) == (200, False)
    assert 'name="actual_amount" value="300000.00"' in form
    assert f'name="won_date" value="{today().isoformat()}"' in form
    assert (again(deal).category, StageChange.objects.count()) == ("OPEN", 0)

    sale = {"_stage": stages["WON"], "version": 1, "actual_amount": "", "won_date": "今天", "why": "当场签约"}
    refused = client.post(path, sale, **PART)
    assert (refused.status_code, "成交须填写实际成交金额" in refused.content.decode()) == (422, True)
    assert client.post(path, sale | {"actual_amount": "28万"}, **PART).status_code == 204
    assert (again(deal).category, again(deal).actual_amount) == ("WON", 280_000)


def test_an_old_page_moves_nothing(cast, deal, stages):
    move(cast.wang, deal, stages["INTENT"], why="经理推进")
    told = {"_stage": stages["PROPOSAL"], "version": 1, "why": "我也推进"}
    answer = signed_in(cast.lin).post(f"/deals/{deal.pk}/move/", told, **PART)

    assert answer.status_code == 409
    assert "别人刚改过" in answer.content.decode()
    assert again(deal).stage_id == stages["INTENT"]


@pytest.mark.req("R-000-35")
@pytest.mark.req("R-001-23")
def test_a_deal_is_opened_from_its_customer_with_amounts_as_people_write_them(cast, stages):
    client = signed_in(cast.lin)
    form = client.get(f"/deals/new/?_customer={cast.acme.pk}").content.decode()
    assert "李梅" in form
    told = {
        "_customer": cast.acme.pk,
        "_once": "a",
        "_stage": stages["INTENT"],
        "_contact": cast.acme.contacts.first().pk,
        "name": "办公设备",
        "expected_amount": "30万",
        "possibility": "HIGH",
        "long_term_value": "战略客户，后续年采购额或超50万",
        "long_term_amount": "50万",
        "expected_close_date": "2026-12-31",
    }
    answer = client.post("/deals/new/", told)
    made = Deal.objects.get()
    assert answer["Location"] == f"/deals/{made.pk}/"
    assert (made.expected_amount, made.long_term_amount, made.possibility) == (300_000, 500_000, "HIGH")
    assert (made.stage_id, made.contact.name) == (stages["INTENT"], "李梅")

    client.post("/deals/new/", told)
    assert Deal.objects.count() == 1
    assert client.post("/deals/new/", {**told, "_once": "b", "expected_amount": "-5"}).status_code == 422
    assert client.get("/deals/new/?_customer=C999").status_code == 422


def test_a_deal_is_opened_from_the_board_by_choosing_the_customer(cast, stages):
    client, once = signed_in(cast.lin), {"_once": "board", "name": "看板上的商机", "_stage": stages["LEAD"]}
    page = client.get("/deals/new/").content.decode()
    assert ("<pick-customer" in page, 'data-facts-src="/deals/new/facts/"' in page) == (True, True)
    facts = client.get(f"/deals/new/facts/?customer={cast.acme.pk}").content.decode()
    contact = cast.acme.contacts.get()
    assert ("星海智能科技" in facts, f'<option value="{contact.pk}">李梅' in facts, "<html" in facts) == (True, True, False)

    answer = client.post("/deals/new/", once)
    assert answer.status_code == 422
    assert ("请先选择客户" in answer.content.decode(), "看板上的商机" in answer.content.decode()) == (True, True)
    assert "没有编号是" in client.post("/deals/new/", {**once, "_customer": "C999"}).content.decode()
    assert client.post("/deals/new/", {**once, "_customer": cast.acme.pk, "_contact": contact.pk}).status_code == 302
    assert list(Deal.objects.values_list("name", "customer", "contact")) == [("看板上的商机", cast.acme.pk, contact.pk)]


def test_what_a_chosen_customer_brings_is_what_one_may_read(cast):
    """A stranger gets nothing, a masked name stays masked, and who may not change the customer is told so at once."""
    assert signed_in(cast.zhao).get(f"/deals/new/facts/?customer={cast.acme.pk}").status_code == 404
    assert signed_in(cast.shen).get("/deals/new/facts/?customer=").status_code in (403, 404)
    role = Role.objects.get(code="SALES_REP")
    role.fields = {"contacts.name": "mask", "customers.owner": "hide"}
    role.reach = role.reach | {"customers": role.reach["customers"] | {"change": "none"}}
    role.save()
    facts = signed_in(cast.lin).get(f"/deals/new/facts/?customer={cast.acme.pk}").content.decode()

    assert ("李梅" in facts, "林晓" in facts, "不能为它建立商机" in facts, 'name="_contact"' in facts) == (False, False, True, False)
    assert signed_in(cast.lin).post("/deals/new/", {"name": "不行", "_customer": cast.acme.pk}).status_code == 403


def test_an_edited_deal_keeps_what_is_not_on_the_form_and_shows_a_conflict(cast, deal):
    client = signed_in(cast.lin)
    path = f"/deals/{deal.pk}/edit/"
    client.post(path, {"version": 1, "name": "改名", "competitor": "蓝湖"})
    assert (again(deal).name, again(deal).competitor, again(deal).expected_amount) == ("改名", "蓝湖", 300_000)

    answer = client.post(path, {"version": 1, "name": "我的名"})
    assert answer.status_code == 409
    assert "改名" in answer.content.decode()


def test_a_deal_goes_into_the_bin_and_comes_back(cast, deal):
    client = signed_in(cast.lin)
    client.post(f"/deals/{deal.pk}/drop/")
    assert client.get(f"/deals/{deal.pk}/").status_code == 404
    assert deal.name in client.get("/deals/bin/").content.decode()

    client.post(f"/deals/bin/{deal.pk}/restore/")
    assert client.get(f"/deals/{deal.pk}/").status_code == 200


def test_the_list_is_searched_filtered_sorted_and_exported(cast, deal, files):
    open_deal(cast.lin, {"name": "年度服务", "expected_amount": Decimal(5)}, cast.acme)
    client = signed_in(cast.lin)

    def names(query):
        return called(client, f"/deals/list/?{query}")

    assert names("sort=-amount") == [deal.name, "年度服务"]
    assert names("q=服务") == ["年度服务"]
    assert called(client, "/deals/?q=服务") == ["年度服务"]
    assert called(client, "/deals/?q=()") == called(client, "/deals/?q=没有") == []
    assert names("amount__from=10万") == [deal.name]
    assert names(f"stage={deal.stage_id}&category=OPEN&sort=name") == ["年度服务", deal.name]
    answer = signed_in(cast.shen).post("/deals/export/", {"query": "", "why": "核对", "format": "csv"}, follow=True)
    assert answer.status_code == 200
    written = next(files.rglob("*.csv")).read_text("utf-8-sig")
    assert deal.name in written
    assert "C001" in written


@pytest.mark.parametrize("path", ["/deals/", "/deals/list/"])
def test_a_filter_of_board_and_list_offers_its_choices_when_it_is_opened(cast, deal, path):
    client = signed_in(cast.wang)
    page = client.get(f"{path}?possibility=HIGH&owner={cast.lin.pk}").content.decode()
    inside = client.get(f"{path}filters/possibility/?possibility=HIGH", headers={"HX-Target": "div#filter-possibility"})
    whole = client.get(f"{path}filters/owner/?possibility=HIGH").content.decode()

    assert f'hx-get="{path}filters/possibility/?possibility=HIGH&amp;owner={cast.lin.pk}"' in page
    assert ('value="MEDIUM"' in page, '<input type="hidden" name="possibility" value="HIGH">' in page) == (False, True)
    assert 'name="possibility" value="HIGH" checked' in inside.content.decode()
    assert "<html" not in inside.content.decode()
    assert ("林晓" in whole, '<input type="hidden" name="possibility" value="HIGH">' in whole) == (True, True)
    assert client.get(f"{path}filters/customer/").status_code == 404
    assert client.get(f"{path}filters/owner/?nonsense=1").status_code == 400


def test_a_filtered_board_comes_with_its_strip_and_a_refreshed_one_without(cast, deal):
    client = signed_in(cast.wang)
    whole, board_alone = (
        client.get("/deals/?possibility=HIGH", HTTP_HX_REQUEST="true", HTTP_HX_TARGET=target).content.decode()
        for target in ("div#whole", "section#board")
    )

    assert ('id="filter-possibility-face"' in whole, "合作可能性：高" in whole, 'id="board"' in whole) == (True, True, True)
    assert ('id="filters"' in board_alone, 'id="board"' in board_alone) == (False, True)
    assert "<html" not in whole + board_alone


def test_a_narrowed_list_comes_as_its_table_alone(cast, deal):
    answer = signed_in(cast.wang).get("/deals/list/?category=OPEN", HTTP_HX_REQUEST="true", HTTP_HX_TARGET="section#table")

    page = answer.content.decode()
    assert (answer.status_code, "智能办公设备批量采购" in page, "状态：进行中" in page) == (200, True, True)
    assert "<html" not in page


def test_a_filter_out_of_sight_unfolds_and_one_that_may_not_be_read_is_not_offered(cast, deal):
    client = signed_in(cast.wang)
    more = client.get("/deals/list/filters/more/?currency=CNY", headers={"HX-Target": "div#filter-more"}).content.decode()
    assert ("filter-products" in more, "filter-loss_reason" in more, "filter-currency" in more) == (False, True, False)
    assert "filter-currency" in client.get("/deals/list/?currency=CNY").content.decode()

    Role.objects.filter(code="SALES_MANAGER").update(fields={"deals.expected_amount": "hide"})
    client = signed_in(cast.wang)
    assert "filter-amount" not in client.get("/deals/list/").content.decode()
    assert client.get("/deals/list/filters/amount/").status_code == 404


def test_the_forecast_sets_expected_weighted_and_won_against_each_other(cast, deal, stages):
    Deal.objects.filter(pk=deal.pk).update(expected_close_date=today().replace(day=28))
    won_today(cast.zhao, cast.other, stages, 100_000)
    past = {"name": "过期", "expected_amount": Decimal(40_000), "expected_close_date": date(2020, 1, 1)}
    open_deal(cast.lin, past, cast.acme)
    client = signed_in(cast.wang)
    told = figures(cast.wang)
    month = next(one for one in told["months"] if one["key"] == f"{today():%Y-%m}")
    late = next(one for one in told["months"] if one["key"] == "overdue")

    assert (month["number"], month["expected"], month["weighted"], month["won"]) == (1, 300_000, 15_000, 100_000)
    assert (late["expected"], late["weighted"], month["share"]) == (40_000, 2_000, 25)
    assert [(one["name"], one["expected"], one["won"]) for one in told["owners"]] == [
        ("林晓", 340_000, 0),
        ("赵强", 0, 100_000),
    ]
    assert "共 1 个" in client.get(month["open_href"]).content.decode()
    assert "共 1 个" in client.get(month["won_href"]).content.decode()
    assert "共 1 个" in client.get(late["open_href"]).content.decode()
    assert [one["name"] for one in figures(cast.wang, month["key"])["owners"]] == ["林晓", "赵强"]
    assert "340,000.00" in client.get("/deals/forecast/").content.decode()
    assert client.get("/deals/forecast/?month=x").status_code == 400
    with pytest.raises(Invalid):
        figures(cast.wang, "2020-01")


MAY = {"customers.change": True}


def test_the_panel_of_a_customer_holds_what_its_reader_may_read(cast, deal):
    mine = panel(cast.lin, cast.acme, MAY)

    assert [(one["it"]["name"].text, one["stage"], one["price"]) for one in mine["deals"]] == [
        (deal.name, "线索", "¥300,000")
    ]
    assert (mine["see"], mine["add"]) == (True, True)
    assert panel(cast.chen, cast.acme, MAY) == {"deals": [], "add": False, "customer": cast.acme.pk, "see": False}
    assert panel(cast.shen, cast.acme, MAY)["add"] is False
    assert panel(cast.lin, cast.acme, {"customers.change": False})["add"] is False


def test_a_steward_makes_a_pipeline_for_a_team_that_its_people_get_first(cast):
    shen = signed_in(cast.shen)
    like = Pipeline.objects.get(code="P000")
    answer = shen.post("/pipelines/", {"name": "华东流程", "like": like.pk, "team": cast.east.pk})
    made = Pipeline.objects.get(name="华东流程")

    assert answer["Location"] == f"/pipelines/{made.pk}/"
    assert [one.name for one in queries.lines_for(cast.lin)][0] == "华东流程"
    assert "华东流程" not in [one.name for one in queries.lines_for(cast.zhao)]
    assert [s.name for s in queries.line(made.pk).steps] == ["线索", "意向", "方案", "谈判", "成交", "流失"]
    assert shen.post("/pipelines/", {"name": "华东流程", "like": like.pk}).status_code == 422


def test_a_teams_own_board_is_open_to_all_who_see_deals_in_it(cast):
    like = Pipeline.objects.get(code="P000")
    signed_in(cast.shen).post("/pipelines/", {"name": "华南流程", "like": like.pk, "team": cast.south.pk})
    own = Pipeline.objects.get(name="华南流程")

    def offered(person):
        return "华南流程" in signed_in(person).get("/deals/").content.decode()

    assert [offered(one) for one in (cast.zhao, cast.wang, cast.lin)] == [True, False, False]
    open_deal(cast.zhao, {"name": "蓝田设备", "pipeline": own.pk}, cast.other)
    assert [offered(one) for one in (cast.zhao, cast.wang, cast.lin)] == [True, True, False]
    assert "蓝田设备" in signed_in(cast.wang).get(f"/deals/?pipeline={own.pk}").content.decode()

    signed_in(cast.shen).post(f"/pipelines/{own.pk}/", {"name": "华南流程", "team": cast.south.pk})
    assert not queries.line(own.pk).enabled
    assert [offered(one) for one in (cast.zhao, cast.wang, cast.lin)] == [True, True, False]


def test_a_steward_adds_orders_renames_and_weighs_stages(cast, deal, stages):
    shen, funnel = signed_in(cast.shen), Pipeline.objects.get(code="P000")
    shen.post(f"/pipelines/{funnel.pk}/stages/", {"name": "试用"})
    trial = Stage.objects.get(name="试用")
    shen.post(f"/stages/{trial.pk}/shift/", {"by": "up"})
    told = {"name": "线索客户", "probability": "10", "rotting_days": "14", "step": "1", "criteria": ["NEED", "CONTACT"]}
    shen.post(f"/stages/{stages['LEAD']}/", told)

    names = [step.name for step in queries.line(funnel.pk).steps]
    assert names == ["线索客户", "意向", "方案", "试用", "谈判", "成交", "流失"]
    lead = queries.step(stages["LEAD"])
    assert (lead.code, lead.probability, lead.rotting_days, lead.criteria) == ("LEAD", 10, 14, ("NEED", "CONTACT"))
    assert again(deal).weighted == 30_000
    assert "线索客户" in signed_in(cast.lin).get("/deals/").content.decode()


def test_a_stage_in_use_is_switched_off_and_never_deleted(cast, stages):
    shen, funnel = signed_in(cast.shen), Pipeline.objects.get(code="P000")
    shen.post(f"/pipelines/{funnel.pk}/stages/", {"name": "试用"})
    trial = Stage.objects.get(name="试用")
    deal = open_deal(cast.lin, {"name": "试用中", "stage": trial.pk}, cast.acme)
    move(cast.lin, deal, stages["LEAD"], why="退回")

    assert shen.post(f"/stages/{trial.pk}/drop/").status_code == 422
    assert shen.post(f"/stages/{stages['INTENT']}/drop/").status_code == 422
    assert shen.post(f"/stages/{stages['WON']}/switch/", {"enabled": "0"}).status_code == 422
    shen.post(f"/stages/{trial.pk}/switch/", {"enabled": "0"})
    assert "试用" not in [step.name for step in queries.line(funnel.pk).offered]

    shen.post(f"/pipelines/{funnel.pk}/stages/", {"name": "没用过"})
    fresh = Stage.objects.get(name="没用过")
    shen.post(f"/stages/{fresh.pk}/drop/")
    assert not Stage.objects.filter(pk=fresh.pk).exists()


@pytest.mark.parametrize("who", ["lin", "wang", "chen", "gao"])
def test_only_the_steward_keeps_pipelines(cast, who):
    client, funnel = signed_in(getattr(cast, who)), Pipeline.objects.get(code="P000")

    assert client.get("/pipelines/").status_code == 403
    assert client.post(f"/pipelines/{funnel.pk}/", {"name": "x"}).status_code == 403
    assert client.post(f"/pipelines/{funnel.pk}/stages/", {"name": "x"}).status_code == 403


def test_there_is_always_a_pipeline_for_everybody(cast):
    shen = signed_in(cast.shen)
    for code, status in (("P001", 302), ("P003", 302), ("P000", 422)):
        one = Pipeline.objects.get(code=code)
        assert shen.post(f"/pipelines/{one.pk}/", {"name": one.name}).status_code == status
    assert [one.code for one in queries.lines_for(cast.lin)] == ["P000"]
