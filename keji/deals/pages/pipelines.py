"""The steward's pages: pipelines and their stages."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from keji.access.doors import door
from keji.deals import queries
from keji.deals.rules import pipelines as rules
from keji.deals.rules.actions import PIPELINES
from keji.deals.rules.criteria import CRITERIA
from keji.deals.sheet import CATEGORY
from keji.kernel.errors import Problem
from keji.kernel.numbers import whole_id
from keji.records.pages import attempt, done, url


@door(PIPELINES, "GET", "POST")
def pipeline_list(request: Any) -> HttpResponse:
    """All pipelines; a new one starts with the stages of another."""
    problems: tuple[Problem, ...] = ()
    if request.method == "POST":
        like = queries.pipeline(whole_id(request.POST.get("like")) or 0)
        team = whole_id(request.POST.get("team"))
        team = team if team in queries.teams() else None
        made, problems = attempt(lambda: rules.add_pipeline(request.user, request.POST.get("name", ""), like, team))
        if not problems:
            return done(request, _("已添加"), url("deals:pipeline", made.pk))
    context = {
        "pipelines": [(one, queries.line(one.pk).offered) for one in queries.pipelines()],
        "teams": queries.teams(),
        "problems": problems,
        "name": request.POST.get("name", ""),
    }
    return render(request, "deals/pipelines.html", context, status=422 if problems else 200)


@door(PIPELINES, "GET", "POST")
def pipeline_page(request: Any, pk: int) -> HttpResponse:
    pipeline = queries.pipeline(pk)
    if request.method == "GET":
        return one_page(request, pipeline)
    told, team = request.POST, whole_id(request.POST.get("team"))
    team = team if team in queries.teams() else None
    return after(
        request,
        pipeline,
        lambda: rules.revise_pipeline(request.user, pipeline, told.get("name", ""), team, told.get("enabled") == "1"),
        _("已保存，各处立即生效"),
    )


def one_page(request: Any, pipeline: Any, problems: tuple[Problem, ...] = ()) -> HttpResponse:
    used = queries.counts(pipeline.pk)
    lines = queries.line(pipeline.pk).steps
    context = {
        "pipeline": pipeline,
        "stages": [
            {
                "it": one,
                "category": CATEGORY.show(one.category),
                "criteria": _("、").join(str(CRITERIA[code]) for code in one.criteria if code in CRITERIA),
                "used": used.get(one.pk, 0),
            }
            for one in lines
        ],
        "teams": queries.teams(),
        "problems": problems,
    }
    return render(request, "deals/pipeline.html", context, status=422 if problems else 200)


def after(request: Any, pipeline: Any, rule: Callable[[], Any], said: str) -> HttpResponse:
    _nothing, problems = attempt(rule)
    if problems:
        return one_page(request, queries.pipeline(pipeline.pk), problems)
    return done(request, said, url("deals:pipeline", pipeline.pk))


@door(PIPELINES, "POST")
def stage_add(request: Any, pk: int) -> HttpResponse:
    pipeline = queries.pipeline(pk)
    name = request.POST.get("name", "")
    return after(request, pipeline, lambda: rules.add_stage(request.user, pipeline, name), _("已添加"))


@door(PIPELINES, "GET", "POST")
def stage_edit(request: Any, pk: int) -> HttpResponse:
    stage = queries.stage(pk)
    if request.method == "GET":
        return stage_page(request, stage)
    told = request.POST
    rotting = told.get("rotting_days", "").strip()
    values = {
        "name": told.get("name", ""),
        "probability": whole_id(told.get("probability", "").strip()),
        "rotting_days": whole_id(rotting) if rotting else None,
        "step": whole_id(told.get("step")),
        "exit_criteria": told.getlist("criteria"),
    }
    if rotting and values["rotting_days"] is None:
        values["rotting_days"] = -1
    _stage, problems = attempt(lambda: rules.revise_stage(request.user, stage, values))
    if problems:
        return stage_page(request, queries.stage(pk), problems)
    return done(request, _("已保存，各处立即生效"), url("deals:pipeline", stage.pipeline_id))


def stage_page(request: Any, stage: Any, problems: tuple[Problem, ...] = ()) -> HttpResponse:
    told = request.POST if problems else None
    plain = ("name", "probability", "rotting_days")
    context = {
        "stage": stage,
        "category": CATEGORY.show(stage.category),
        "told": {name: told.get(name, "") if told else getattr(stage, name) for name in plain},
        "criteria": [
            (code, str(text), code in (told.getlist("criteria") if told else stage.exit_criteria))
            for code, text in CRITERIA.items()
        ],
        "problems": problems,
    }
    return render(request, "deals/stage.html", context, status=422 if problems else 200)


@door(PIPELINES, "POST")
def stage_shift(request: Any, pk: int) -> HttpResponse:
    stage = queries.stage(pk)
    by = -1 if request.POST.get("by") == "up" else 1
    return after(request, stage.pipeline, lambda: rules.shift(request.user, stage, by), _("已调整顺序"))


@door(PIPELINES, "POST")
def stage_switch(request: Any, pk: int) -> HttpResponse:
    stage, on = queries.stage(pk), request.POST.get("enabled") == "1"
    said = _("已启用") if on else _("已停用，已有商机不变")
    return after(request, stage.pipeline, lambda: rules.switch_stage(request.user, stage, on), said)


@door(PIPELINES, "POST")
def stage_drop(request: Any, pk: int) -> HttpResponse:
    stage = queries.stage(pk)
    return after(request, stage.pipeline, lambda: rules.drop_stage(request.user, stage), _("已删除"))
