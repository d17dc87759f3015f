"""Hooks to other systems, what goes out by them, and how far the trail has been read."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Mark(models.Model):
    """The last seal of the trail whose entries were handed to those who listen. Seals are in the order of commits."""

    name = models.CharField(max_length=20, primary_key=True)
    seal = models.BigIntegerField(default=0)


class Off(models.TextChoices):
    """Why a hook sends nothing."""

    ON = "", _("已启用")
    HAND = "HAND", _("已停用")
    FAILURES = "FAILURES", _("连续失败，已自动停用")
    OWNER = "OWNER", _("负责人已停用，回调随之停用")
    RESTORED = "RESTORED", _("由备份恢复，确认后再启用")
    SECRET = "SECRET", _("密钥读不出来，已自动停用")


class Hook(models.Model):
    """An address of another system. It is told what its owner, whoever saved it last, may see."""

    key = models.CharField(max_length=32, unique=True)
    name = models.CharField(_("名称"), max_length=50)
    address = models.CharField(_("地址"), max_length=500)
    events = models.JSONField(default=list)  # ["customers", "deals.delete"]: all of a record type, or one action
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("负责人"))
    secret_sealed = models.BinaryField()
    old_sealed = models.BinaryField(default=bytes)  # after a change of the secret, until old_until
    old_until = models.DateTimeField(null=True)
    off = models.CharField(max_length=8, choices=Off.choices, default=Off.ON, blank=True)
    failures = models.PositiveIntegerField(default=0)  # since the last that arrived
    rest_until = models.DateTimeField(null=True)
    job_id = models.BigIntegerField(null=True)
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    version = models.IntegerField(default=1)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(off__in=Off.values), name="hook_off")]


class State(models.TextChoices):
    WAITING = "WAITING", _("等待发送")
    SENT = "SENT", _("已送达")
    PARKED = "PARKED", _("已停住")
    WITHHELD = "WITHHELD", _("不发送")  # its owner may not see the record


class Outgoing(models.Model):
    """One thing to be told to one hook. Its key is the id that the receiver sees, the same at every try."""

    key = models.CharField(max_length=32, unique=True)
    hook = models.ForeignKey(Hook, models.CASCADE, related_name="outgoing")
    entry_id = models.BigIntegerField(null=True)  # none for a test
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(null=True)  # empty means at once
    why = models.CharField(max_length=20, blank=True)  # the code of the last failure
    status = models.PositiveSmallIntegerField(null=True)
    milliseconds = models.PositiveIntegerField(null=True)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["hook", "entry_id"], name="told_once"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="outgoing_state"),
        ]
        indexes = [
            models.Index(fields=["hook", "id"], name="outgoing_open", condition=Q(state="WAITING")),
            models.Index(fields=["hook", "-id"], name="outgoing_newest"),
            models.Index(fields=["state", "ended_at"], name="outgoing_ended"),
        ]
