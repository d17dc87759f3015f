"""What was said with a customer, when, by whom, and what comes next."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from keji.customers.models import Contact, Customer
from keji.deals.models import Deal
from keji.records.models import Record

KINDS = ("DEEP", "REGULAR", "PUSH")
CHANCES = ("YES", "NO")  # of selling more to a customer
LONG = 1000


class Followup(Record):
    """One communication. A day without a time of day is kept as its first moment."""

    RECORD: ClassVar[str] = "followups"
    OWNER: ClassVar[str] = "customer__owner"
    COMMON: ClassVar[Q] = Q(customer__owner=None)
    ALIVE: ClassVar[Q] = Q(deleted_at=None, customer__deleted_at=None)
    BINNED: ClassVar[Q] = Q(deleted_at__isnull=False, customer__deleted_at=None)
    UNTOLD: ClassVar[frozenset[str]] = Record.UNTOLD | {"open_points", "accepted", "recent", "late", "delay"}

    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="+", verbose_name=_("客户"), help_text=_("和哪个客户的沟通")
    )
    deal = models.ForeignKey(
        Deal,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("商机"),
        help_text=_("这次沟通是为了哪个商机"),
    )
    occurred_at = models.DateTimeField(
        _("跟进时间"), help_text=_("沟通发生的时间，不能晚于现在；可以写 昨天 15:00，只写日期也行")
    )
    method = models.CharField(_("跟进方式"), max_length=30, help_text=_("用什么方式沟通的"))
    followup_type = models.CharField(
        _("跟进类型"), max_length=30, blank=True, help_text=_("这次沟通的目的，如首次沟通、需求确认、催签")
    )
    kind = models.CharField(
        _("跟进深度"), max_length=10, help_text=_("深度、常规或信息推送；不选就按跟进方式判断，可以改")
    )
    scene = models.CharField(
        _("沟通场景"), max_length=100, blank=True, help_text=_("如 初次接洽需求、产品方案演示、售后问题跟进")
    )
    summary = models.TextField(
        _("沟通内容摘要"), max_length=LONG, help_text=_("说了什么，客观简洁；200 字以内最好，最多 1000 字")
    )
    customer_feedback = models.TextField(
        _("客户反馈"), max_length=LONG, blank=True, help_text=_("客户怎么说，如 需对比 3 家方案、下周给回复")
    )
    need_change = models.TextField(
        _("需求变化"), max_length=LONG, blank=True, help_text=_("客户的需求和上次比有什么不同")
    )
    objections = models.TextField(_("异议反馈"), max_length=LONG, blank=True, help_text=_("客户的顾虑和不同意见"))
    decision_progress = models.TextField(
        _("决策进展"), max_length=LONG, blank=True, help_text=_("走到哪一步了，谁在拍板")
    )
    commitments = models.TextField(
        _("承诺事项"), max_length=LONG, blank=True, help_text=_("我方答应了什么、什么时候做到，一行一件")
    )
    our_participants = models.JSONField(
        _("我方参与人"), default=list, blank=True, help_text=_("我方参加的同事；不选就是记录人自己")
    )
    customer_participants = models.CharField(
        _("客户参与人"),
        max_length=300,
        blank=True,
        help_text=_("客户方参加的人；可选联系人，也可直接写姓名，用顿号分开"),
    )
    location = models.CharField(_("地点"), max_length=200, blank=True, help_text=_("在哪里见的面"))
    outcome = models.CharField(_("结果"), max_length=200, blank=True, help_text=_("一句话说结果，如 客户同意看方案"))
    cross_sell = models.CharField(
        _("二次合作机会"), max_length=3, blank=True, help_text=_("这次有没有发现二次合作或交叉销售的机会；B 类客户每次都问")
    )
    next_followup_at = models.DateTimeField(
        _("下次跟进时间"), null=True, blank=True, help_text=_("下次什么时候联系；可以写 下周三 15:00，只写日期也行")
    )
    objective = models.CharField(
        _("跟进目标"), max_length=200, blank=True, help_text=_("下次跟进要达到什么，如 确认设备采购预算；A、B、C 类客户必填")
    )
    next_action = models.CharField(
        _("下一步行动"), max_length=200, blank=True, help_text=_("具体做什么；填了就要写负责人和截止日期")
    )
    next_action_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("行动负责人"),
        help_text=_("下一步由谁来做"),
    )
    next_action_due = models.DateField(_("行动截止日期"), null=True, blank=True, help_text=_("下一步最晚哪天做完"))
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("跟进人"),
        help_text=_("和客户沟通的人；默认是自己，只有经理可以替别人填"),
    )
    author_name = models.CharField(
        _("原跟进人"), max_length=50, blank=True, help_text=_("导入的历史记录里已经离开的人，只留姓名")
    )
    imported = models.BooleanField(_("历史导入"), default=False, help_text=_("导入的历史记录，不算迟录"))
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("签字人"),
        help_text=_("保存这一版内容的人"),
    )
    signed_at = models.DateTimeField(_("签字时间"), null=True, editable=False, help_text=_("这一版内容保存的时间"))
    signature = models.CharField(
        _("签名"), max_length=64, blank=True, editable=False, help_text=_("内容、签字人和签字时间的指纹（SHA-256），改动任何一处都会不同")
    )
    late = models.BooleanField(
        _("迟录"), default=False, editable=False, help_text=_("沟通以后超过规定的时间才记录；导入的历史不算")
    )
    delay = models.PositiveIntegerField(
        _("迟录分钟"), default=0, editable=False, help_text=_("比规定的时间晚了多少分钟")
    )
    recent = models.BooleanField(default=True, editable=False)  # among the newest five of its customer

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(summary=""), name="followup_says_something"),
            models.CheckConstraint(condition=Q(kind__in=KINDS), name="followup_kind_known"),
            models.CheckConstraint(condition=Q(cross_sell__in=("", *CHANCES)), name="followup_cross_sell_known"),
            models.CheckConstraint(condition=Q(late=True) | Q(delay=0), name="followup_delay_of_late"),
            models.CheckConstraint(
                condition=Q(next_followup_at=None) | Q(next_followup_at__gte=F("occurred_at")),
                name="followup_next_not_before",
            ),
            models.CheckConstraint(
                condition=Q(next_action="", next_action_by=None, next_action_due=None)
                | (~Q(next_action="") & Q(next_action_by__isnull=False, next_action_due__isnull=False)),
                name="followup_action_whole",
            ),
        ]
        indexes = [
            models.Index(fields=["-occurred_at", "-id"], name="followup_occurred"),
            models.Index(fields=["customer", "-occurred_at", "-id"], name="followup_customer"),
            models.Index(fields=["author", "-occurred_at", "-id"], name="followup_author"),
            models.Index(fields=["method", "-occurred_at", "-id"], name="followup_method"),
            models.Index(fields=["followup_type", "-occurred_at", "-id"], name="followup_type"),
            models.Index(fields=["-changed_at", "-id"], name="followup_changed"),
            models.Index(fields=["-occurred_at", "-id"], condition=Q(late=True), name="followup_late"),
        ]

    def __str__(self) -> str:
        return self.summary[:40]


class Presence(models.Model):
    """A contact who took part in a communication."""

    followup = models.ForeignKey(Followup, models.CASCADE, related_name="presences")
    contact = models.ForeignKey(Contact, models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["followup", "contact"], name="one_presence_once")]
