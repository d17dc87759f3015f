"""The pipelines: delivered ones, and those of a team. What is in use keeps its code and can only be switched off."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from keji.access.house import stamp
from keji.access.models import Person
from keji.access.scope import require
from keji.access.trail import note
from keji.deals.models import Deal, Pipeline, Stage, StageChange
from keji.deals.queries import step
from keji.deals.rules.actions import PIPELINES
from keji.deals.rules.criteria import CRITERIA
from keji.deals.rules.derived import weighted
from keji.kernel.errors import Problem, Unfit

NEED, SOLUTION = ["NEED"], ["NEED_CONFIRMED", "BUDGET"]
ROTTING = 30
PRESETS: dict[str, tuple[str, list[tuple[str, str, str, int, int, list[str]]]]] = {
    "P000": (
        gettext_noop("营销漏斗"),
        [
            ("LEAD", gettext_noop("线索"), "OPEN", 5, 1, NEED),
            ("INTENT", gettext_noop("意向"), "OPEN", 20, 2, SOLUTION),
            ("PROPOSAL", gettext_noop("方案"), "OPEN", 40, 3, ["PROPOSAL_SENT"]),
            ("NEGOTIATION", gettext_noop("谈判"), "OPEN", 70, 4, []),
            ("WON", gettext_noop("成交"), "WON", 100, 5, []),
            ("LOST", gettext_noop("流失"), "LOST", 0, 0, []),
        ],
    ),
    "P001": (
        gettext_noop("客户关系"),
        [
            ("POTENTIAL", gettext_noop("潜在客户"), "OPEN", 5, 1, NEED),
            ("NEED_ANALYSIS", gettext_noop("需求分析"), "OPEN", 20, 2, SOLUTION),
            ("SOLUTION", gettext_noop("方案制定"), "OPEN", 40, 3, ["PROPOSAL_SENT"]),
            ("NEGOTIATION", gettext_noop("商务谈判"), "OPEN", 70, 4, ["CONTRACT"]),
            ("SIGNED", gettext_noop("合同签订"), "WON", 100, 5, ["DELIVERED"]),
            ("AFTER_SALES", gettext_noop("售后维护"), "AFTER", 100, 6, []),
            ("LOST", gettext_noop("流失"), "LOST", 0, 0, []),
        ],
    ),
    "P003": (
        gettext_noop("销售过程"),
        [
            ("FIRST_CONTACT", gettext_noop("初次接触"), "OPEN", 5, 1, NEED),
            ("NEED_MINING", gettext_noop("需求挖掘"), "OPEN", 20, 2, SOLUTION),
            ("SOLUTION", gettext_noop("方案提供"), "OPEN", 40, 3, ["PROPOSAL_SENT"]),
            ("NEGOTIATION", gettext_noop("商务谈判"), "OPEN", 70, 4, ["CONTRACT"]),
            ("SIGNED", gettext_noop("合同签订"), "WON", 100, 5, ["DELIVERED"]),
            ("AFTER_VISIT", gettext_noop("售后回访"), "AFTER", 100, 6, []),
            ("LOST", gettext_noop("流失"), "LOST", 0, 0, []),
        ],
    ),
}


def lay_out_pipelines() -> None:
    """Put in the delivered pipelines, where they are missing; what the steward has changed stays."""
    known = set(Pipeline.objects.filter(code__in=PRESETS).values_list("code", flat=True))
    if known == PRESETS.keys():
        return
    with transaction.atomic():
        for place, (code, (name, stages)) in enumerate(PRESETS.items()):
            if code in known:
                continue
            pipeline = Pipeline.objects.create(code=code, name=name, preset=True, sort=place)
            for order, (stage, called, category, probability, step_no, criteria) in enumerate(stages):
                Stage.objects.create(
                    pipeline=pipeline,
                    code=stage,
                    name=called,
                    category=category,
                    probability=probability,
                    step=step_no,
                    rotting_days=ROTTING if category == "OPEN" else None,
                    exit_criteria=criteria,
                    sort=order,
                )
        stamp()


def add_pipeline(person: Person, name: str, like: Pipeline, team: int | None = None) -> Pipeline:
    """Make a pipeline of one's own, with the stages of another one to start from."""
    require(person, PIPELINES)
    name = checked_name(name)
    with transaction.atomic():
        try:
            with transaction.atomic():
                made = Pipeline.objects.create(code="", name=name, team_id=team, sort=Pipeline.objects.count())
        except IntegrityError:
            raise Unfit(Problem("name", "E_DUP_LABEL", _("已有叫“%(name)s”的流程") % {"name": name})) from None
        made.code = f"OWN{made.pk}"
        made.save(update_fields=["code"])
        for stage in like.stages.filter(enabled=True).order_by("sort", "pk"):
            stage.pk, stage.pipeline = None, made
            stage.save(force_insert=True)
        told(person, made.code, name)
    return made


