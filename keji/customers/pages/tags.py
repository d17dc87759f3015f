"""Tags: on a customer's page, on many customers of the list, and the vocabulary that the steward keeps."""

from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _

from keji.access.doors import door
from keji.access.scope import may
from keji.customers import jobs, queries
from keji.customers.pages.hands import many
from keji.customers.pages.panels import tags_panel
from keji.customers.rules import tag_merges, tagging, tags
from keji.customers.rules.autotags import WATCHED
from keji.customers.rules.tags import COLOURS, TAGS
from keji.customers.sheet import CUSTOMERS
from keji.customers.tagbook import tagbook
from keji.kernel import dates
from keji.kernel.clock import BIN, day_of, today
from keji.kernel.errors import Invalid, Problem, Unfit
from keji.kernel.numbers import whole_id
from keji.kernel.text import listed
from keji.queue import enqueue
from keji.records.listing import ask, narrowed
from keji.records.pages import attempt, chosen, done, url
from keji.records.terms import dictionary


@door("customers.change", "POST")
def customer_tag(request: Any, pk: int) -> HttpResponse:
    customer = queries.customer(request.user, pk)
    told = request.POST.get("tag", "")[:60]
    day, wrong = attempt(lambda: until(request.POST))
    if not wrong:
        why = request.POST.get("why", "")[:200]
        _known, wrong = attempt(lambda: tagging.tag(request.user, customer, told, until=day, why=why))
    return tagged(request, customer, wrong, told)


@door("customers.change", "POST")
def customer_untag(request: Any, pk: int, tag: int) -> HttpResponse:
    customer = queries.customer(request.user, pk)
    _none, wrong = attempt(lambda: tagging.untag(request.user, customer, tag))
    return tagged(request, customer, wrong)


def tagged(request: Any, customer: Any, wrong: Any, told: str = "") -> HttpResponse:
    """The panel anew for htmx, else the customer's page."""
    if request.headers.get("HX-Request") != "true":
        return done(request, wrong[0].message if wrong else _("标签已更新"), url("customers:page", customer.pk))
    granted = {"customers.change": may(request.user, "customers.change", customer)}
    context = {"tags": tags_panel(request.user, customer, granted), "problems": wrong, "words": told if wrong else ""}
    return render(request, "customers/tagged.html", context, status=422 if wrong else 200)


def until(told: QueryDict) -> Any:
    """The last day of a tag, if one is given."""
    try:
        return dates.day(told.get("until", "")[:30], today=today()).value
    except Invalid as error:
        raise Unfit(Problem("until", error.code, error.message)) from None


@door("customers.change", "POST")
def customers_tag(request: Any) -> HttpResponse:
    """Many at once: first asked which tags go on and which come off, then done."""
    ids = wanted(request)
    wrong: Any = ()
    if "step" in request.POST:
        day, wrong = attempt(lambda: until(request.POST))
        add = [one for one in request.POST.getlist("add") if one.strip()]
        add += listed(request.POST.get("new", "")[:200])
        if not wrong:
            facts = {"until": day, "why": request.POST.get("why", "")[:200]}
            moved, wrong = attempt(
                lambda: tagging.tag_many(request.user, ids, add[:20], chosen(request.POST, "remove")[:20], **facts)
            )
        if not wrong:
            return done(request, many(moved, _("%(n)d 个客户的标签已更新")), url("customers:list"))
    context = {"ids": ids, "count": len(ids), "groups": grouped(), "problems": wrong, "told": request.POST}
    return render(request, "customers/tag_many.html", context, status=422 if wrong else 200)


def wanted(request: Any) -> list[int]:
    """The ticked rows, or all rows of the list as it was narrowed and searched."""
    if request.POST.get("all") != "1":
        return chosen(request.POST)
    asked = ask(CUSTOMERS, request.user, QueryDict(request.POST.get("query", "")[:4000]))
    rows = narrowed(CUSTOMERS, request.user, queries.customers(request.user), asked, whole=True)
    return list(rows.values_list("pk", flat=True)[: tagging.MOST + 1])


