"""Word for people, the ways by which it goes out, hooks to other systems, and how far the trail has been read."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Mark(models.Model):
    """The last seal of the trail whose entries were handed to those who listen. Seals are in the order of commits."""

    name = models.CharField(max_length=20, primary_key=True)
    seal = models.BigIntegerField(default=0)


class Notice(models.Model):
    """Word for one person. Its sentences are made when it is shown or sent, of what the person may see at that moment."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    key = models.CharField(max_length=120)  # the same event has the same key, so that it is told once
    kind = models.CharField(max_length=40)
    record = models.CharField(max_length=30, blank=True)
    record_id = models.BigIntegerField(null=True)
    about: Any = models.JSONField(default=dict)  # ids, codes and moments; never a value
    at = models.DateTimeField()
    shown_at = models.DateTimeField()  # put off until then
    read_at = models.DateTimeField(null=True)
    passed = models.BooleanField(default=False)  # handed to the channels
    seen: Any  # while it is put into words: what its reader sees of the record

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "key"], name="noticed_once")]
        indexes = [
            models.Index(fields=["person", "-shown_at", "-id"], name="notice_newest"),
            models.Index(fields=["person", "shown_at", "record"], name="notice_unread", condition=Q(read_at=None)),
            models.Index(fields=["id"], name="notice_to_pass", condition=Q(passed=False)),
            models.Index(fields=["at"], name="notice_old"),
        ]


class Preference(models.Model):
    """How somebody wants to be told. Who has none is told in the inbox of everything."""

    person = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+")
    ways: Any = models.JSONField(default=dict)  # {"customers.handed": ["INBOX", "MAIL"]}; what is absent is as delivered
    quiet_from = models.PositiveSmallIntegerField(null=True)  # minutes after midnight
    quiet_until = models.PositiveSmallIntegerField(null=True)
    digest = models.BooleanField(default=False)  # one message in the morning instead of each at once


class Off(models.TextChoices):
    """Why a hook or a channel sends nothing."""

    ON = "", _("已启用")
    HAND = "HAND", _("已停用")
    FAILURES = "FAILURES", _("连续失败，已自动停用")
    OWNER = "OWNER", _("负责人已停用，随之停用")
    RESTORED = "RESTORED", _("由备份恢复，确认后再启用")
    SECRET = "SECRET", _("密钥读不出来，已自动停用")


class Receiver(models.Model):
    """Where something goes out to, with what is known of how it answers."""

    key = models.CharField(max_length=32, unique=True)
    name = models.CharField(_("名称"), max_length=50)
    off = models.CharField(max_length=8, choices=Off.choices, default=Off.ON, blank=True)
    failures = models.PositiveIntegerField(default=0)  # since the last that arrived
    rest_until = models.DateTimeField(null=True)
    job_id = models.BigIntegerField(null=True)
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    version = models.IntegerField(default=1)

    class Meta:
        abstract = True


class Hook(Receiver):
    """An address of another system. It is told what its owner, whoever saved it last, may see."""

    address = models.CharField(_("地址"), max_length=500)
    events = models.JSONField(default=list)  # ["customers", "deals.delete"]: all of a record type, or one action
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("负责人"))
    secret_sealed = models.BinaryField()
    old_sealed = models.BinaryField(default=bytes)  # after a change of the secret, until old_until
    old_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(off__in=Off.values), name="hook_off")]


class Medium(models.TextChoices):
    MAIL = "MAIL", _("邮件")
    WECOM = "WECOM", _("企业微信机器人")
    DINGTALK = "DINGTALK", _("钉钉机器人")
    FEISHU = "FEISHU", _("飞书机器人")


class Channel(Receiver):
    """A way to a person outside of keji, or to a team's group. Mail goes to the address that the person has here."""

    medium = models.CharField(_("种类"), max_length=8, choices=Medium.choices)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")
    team = models.ForeignKey("access.Team", models.CASCADE, null=True, related_name="+")
    address_sealed = models.BinaryField(default=bytes)  # of a robot; who knows it can write to the group
    secret_sealed = models.BinaryField(default=bytes)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(off__in=Off.values), name="channel_off"),
            models.CheckConstraint(condition=Q(medium__in=Medium.values), name="channel_medium"),
            models.CheckConstraint(condition=Q(person=None) ^ Q(team=None), name="channel_of_one"),
            models.UniqueConstraint(fields=["person"], condition=Q(medium="MAIL"), name="one_mail_a_person"),
        ]


class State(models.TextChoices):
    WAITING = "WAITING", _("等待发送")
    SENT = "SENT", _("已送达")
    PARKED = "PARKED", _("已停住")
    WITHHELD = "WITHHELD", _("不发送")  # its owner may not see the record, or has read it meanwhile


class Outgoing(models.Model):
    """One thing to be told to one hook or by one channel. Its key is the id that the receiver sees, the same at every try."""

    key = models.CharField(max_length=32, unique=True)
    hook = models.ForeignKey(Hook, models.CASCADE, null=True, related_name="outgoing")
    channel = models.ForeignKey(Channel, models.CASCADE, null=True, related_name="outgoing")
    entry_id = models.BigIntegerField(null=True)  # of a hook; none for a test
    many = models.BooleanField(default=False)  # of a channel: all that has gathered until due_at
    test = models.BooleanField(default=False)  # of a channel: means nothing
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
            models.CheckConstraint(condition=Q(hook=None) ^ Q(channel=None), name="outgoing_to_one"),
        ]
        indexes = [
            models.Index(fields=["hook", "id"], name="outgoing_open", condition=Q(state="WAITING")),
            models.Index(fields=["hook", "-id"], name="outgoing_newest"),
            models.Index(fields=["channel", "id"], name="outgoing_channel_open", condition=Q(state="WAITING")),
            models.Index(fields=["channel", "-id"], name="outgoing_channel_newest"),
            models.Index(fields=["state", "ended_at"], name="outgoing_ended"),
        ]


class Enclosed(models.Model):
    """A notice that goes out by a channel: once, whatever happens."""

    outgoing = models.ForeignKey(Outgoing, models.CASCADE, related_name="enclosed")
    channel = models.ForeignKey(Channel, models.CASCADE, related_name="+")
    notice = models.ForeignKey(Notice, models.CASCADE, related_name="enclosed")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "notice"], name="enclosed_once")]
