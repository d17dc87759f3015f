"""What every record type shares: the columns of a record, the dictionaries, the counters."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Record(models.Model):
    """A row that belongs to somebody, has versions and a bin, and remembers what is open or was accepted about it."""

    RECORD: ClassVar[str]
    OWNER: ClassVar[str]
    ALIVE: ClassVar[Q] = Q(deleted_at=None)
    BINNED: ClassVar[Q] = Q(deleted_at__isnull=False)
    UNTOLD: ClassVar[frozenset[str]] = frozenset({"id", "version", "changed_at", "created_at"})
    DERIVED: ClassVar[frozenset[str]] = frozenset()  # set by `derive` alone: a save of what was read before keeps off them

    states = models.JSONField(default=dict, blank=True)  # {"email": {"state": "REFUSED", "why": "…"}}
    accepted = models.JSONField(default=list, blank=True)  # [{"field", "code", "why", "who", "at"}]
    open_points = models.SmallIntegerField(_("待确认"), default=0)
    created_at = models.DateTimeField(_("录入时间"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("录入人")
    )
    changed_at = models.DateTimeField(_("更新时间"))
    version = models.IntegerField(default=1)
    deleted_at = models.DateTimeField(_("删除时间"), null=True, blank=True)
    deleted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("删除人")
    )

    class Meta:
        abstract = True


class Term(models.Model):
    """One value of a dictionary. The code never changes; a value in use can only be disabled."""

    dictionary = models.CharField(max_length=30)
    code = models.CharField(max_length=30)
    label = models.CharField(_("名称"), max_length=60)
    label_en = models.CharField(_("英文名称"), max_length=60, blank=True)
    short = models.CharField(_("简称"), max_length=20, blank=True)
    sort = models.IntegerField(_("顺序"), default=0)
    enabled = models.BooleanField(_("启用"), default=True)
    preset = models.CharField(max_length=60, blank=True)  # the seeds it comes from
    aliases = models.JSONField(_("别名"), default=list, blank=True)
    facts: Any = models.JSONField(default=dict, blank=True)  # {"detail": "展位", "requires": "authorisation_ref"}

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dictionary", "code"], name="one_code_once")]
        indexes = [models.Index(fields=["dictionary", "sort", "id"], name="term_order")]

    def __str__(self) -> str:
        return self.label


class Counter(models.Model):
    """The last number given out under a name. Gaps are allowed, reuse is not."""

    name = models.CharField(max_length=30, primary_key=True)
    value = models.BigIntegerField(default=0)


class Export(models.Model):
    """A file that somebody asked for: made in the background when large, fetched by its maker alone, gone after three days."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    record = models.CharField(max_length=30)
    query = models.CharField(max_length=4000, blank=True)
    format = models.CharField(max_length=4, default="xlsx")
    why = models.CharField(max_length=500)
    state = models.CharField(max_length=8, default="WAITING")  # WAITING, READY, DENIED, GONE
    rows = models.IntegerField(default=0)
    file = models.CharField(max_length=80, blank=True)
    job_id = models.BigIntegerField(null=True)
    holds: Any = models.JSONField(default=list)  # the record types in the file
    rights = models.CharField(max_length=64, blank=True)  # what its maker might take of them then, as a digest
    created_at = models.DateTimeField(auto_now_add=True)
    until = models.DateTimeField()


class SavedView(models.Model):
    """A question to a list that its asker has given a name. Whether it may still be asked is found out when it is."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    record = models.CharField(max_length=30)
    name = models.CharField(_("视图名称"), max_length=30)
    query = models.CharField(max_length=2000)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "record", "name"], name="one_view_a_name")]

    def __str__(self) -> str:
        return self.name


class Attachment(models.Model):
    """A file that belongs to a record. The content lies under its digest, once however often it is attached."""

    record = models.CharField(max_length=30)
    record_id = models.BigIntegerField()
    customer_id = models.BigIntegerField(null=True)  # none as long as the record belongs to nobody
    name = models.CharField(_("文件名"), max_length=150)
    kind = models.CharField(max_length=10)
    mime = models.CharField(max_length=100)
    size = models.BigIntegerField()
    digest = models.CharField(max_length=64, db_index=True)
    has_preview = models.BooleanField(default=False)
    who = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("上传时间"), auto_now_add=True)
    dropped_at = models.DateTimeField(null=True)
    dropped_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(size__gt=0), name="attachment_not_empty")]
        indexes = [
            models.Index(fields=["record", "record_id", "-id"], name="attachment_record"),
            models.Index(fields=["customer_id", "-id"], name="attachment_customer"),
            models.Index(fields=["who", "-at"], name="attachment_who"),
        ]