def grouped() -> list[tuple[str, list[Any]]]:
    """The tags that are offered, by group."""
    found: dict[str, list[Any]] = {}
    for one in tagbook().offered():
        found.setdefault(one.group.name, []).append(one)
    return list(found.items())


@door(TAGS)
def tag_list(request: Any) -> HttpResponse:
    return tags_page(request)


def tags_page(request: Any, wrong: Any = (), told: Any = None) -> HttpResponse:
    counts = queries.tag_counts(request.user)
    groups = []
    for group in queries.tag_groups():
        known = [one for one in tagbook().tags.values() if one.group.id == group.pk and one.merged_into is None]
        rows = [
            {"id": one.id, "name": one.name, "enabled": one.enabled, "count": counts.get(one.id, 0)} for one in known
        ]
        groups.append({"group": group, "tags": rows})
    context = {
        "groups": groups,
        "merges": [merge_told(merge) for merge in queries.tag_merges()],
        "rules": [rule_told(rule) for rule in queries.tag_rules()],
        "fields": [(name, str(one.label)) for name, one in WATCHED.items()],
        "colours": [(code, str(label)) for code, label in COLOURS.items()],
        "problems": wrong,
        "told": told or {},
        "targets": targets(),
    }
    return render(request, "customers/tags.html", context, status=422 if wrong else 200)


def merge_told(merge: Any) -> dict[str, Any]:
    who = merge.who.name if merge.who else _("系统")
    told = _("%(n)d 个客户 · %(who)s · %(day)s 前可以撤销")
    until = day_of(merge.at + BIN).isoformat()
    return {"id": merge.pk, "old": str(merge.old), "new": str(merge.new), "sub": told % {"n": merge.size, "who": who, "day": until}}


def targets() -> list[tuple[str, str]]:
    """What a rule may lead to: a group, or one tag of it."""
    whole = [(f"g{one.id}", _("%(group)s：每个值一个标签") % {"group": one.name}) for one in tagbook().groups.values()]
    return whole + [(f"t{one.id}", one.text) for one in tagbook().offered()]


def rule_told(rule: Any) -> dict[str, Any]:
    watched = WATCHED[rule.field]
    book = dictionary(watched.book) if watched.book else None
    value = (
        (book.text(rule.value) if book else _("是") if rule.field == "is_strategic" else rule.value)
        if rule.value
        else _("任何值")
    )
    leads = tagbook().tags[rule.tag_id].text if rule.tag_id else f"{tagbook().groups[rule.group_id].name}:…"
    return {"id": rule.pk, "field": str(watched.label), "value": value, "leads": leads, "enabled": rule.enabled}


def after(request: Any, rule: Any, said: str, told: Any = None) -> HttpResponse:
    _nothing, wrong = attempt(rule)
    return tags_page(request, wrong, told) if wrong else done(request, said, url("customers:tags"))


@door(TAGS, "POST")
def group_add(request: Any) -> HttpResponse:
    return after(
        request,
        lambda: tags.keep_group(request.user, None, **group_facts(request.POST)),
        _("标签组已添加"),
        request.POST,
    )


def group_facts(told: QueryDict) -> dict[str, Any]:
    sort = told.get("sort", "")
    flags = {name: told.get(name) == "1" for name in ("exclusive", "system", "prefixed", "enabled")}
    place = whole_id(sort) if len(sort) < 5 else 0
    return {"name": told.get("name", "")[:60], "colour": told.get("colour", "")[:10], "sort": place or 0, **flags}


@door(TAGS, "GET", "POST")
def group_edit(request: Any, pk: int) -> HttpResponse:
    group = queries.tag_group(pk)
    wrong: Any = ()
    if request.method == "POST":
        _kept, wrong = attempt(lambda: tags.keep_group(request.user, pk, **group_facts(request.POST)))
        if not wrong:
            return done(request, _("标签组已保存"), url("customers:tags"))
    context = {"group": group, "problems": wrong, "colours": [(code, str(label)) for code, label in COLOURS.items()]}
    return render(request, "customers/tag_group.html", context, status=422 if wrong else 200)


