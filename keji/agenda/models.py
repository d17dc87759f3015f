"""Who does what for which customer until when."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from keji.customers.models import GONE, Customer
from keji.records.models import Record

KINDS = ("FOLLOWUP", "ACTION", "COMMITMENT", "UPDATE", "REVIEW", "HANDOVER", "VISIT", "OTHER")
STATES = ("OPEN", "DONE", "DROPPED")
OUTCOMES = ("FINE", "CORRECTED", "RISK", "EXPIRED")


class Task(Record):
    """Something that somebody is to do. A day without a time of day is kept as its first moment.

    It is near to its assignee and to whomever its customer is near to; on common ground to its assignee alone.
    """

    RECORD: ClassVar[str] = "tasks"
    OWNER: ClassVar[str] = "customer__owner"
    ALSO: ClassVar[str] = "assignee"
    ALIVE: ClassVar[Q] = Q(deleted_at=None) & ~Q(customer__in=GONE)
    BINNED: ClassVar[Q] = Q(deleted_at__isnull=False) & ~Q(customer__in=GONE)
    UNTOLD: ClassVar[frozenset[str]] = Record.UNTOLD | {"states", "open_points", "accepted", "source", "reminded_at"}
    DERIVED: ClassVar[frozenset[str]] = frozenset({"reminded_at"})

    kind = models.CharField(_("任务类型"), max_length=10, default="OTHER", help_text=_("跟进、承诺、梳理等；选“跟进”就是客户的下次跟进"))
    title = models.CharField(_("任务"), max_length=200, help_text=_("要做什么，一句话，如 发送报价单"))
    customer = models.ForeignKey(
        Customer,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("客户"),
        help_text=_("为哪个客户做；和客户无关的可以不选"),
    )
    record = models.CharField(max_length=30, blank=True, editable=False)  # what else it is about: "deals"
    record_id = models.BigIntegerField(null=True, editable=False)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("任务负责人"),
        help_text=_("谁来做；不选就是自己"),
    )
    due_at = models.DateTimeField(
        _("截止时间"), null=True, blank=True, help_text=_("最晚什么时候做完；可以写 下周三 15:00，只写日期也行")
    )
    remind_at = models.DateTimeField(
        _("提醒时间"), null=True, blank=True, editable=False, help_text=_("什么时候提醒；只有日期的在当天 9:00")
    )
    reminded_at = models.DateTimeField(null=True, editable=False)
    note = models.TextField(_("任务说明"), max_length=1000, blank=True, help_text=_("要注意什么，最多 1000 字"))
    state = models.CharField(
        _("任务状态"), max_length=7, default="OPEN", editable=False, help_text=_("待办、已完成或已取消")
    )
    ended_at = models.DateTimeField(_("结束时间"), null=True, editable=False, help_text=_("什么时候完成或取消的"))
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("结束人"),
        help_text=_("谁完成或取消的"),
    )
    ended_with = models.CharField(max_length=60, blank=True, editable=False)  # the record that did: "followups:12"
    source = models.CharField(max_length=60, blank=True, editable=False)  # what it comes from: "followups:12:next"

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(title=""), name="task_has_a_title"),
            models.CheckConstraint(condition=Q(kind__in=KINDS), name="task_kind_known"),
            models.CheckConstraint(condition=Q(state__in=STATES), name="task_state_known"),
            models.CheckConstraint(
                condition=Q(state="OPEN", ended_at=None) | (~Q(state="OPEN") & Q(ended_at__isnull=False)),
                name="task_ended_or_open",
            ),
            models.CheckConstraint(
                condition=~Q(kind="FOLLOWUP") | Q(customer__isnull=False, due_at__isnull=False),
                name="followup_task_has_customer_and_day",
            ),
            models.CheckConstraint(
                condition=Q(record="", record_id=None) | (~Q(record="") & Q(record_id__isnull=False)),
                name="task_about_a_whole_key",
            ),
            models.UniqueConstraint(fields=["source"], condition=~Q(source=""), name="one_task_a_source"),
        ]
        indexes = [
            models.Index(fields=["due_at", "id", "state", "deleted_at", "customer"], name="task_due"),  # counts look nowhere else
            models.Index(fields=["-changed_at", "-id"], name="task_changed"),
            models.Index(fields=["assignee", "state", "due_at", "deleted_at", "customer"], name="task_assignee"),
            models.Index(fields=["customer", "state", "kind", "due_at"], name="task_customer"),
            models.Index(fields=["kind", "state", "assignee", "due_at"], name="task_kind"),
            models.Index(fields=["record_id", "record", "state"], name="task_about"),
            models.Index(fields=["ended_with"], name="task_ended_with"),
            models.Index(fields=["source"], name="task_source"),
            models.Index(
                fields=["remind_at"],
                condition=Q(state="OPEN", reminded_at=None, remind_at__isnull=False),
                name="task_to_remind",
            ),
        ]

    def __str__(self) -> str:
        return self.title[:40]


class Feed(models.Model):
    """The secret address at which a calendar program fetches a person's tasks. Only a digest of it is kept."""

    person = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField(auto_now_add=True)


class Plan(models.Model):
    """A task for every customer of which a condition is true: the query of the list of customers, asked as its maker would."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    title = models.CharField(_("任务"), max_length=200)
    kind = models.CharField(_("任务类型"), max_length=10)
    within = models.CharField(_("完成期限"), max_length=10)  # a word of planning.WITHIN
    note = models.TextField(_("任务说明"), max_length=1000, blank=True)
    query = models.CharField(max_length=2000)
    lasting = models.BooleanField(default=True)  # also for customers of which it becomes true later
    enabled = models.BooleanField(default=True)
    made_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(title="") & ~Q(query=""), name="plan_says_what_for_whom"),
            models.CheckConstraint(condition=Q(kind__in=KINDS), name="plan_kind_known"),
        ]


class Campaign(models.Model):
    """A round in which everybody looks over their customers: each month's end, and each quarter led by the steward."""

    limit = models.CharField(max_length=10)  # the code of the limit whose turn it is
    turn = models.DateField(_("日期"))
    due = models.DateField(_("截止日期"))
    begun_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    why = models.CharField(max_length=200, blank=True)  # it was closed before all was looked over

    class Meta:
        constraints = [models.UniqueConstraint(fields=["limit", "turn"], name="one_campaign_a_turn")]


class LookedOver(models.Model):
    """What somebody said of a customer in a campaign; the last word counts."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="looked_over", db_index=False)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    outcome = models.CharField(max_length=9)
    who = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["campaign", "customer"], name="looked_over_once"),
            models.CheckConstraint(condition=Q(outcome__in=OUTCOMES), name="looked_over_outcome_known"),
        ]
