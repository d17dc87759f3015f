"""Tickets: what a customer asked, complained of or was asked on a return visit, and what became of it."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from keji.customers.models import Contact, Customer
from keji.deals.models import Deal
from keji.records.models import Record

STATES = ("OPEN", "DOING", "SOLVED")
LONG = 1000


class Ticket(Record):
    RECORD: ClassVar[str] = "tickets"
    OWNER: ClassVar[str] = "customer__owner"
    COMMON: ClassVar[Q] = Q(customer__owner=None)
    ALIVE: ClassVar[Q] = Q(deleted_at=None, customer__deleted_at=None)
    BINNED: ClassVar[Q] = Q(deleted_at__isnull=False, customer__deleted_at=None)
    UNTOLD: ClassVar[frozenset[str]] = Record.UNTOLD | {"open_points", "accepted", "provisional"}

    ticket_no = models.CharField(_("服务单号"), max_length=20, unique=True, help_text=_("自动编号，不重复使用"))
    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="+", verbose_name=_("客户"), help_text=_("哪个客户的事")
    )
    contact = models.ForeignKey(
        Contact,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("联系人"),
        help_text=_("客户方是谁提的"),
    )
    kind = models.CharField(_("服务类型"), max_length=30, help_text=_("咨询、投诉、售后或回访；处理时限由它决定"))
    channel = models.CharField(_("受理方式"), max_length=30, blank=True, help_text=_("客户怎么找来的，如电话、微信"))
    reported_at = models.DateTimeField(_("受理时间"), help_text=_("客户提出的时间，不能晚于现在；可以写 昨天 15:00"))
    problem = models.CharField(_("问题描述"), max_length=LONG, help_text=_("客户说了什么、要解决什么，至少 5 个字"))
    products = models.JSONField(_("相关产品"), default=list, blank=True, help_text=_("和哪些产品或服务有关，可多选"))
    handler = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("处理人"),
        help_text=_("由谁处理；默认是登记的人"),
    )
    state = models.CharField(_("处理状态"), max_length=10, default="OPEN", help_text=_("待处理、处理中或已解决"))
    progress = models.CharField(_("处理进度"), max_length=LONG, blank=True, help_text=_("做到哪一步了，卡在哪里"))
    result = models.CharField(_("处理结果"), max_length=LONG, blank=True, help_text=_("怎么解决的；解决时必填"))
    satisfaction = models.PositiveSmallIntegerField(
        _("满意度"), null=True, blank=True, help_text=_("1 很不满意，5 很满意；2 分以下会自动登记一张投诉")
    )
    satisfaction_note = models.CharField(
        _("客户评价"), max_length=500, blank=True, help_text=_("客户的原话，为什么给这个分")
    )
    due_at = models.DateTimeField(_("处理时限"), null=True, editable=False, help_text=_("按服务类型和工作日算出，最晚何时解决"))
    provisional = models.BooleanField(default=False, editable=False)  # the holidays on which due_at rests are not official yet
    responded_at = models.DateTimeField(_("首次响应"), null=True, editable=False, help_text=_("第一次着手处理的时间"))
    solved_at = models.DateTimeField(_("解决时间"), null=True, editable=False, help_text=_("解决的时间"))
    deal = models.ForeignKey(
        Deal,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("商机"),
        help_text=_("回访是为了哪笔交付"),
    )
    visit_day = models.PositiveSmallIntegerField(null=True, editable=False)  # so many days after the delivery
    cause = models.ForeignKey("self", models.PROTECT, null=True, editable=False, related_name="+")  # the low score it comes from

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(problem=""), name="ticket_says_something"),
            models.CheckConstraint(condition=Q(state__in=STATES), name="ticket_state_known"),
            models.CheckConstraint(
                condition=Q(satisfaction=None) | Q(satisfaction__gte=1, satisfaction__lte=5), name="ticket_score_1_to_5"
            ),
            models.CheckConstraint(
                condition=Q(state="SOLVED", solved_at__isnull=False) | (~Q(state="SOLVED") & Q(solved_at=None)),
                name="ticket_solved_has_a_time",
            ),
            models.UniqueConstraint(fields=["deal", "visit_day"], name="one_visit_a_day_after_delivery"),
            models.UniqueConstraint(fields=["cause"], name="one_complaint_a_score"),
        ]
        indexes = [
            models.Index(fields=["-changed_at", "-id"], name="ticket_changed"),
            models.Index(fields=["customer", "-reported_at", "-id"], name="ticket_customer"),
            models.Index(fields=["handler", "-changed_at", "-id"], name="ticket_handler"),
            models.Index(fields=["due_at", "id"], name="ticket_due", condition=~Q(state="SOLVED")),
            models.Index(fields=["-reported_at", "-id"], name="ticket_reported"),
            models.Index(fields=["solved_at"], name="ticket_solved"),
        ]

    def __str__(self) -> str:
        return self.ticket_no