def checked_name(name: str, most: int = 50) -> str:
    name = re.sub(r"\s+", " ", name).strip()
    if not name:
        raise Unfit(Problem("name", "E_REQUIRED", _("请填写名称")))
    if len(name) > most:
        raise Unfit(Problem("name", "E_LENGTH", _("名称最多 %(most)d 个字") % {"most": most}))
    return name


def told(person: Person, what: str, after: str) -> None:
    """Everybody sees the change from now on, and it is written down."""
    stamp()
    note(person, PIPELINES, why=what, after=after)


def revise_pipeline(person: Person, pipeline: Pipeline, name: str, team: int | None, enabled: bool) -> None:
    """Rename a pipeline, give it to a team, offer it or no longer. One at least stays offered to everybody."""
    require(person, PIPELINES)
    name = checked_name(name)
    others = Pipeline.objects.filter(enabled=True, team=None).exclude(pk=pipeline.pk)
    if (not enabled or team) and not others.exists():
        raise Unfit(Problem("enabled", "E_LAST", _("至少要有一个给所有人用的销售流程")))
    if Pipeline.objects.filter(name=name).exclude(pk=pipeline.pk).exists():
        raise Unfit(Problem("name", "E_DUP_LABEL", _("已有叫“%(name)s”的流程") % {"name": name}))
    with transaction.atomic():
        pipeline.name, pipeline.team_id, pipeline.enabled = name, team, enabled
        pipeline.save()
        told(person, pipeline.code, name)


def add_stage(person: Person, pipeline: Pipeline, name: str) -> Stage:
    """Add an open stage behind the last open one."""
    require(person, PIPELINES)
    name = checked_name(name, 30)
    if pipeline.stages.filter(name=name).exists():
        raise Unfit(Problem("name", "E_DUP_LABEL", _("这个流程里已经有“%(name)s”") % {"name": name}))
    stages = list(pipeline.stages.order_by("sort", "pk"))
    opened = [one for one in stages if one.category == "OPEN"]
    last = opened[-1] if opened else None
    with transaction.atomic():
        made = Stage.objects.create(
            pipeline=pipeline,
            code=f"OWN{max((one.pk for one in stages), default=0) + 1}",
            name=name,
            category="OPEN",
            probability=last.probability if last else 0,
            step=last.step if last else 1,
            rotting_days=ROTTING,
        )
        stages.insert(stages.index(last) + 1 if last else 0, made)
        put_in_order(stages)
        told(person, f"{pipeline.code}.{made.code}", name)
    return made


def put_in_order(stages: Iterable[Stage]) -> None:
    for place, one in enumerate(stages):
        if one.sort != place:
            one.sort = place
            one.save(update_fields=["sort"])


def shift(person: Person, stage: Stage, by: int) -> None:
    """Move a stage up or down. Won stages stay behind the open ones, the lost one last."""
    require(person, PIPELINES)
    stages = list(stage.pipeline.stages.order_by("sort", "pk"))
    place = next(n for n, one in enumerate(stages) if one.pk == stage.pk)
    there = place + (1 if by > 0 else -1)
    if not 0 <= there < len(stages) or stages[there].category != stage.category:
        raise Unfit(Problem("sort", "E_ORDER", _("进行中、成交、售后、流失的先后不能交换")))
    stages[place], stages[there] = stages[there], stages[place]
    with transaction.atomic():
        put_in_order(stages)
        told(person, f"{stage.pipeline.code}.{stage.code}", str(there))


