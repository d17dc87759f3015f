"""Jobs, what runs by the clock, and signs of life."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    READY = "ready", _("等待中")
    RUNNING = "running", _("进行中")
    DONE = "done", _("已完成")
    FAILED = "failed", _("失败")
    CANCELLED = "cancelled", _("已取消")


OPEN = (State.READY, State.RUNNING)


class Job(models.Model):
    """One piece of work. `fence` counts claims: only the run with the newest number may write to the row."""

    state = models.CharField(max_length=10, choices=State.choices, default=State.READY)
    task = models.CharField(max_length=200)
    lane = models.CharField(max_length=20)
    payload = models.JSONField(default=dict)
    priority = models.SmallIntegerField(default=0)
    # Empty means at once: a clock that is set back must not delay what nobody asked to delay.
    run_after = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    most_attempts = models.PositiveSmallIntegerField(default=5)
    fence = models.PositiveIntegerField(default=0)
    claimed_by = models.CharField(max_length=100, default="")
    lease_until = models.DateTimeField(null=True)
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(null=True)
    note = models.CharField(max_length=200, default="")
    result = models.JSONField(null=True)
    error = models.CharField(max_length=500, default="")
    cancel = models.BooleanField(default=False)
    person_id = models.BigIntegerField(null=True)
    key = models.CharField(max_length=200, null=True, unique=True)
    made_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index("state", models.F("priority").desc(), "id", name="queue_open", condition=Q(state__in=OPEN)),
            models.Index(fields=["person_id", "-id"], name="queue_person"),
            models.Index(fields=["finished_at"], name="queue_finished"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="queue_job_state"),
        ]

    @property
    def percent(self) -> int | None:
        """How much is done, if the job has said how much there is."""
        return min(100, self.done * 100 // self.total) if self.total else None

    @property
    def is_open(self) -> bool:
        return self.state in OPEN


class Schedule(models.Model):
    """The last moment for which a repeated task was enqueued, and its job then."""

    name = models.CharField(max_length=200, unique=True)
    slot = models.DateTimeField()
    job = models.ForeignKey(Job, models.SET_NULL, null=True, related_name="+")


class Heartbeat(models.Model):
    kind = models.CharField(max_length=20)
    who = models.CharField(max_length=100)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "who"], name="queue_one_heartbeat")]
