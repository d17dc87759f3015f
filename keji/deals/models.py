"""Deals and the pipelines they move through."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from keji.access.models import Team
from keji.customers.models import GONE, Contact, Customer
from keji.records.models import Record

CATEGORIES = ("OPEN", "WON", "AFTER", "LOST")
CLOSED = ("WON", "AFTER")  # what has been won; V-13 holds for these


class Pipeline(models.Model):
    """The stages that deals go through: delivered, or a team's own."""

    code = models.CharField(_("代码"), max_length=30, unique=True)
    name = models.CharField(_("名称"), max_length=50, unique=True)
    team = models.ForeignKey(Team, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("团队"))
    preset = models.BooleanField(default=False, editable=False)
    enabled = models.BooleanField(_("启用"), default=True)
    sort = models.IntegerField(default=0)

    def __str__(self) -> str:
        return self.name


class Stage(models.Model):
    """One stage of a pipeline. The code never changes; a stage in use can only be switched off."""

    pipeline = models.ForeignKey(Pipeline, models.PROTECT, related_name="stages")
    code = models.CharField(max_length=30)
    name = models.CharField(_("名称"), max_length=30)
    category = models.CharField(_("类别"), max_length=5, default="OPEN")
    probability = models.PositiveSmallIntegerField(_("成交概率（%）"), default=0)
    step = models.PositiveSmallIntegerField(_("漏斗步骤"), default=0)  # the same across pipelines; 0 is a loss
    rotting_days = models.PositiveSmallIntegerField(_("停滞天数"), null=True, blank=True)
    exit_criteria = models.JSONField(_("推进条件"), default=list, blank=True)  # what a deal needs to leave it forwards
    sort = models.IntegerField(default=0)
    enabled = models.BooleanField(_("启用"), default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pipeline", "code"], name="one_stage_code_once"),
            models.UniqueConstraint(fields=["pipeline", "name"], name="one_stage_name_once"),
            models.CheckConstraint(condition=Q(category__in=CATEGORIES), name="stage_category_known"),
            models.CheckConstraint(condition=Q(probability__lte=100), name="stage_probability_to_100"),
        ]

    def __str__(self) -> str:
        return self.name