def revise_stage(person: Person, stage: Stage, values: Mapping[str, Any]) -> Stage:
    """Change what a stage is called, how likely a sale is, when it rots, what is needed to leave it."""
    require(person, PIPELINES)
    name = checked_name(values["name"], 30)
    found = []
    if stage.pipeline.stages.filter(name=name).exclude(pk=stage.pk).exists():
        found.append(Problem("name", "E_DUP_LABEL", _("这个流程里已经有“%(name)s”") % {"name": name}))
    probability = values["probability"]
    if probability is None or not 0 <= probability <= 100:
        found.append(Problem("probability", "E_RANGE", _("成交概率是 0 到 100")))
    days = values["rotting_days"]
    if days is not None and not 1 <= days <= 999:
        found.append(Problem("rotting_days", "E_RANGE", _("停滞天数是 1 到 999，不填就不提醒")))
    if found:
        raise Unfit(*found)
    with transaction.atomic():
        stage.name, stage.rotting_days = name, days
        stage.probability = probability if stage.category == "OPEN" else stage.probability
        stage.step = values.get("step") or stage.step if stage.category == "OPEN" else stage.step
        stage.exit_criteria = [code for code in CRITERIA if code in values["exit_criteria"]]
        stage.save()
        told(person, f"{stage.pipeline.code}.{stage.code}", name)
        weigh_again(stage)
    return stage


def weigh_again(stage: Stage) -> None:
    """The deals of a stage weigh what its probability says now."""
    now_so = step(stage.pk)
    rows = Deal.objects.filter(stage=stage, category="OPEN", probability=None).only("pk", "amount", "weighted")
    fresh = [deal for deal in rows if deal.weighted != weighted(deal.amount, now_so, None)]
    for deal in fresh:
        deal.weighted = weighted(deal.amount, now_so, None)
    Deal.objects.bulk_update(fresh, ["weighted"], batch_size=500)


def switch_stage(person: Person, stage: Stage, enabled: bool) -> None:
    """Offer a stage or no longer. One open, one won and one lost stage always stay."""
    require(person, PIPELINES)
    others = stage.pipeline.stages.filter(enabled=True, category=stage.category).exclude(pk=stage.pk)
    if not enabled and stage.category != "AFTER" and not others.exists():
        raise Unfit(Problem("enabled", "E_LAST", _("进行中、成交、流失至少各要一个阶段")))
    with transaction.atomic():
        stage.enabled = enabled
        stage.save(update_fields=["enabled"])
        told(person, f"{stage.pipeline.code}.{stage.code}", str(enabled))


def drop_stage(person: Person, stage: Stage) -> None:
    """Delete a stage that no deal has ever been in; one in use can only be switched off."""
    require(person, PIPELINES)
    if stage.pipeline.preset and not stage.code.startswith("OWN"):
        raise Unfit(Problem("stage", "E_IN_USE", _("“%(name)s”是预设的阶段，只能停用") % {"name": stage.name}))
    if (
        Deal.objects.filter(stage=stage).exists()
        or StageChange.objects.filter(old=stage).exists()
        or StageChange.objects.filter(new=stage).exists()
    ):
        raise Unfit(Problem("stage", "E_IN_USE", _("“%(name)s”用过，只能停用") % {"name": stage.name}))
    others = stage.pipeline.stages.filter(enabled=True, category=stage.category).exclude(pk=stage.pk)
    if stage.category != "AFTER" and not others.exists():
        raise Unfit(Problem("stage", "E_LAST", _("进行中、成交、流失至少各要一个阶段")))
    with transaction.atomic():
        stage.delete()
        told(person, f"{stage.pipeline.code}.{stage.code}", "")
