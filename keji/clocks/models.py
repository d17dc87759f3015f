"""Limits, the clocks that run under them, and the steward's edits of the calendar."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    EVENT = "EVENT", _("事件之后")  # started by one event, stopped by another
    CONTACT = "CONTACT", _("两次联系之间")  # begins anew with each contact that is deep enough
    PERIOD = "PERIOD", _("按日历重复")  # a turn at the end of every so many months
    LAPSE = "LAPSE", _("长期没有")  # how long without is too long; asked of many at once


class Unit(models.TextChoices):
    HOURS = "HOURS", _("小时")
    WORKHOURS = "WORKHOURS", _("工作小时")
    WORKDAYS = "WORKDAYS", _("个工作日")
    DAYS = "DAYS", _("天")
    MONTHS = "MONTHS", _("个自然月")


class Limit(models.Model):
    """One time limit. What it is called and between what it runs stands in `presets`, by its code."""

    code = models.CharField(max_length=10)
    variant = models.CharField(max_length=30, blank=True)  # the grade or the kind of ticket that it is for
    kind = models.CharField(max_length=8, choices=Kind.choices)
    unit = models.CharField(_("单位"), max_length=9, choices=Unit.choices)
    amount = models.PositiveSmallIntegerField(_("时限"))
    depth = models.CharField(max_length=10, blank=True)  # the least kind of follow-up that counts
    methods: Any = models.JSONField(default=list)  # recommended for it
    warns: Any = models.JSONField(default=list)  # [[-20, "%", ["OWNER"]], …], in the order of time
    pauses: Any = models.JSONField(default=list)  # the states of the record in which the clock stands still
    enabled = models.BooleanField(_("启用"), default=True)
    turned_on = models.DateField(null=True)  # PERIOD: the last turn that was taken
    version = models.IntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "variant"], name="one_limit_a_variant"),
            models.CheckConstraint(condition=Q(amount__gte=1), name="limit_not_nothing"),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="limit_kind"),
            models.CheckConstraint(condition=Q(unit__in=Unit.values), name="limit_unit"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.variant}".strip()


class Clock(models.Model):
    """A limit that runs, or ran, on a record. `next_at` is when the next warning is to be given."""

    limit = models.ForeignKey(Limit, models.PROTECT, related_name="clocks", db_index=False)
    record = models.CharField(max_length=30)
    record_id = models.BigIntegerField()
    customer_id = models.BigIntegerField(null=True)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )
    started_at = models.DateTimeField()
    extra = models.SmallIntegerField(default=0)  # added to the amount: -1 for a month that had no contact yet
    paused_at = models.DateTimeField(null=True)
    paused_for = models.FloatField(default=0)  # in the unit of the limit
    due_at = models.DateTimeField()
    provisional = models.BooleanField(default=False)  # rests on a year whose holidays nobody has announced
    known_at = models.DateTimeField()  # when the due date was found; no warning is given as of before
    told = models.PositiveSmallIntegerField(default=0)  # how many warnings were given
    next_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    void = models.BooleanField(default=False)  # it ended because it no longer mattered

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["limit", "record", "record_id"], condition=Q(stopped_at=None), name="one_clock_runs"
            ),
            models.CheckConstraint(
                condition=Q(stopped_at=None) | Q(stopped_at__gte=F("started_at")), name="clock_stops_after_start"
            ),
        ]
        indexes = [
            models.Index(fields=["next_at", "id"], condition=Q(next_at__isnull=False), name="clock_next"),
            models.Index(fields=["person", "due_at"], condition=Q(stopped_at=None), name="clock_person"),
            models.Index(fields=["due_at", "id"], condition=Q(stopped_at=None), name="clock_due"),
            models.Index(fields=["customer_id"], condition=Q(stopped_at=None), name="clock_customer"),
            models.Index(fields=["record", "record_id", "-id"], name="clock_record"),
        ]


class Year(models.Model):
    """A year whose calendar the steward has entered: it replaces what came with the program."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    official = models.BooleanField(_("正式公布"), default=True)
    source = models.TextField(blank=True)  # what was pasted
    who = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(auto_now=True)


class Holiday(models.Model):
    """A day that differs from Monday-to-Friday, as a year's notice says. December may stand in the notice of the next."""

    of = models.ForeignKey(Year, models.CASCADE, related_name="days")
    day = models.DateField(unique=True)
    works = models.BooleanField()
    name = models.CharField(max_length=30, blank=True)


class Tick(models.Model):
    """When the clocks were last watched. Whether that was long ago is what the banner asks."""

    name = models.CharField(max_length=20, primary_key=True)
    at = models.DateTimeField()