class Deal(Record):
    """A chance to sell. Its category is that of its stage; amount and weighted follow from the stage and the amounts."""

    RECORD: ClassVar[str] = "deals"
    OWNER: ClassVar[str] = "customer__owner"
    # Said without a join: a board adds up 50,000 deals, and few customers lie in the bin.
    ALIVE: ClassVar[Q] = Q(deleted_at=None) & ~Q(customer__in=GONE)
    BINNED: ClassVar[Q] = Q(deleted_at__isnull=False) & ~Q(customer__in=GONE)
    UNTOLD: ClassVar[frozenset[str]] = Record.UNTOLD | {
        "open_points",
        "accepted",
        "category",
        "amount",
        "weighted",
        "stage_since",
        "next_followup_at",
    }
    DERIVED: ClassVar[frozenset[str]] = frozenset({"next_followup_at"})

    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="+", verbose_name=_("客户"), help_text=_("这个商机属于哪个客户")
    )
    name = models.CharField(_("商机名称"), max_length=100, help_text=_("一句话说是什么生意，如 智能办公设备批量采购"))
    pipeline = models.ForeignKey(
        Pipeline, models.PROTECT, related_name="+", verbose_name=_("销售流程"), help_text=_("按哪一套阶段推进")
    )
    stage = models.ForeignKey(
        Stage, models.PROTECT, related_name="+", verbose_name=_("成交阶段"), help_text=_("现在走到哪一步；改动都留记录")
    )
    category = models.CharField(
        _("状态"), max_length=5, default="OPEN", editable=False, help_text=_("进行中、已成交、售后或流失，由阶段决定")
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("商机负责人"),
        help_text=_("不选就是客户的负责人"),
    )
    expected_amount = models.DecimalField(
        _("预计成交金额"),
        max_digits=18,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("估计能成交多少，可以写 30万"),
    )
    actual_amount = models.DecimalField(
        _("实际成交金额"),
        max_digits=18,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("成交时必填，大于 0，可以写 30万"),
    )
    currency = models.CharField(_("币种"), max_length=3, default="CNY", help_text=_("金额的币种，默认人民币"))
    probability = models.PositiveSmallIntegerField(
        _("成交概率（%）"), null=True, blank=True, help_text=_("不填就按阶段的概率，0–100")
    )
    amount = models.DecimalField(
        _("金额"), max_digits=18, decimal_places=2, default=0, editable=False, help_text=_("成交前是预计，成交后是实际")
    )
    weighted = models.DecimalField(
        _("加权金额"),
        max_digits=18,
        decimal_places=2,
        default=0,
        editable=False,
        help_text=_("金额乘以成交概率；流失的为 0"),
    )
    expected_close_date = models.DateField(
        _("预计成交日期"), null=True, blank=True, help_text=_("估计哪天能成交，销售预测按它归月")
    )
    opened_at = models.DateField(_("商机日期"), help_text=_("什么时候有的这个商机，默认今天"))
    won_date = models.DateField(
        _("成交日期"), null=True, blank=True, help_text=_("成交时必填，不能早于商机日期、晚于今天")
    )
    delivered_date = models.DateField(_("交付日期"), null=True, blank=True, help_text=_("第一次交付的日期"))
    lost_date = models.DateField(_("流失日期"), null=True, blank=True, editable=False, help_text=_("转为流失的日期"))
    loss_reason = models.CharField(_("流失原因"), max_length=30, blank=True, help_text=_("流失时尽量选一个，便于分析"))
    loss_text = models.CharField(_("流失说明"), max_length=500, blank=True, help_text=_("具体怎么丢的"))
    possibility = models.CharField(_("合作可能性"), max_length=10, blank=True, help_text=_("高、中或低，凭判断"))
    long_term_value = models.CharField(
        _("长期合作价值"), max_length=200, blank=True, help_text=_("如 战略客户，后续年采购额或超50万")
    )
    long_term_amount = models.DecimalField(
        _("预计年采购额"),
        max_digits=18,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("长期合作后每年大约多少，可以写 50万"),
    )
    products = models.JSONField(_("意向产品"), default=list, blank=True, help_text=_("客户想买的产品和服务，可多选"))
    needs = models.JSONField(_("对应需求"), default=list, blank=True, editable=False)  # ids of needs of the customer
    competitor = models.CharField(_("竞争对手"), max_length=200, blank=True, help_text=_("还有谁在争取这个客户"))
    contact = models.ForeignKey(
        Contact,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("主要联系人"),
        help_text=_("客户方负责这件事的人"),
    )
    facts = models.JSONField(_("推进条件"), default=dict, blank=True, editable=False)  # {"NEED": "2026-06-02"}
    next_followup_at = models.DateTimeField(
        _("下次跟进"), null=True, blank=True, editable=False, help_text=_("这个商机最早一个还没做的跟进任务的时间")
    )
    no_step_why = models.CharField(
        _("无下一步的原因"), max_length=100, blank=True, editable=False, help_text=_("为什么不用安排下次跟进；安排以后自动清空")
    )
    stage_since = models.DateTimeField(_("进入阶段时间"), editable=False, help_text=_("什么时候进入现在的阶段"))
    stage_checked_at = models.DateTimeField(
        _("阶段更新时间"), editable=False, help_text=_("最近一次移动或确认阶段的时间")
    )
    remark = models.TextField(
        _("备注"), max_length=2000, blank=True, help_text=_("最多 2000 字；不要写银行卡号、密码、证件号")
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="deal_has_a_name"),
            models.CheckConstraint(condition=Q(category__in=CATEGORIES), name="deal_category_known"),
            models.CheckConstraint(
                condition=Q(expected_amount=None) | Q(expected_amount__gte=0), name="deal_expected_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(actual_amount=None) | Q(actual_amount__gte=0), name="deal_actual_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(probability=None) | Q(probability__lte=100), name="deal_probability_to_100"
            ),
            models.CheckConstraint(
                condition=~Q(category__in=CLOSED) | Q(actual_amount__gt=0, won_date__isnull=False),
                name="won_deal_has_amount_and_date",
            ),
            models.CheckConstraint(
                condition=Q(won_date=None) | Q(won_date__gte=F("opened_at")), name="deal_won_not_before_opened"
            ),
        ]
        indexes = [
            models.Index(fields=["-changed_at", "-id"], name="deal_changed"),
            models.Index(fields=["name", "id"], name="deal_name"),
            models.Index(fields=["amount", "id"], name="deal_amount"),
            models.Index(fields=["expected_close_date", "id"], name="deal_close"),
            models.Index(fields=["won_date", "id"], name="deal_won"),
            models.Index(fields=["stage_checked_at", "id"], name="deal_checked"),
            models.Index(fields=["next_followup_at", "id"], name="deal_next"),
            models.Index(fields=["customer", "-changed_at", "-id"], name="deal_customer"),
            models.Index(fields=["owner", "-changed_at", "-id"], name="deal_owner"),
            models.Index(fields=["stage", "-changed_at", "-id"], name="deal_stage"),
            models.Index(fields=["category", "-changed_at", "-id"], name="deal_category"),
            models.Index(fields=["stage", "-amount", "-id"], condition=Q(deleted_at=None), name="deal_cards"),
            models.Index(
                fields=["pipeline", "stage", "currency", "amount", "customer"],
                condition=Q(deleted_at=None),
                name="deal_board",
            ),
            # The sums of a board whose person sees some customers only: read here alone, never from the table.
            models.Index(
                fields=["customer", "pipeline", "stage", "currency", "amount", "deleted_at"], name="deal_sums"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class StageChange(models.Model):
    """One move of a deal: from where to where, after how many days, by whom and why."""

    deal = models.ForeignKey(Deal, models.CASCADE, related_name="moves")
    old = models.ForeignKey(Stage, models.PROTECT, related_name="+")
    new = models.ForeignKey(Stage, models.PROTECT, related_name="+")
    days = models.PositiveIntegerField()  # how long the deal stood in the old stage
    who = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    why = models.CharField(max_length=500, blank=True)
    loss_reason = models.CharField(max_length=30, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(old=F("new")), name="a_move_leads_elsewhere")]
        indexes = [models.Index(fields=["deal", "-id"], name="move_deal")]