@door(TAGS, "POST")
def tag_add(request: Any) -> HttpResponse:
    pk = whole_id(request.POST.get("group", "")) or 0
    return after(request, lambda: tags.add_tag(request.user, pk, request.POST.get("name", "")[:60]), _("标签已添加"))


@door(TAGS, "GET", "POST")
def tag_edit(request: Any, pk: int) -> HttpResponse:
    tag = queries.tag(pk)
    wrong: Any = ()
    if request.method == "POST":
        _kept, wrong = attempt(lambda: tags.rename_tag(request.user, pk, request.POST.get("name", "")[:60]))
        if not wrong:
            return done(request, _("标签已改名"), url("customers:tags"))
    return tag_page(request, tag, wrong)


def tag_page(request: Any, tag: Any, wrong: Any) -> HttpResponse:
    context = {
        "tag": tag,
        "count": queries.tag_counts(request.user).get(tag.pk, 0),
        "others": [(one.id, one.text) for one in tagbook().offered() if one.id != tag.pk],
        "problems": wrong,
        "list": f"{url('customers:list')}?tags={tag.pk}" if may(request.user, "customers.see") else "",
    }
    return render(request, "customers/tag.html", context, status=422 if wrong else 200)


@door(TAGS, "POST")
def tag_merge(request: Any, pk: int) -> HttpResponse:
    tag = queries.tag(pk)
    into = (chosen(request.POST, "into") or [0])[0]
    count, wrong = attempt(lambda: tag_merges.merge_tags(request.user, pk, into))
    if wrong:
        return tag_page(request, tag, wrong)
    return done(request, _("已合并，%(n)d 个客户改用新标签") % {"n": count}, url("customers:tags"))


@door(TAGS, "POST")
def merge_undo(request: Any, pk: int) -> HttpResponse:
    moved, wrong = attempt(lambda: tag_merges.undo_merge(request.user, pk))
    if wrong:
        return tags_page(request, wrong)
    enqueue(jobs.follow_rules, person_id=request.user.pk)
    back, left = moved
    said = _("已撤销合并，%(n)d 个客户恢复原标签") % {"n": back}
    more = _("；%(n)d 个客户的标签后来改过，保持不变") % {"n": left} if left else ""
    return done(request, said + more, url("customers:tags"))


@door(TAGS, "POST")
def tag_switch(request: Any, pk: int) -> HttpResponse:
    on = request.POST.get("enabled") == "1"
    said = _("已启用") if on else _("已停用，贴着它的客户不变")
    return after(request, lambda: tags.switch_tag(request.user, pk, on), said)


@door(TAGS, "POST")
def rule_add(request: Any) -> HttpResponse:
    target, field = request.POST.get("target", "")[:20], request.POST.get("field", "")[:40]
    value = request.POST.get("value", "").strip()[:60]

    def add() -> None:
        pk = whole_id(target[1:]) or 0
        if (target[:1] == "t") != bool(value):
            raise Unfit(Problem("target", "E_CHOICE", _("写了值就选一个标签，没写值就选标签组")))
        tags.add_rule(request.user, field, code_of(field, value), pk)
        enqueue(jobs.follow_rules, person_id=request.user.pk)

    return after(request, add, _("规则已添加，正在更新所有客户的标签"))


def code_of(field: str, value: str) -> str:
    """The code of a value that was written as people say it."""
    watched = WATCHED.get(field)
    if field == "is_strategic" and value:
        return "1"
    if not value or watched is None or not watched.book:
        return value
    code = dictionary(watched.book).known.get(value.casefold())
    if code is None:
        raise Unfit(
            Problem(
                "value", "E_CHOICE", _("“%(field)s”没有“%(value)s”这一项") % {"field": watched.label, "value": value}
            )
        )
    return code


@door(TAGS, "POST")
def rule_switch(request: Any, pk: int) -> HttpResponse:
    on = request.POST.get("enabled") == "1"

    def switch() -> None:
        tags.switch_rule(request.user, pk, on)
        enqueue(jobs.follow_rules, person_id=request.user.pk)

    return after(request, switch, _("规则已更新，正在更新所有客户的标签"))
