"""An import on its way: the file, its rows, what was found and what became of them; and forms on paper."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from keji.customers.models import Customer
from keji.records.models import Record


class State(models.TextChoices):
    UPLOADED = "UPLOADED", _("待对应列")
    CHECKING = "CHECKING", _("检查中")
    CHECKED = "CHECKED", _("待导入")
    RUNNING = "RUNNING", _("导入中")
    DONE = "DONE", _("已完成")
    CANCELLED = "CANCELLED", _("已取消")
    REVERTED = "REVERTED", _("已撤销")
    FAILED = "FAILED", _("失败")


class Run(models.Model):
    """One file somebody brings in."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    name = models.CharField(_("文件名"), max_length=200)
    file = models.CharField(max_length=80)  # its name on our disk
    digest = models.CharField(max_length=64)
    state = models.CharField(max_length=12, choices=State, default=State.UPLOADED)
    sheets = models.JSONField(default=list)  # [{"name", "titles", "rows", "holds": a record type or ""}]
    mapping = models.JSONField(default=dict)  # {"0": ["name", "contact.name", ""]} a target for each column of a sheet
    options = models.JSONField(default=dict)
    people = models.JSONField(default=dict)  # an unknown name of a person: {"丙": 12 | "importer" | "pool" | "former"}
    counts = models.JSONField(default=dict)
    declared_at = models.DateTimeField(null=True)  # that the data were come by lawfully, as the person says
    job_id = models.BigIntegerField(null=True)
    problem = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["person", "-id"], name="run_person")]


class Line(models.Model):
    """One row of the file, as it stood there and as it was mended."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="lines")
    sheet = models.PositiveSmallIntegerField(default=0)
    number = models.PositiveIntegerField()  # the row in the file, from 1
    cells = models.JSONField()
    problems = models.JSONField(default=list)  # [[column, field, code, message, suggestion, soft]]
    state = models.CharField(max_length=8, default="NEW")  # NEW READY DOUBT BAD TWIN · DONE FAILED SKIPPED REVERTED
    act = models.CharField(max_length=6, blank=True)  # CREATE, UPDATE
    chosen = models.BooleanField(default=False)  # somebody said: take it in all the same
    family = models.CharField(max_length=120, blank=True)  # rows of one customer share it
    customer_id = models.BigIntegerField(null=True)
    before = models.JSONField(null=True)  # what an update replaced, for taking it back
    made = models.JSONField(default=list)  # [[record, id, null | what a change replaced]] beside the customer itself

    class Meta:
        indexes = [
            models.Index(fields=["run", "sheet", "number"], name="line_order"),
            models.Index(fields=["run", "state"], name="line_state"),
            models.Index(fields=["run", "family"], name="line_family"),
        ]


class Title(models.Model):
    """A column title that somebody has mapped before, and to what."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    title = models.CharField(max_length=100)
    target = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "title"], name="one_title_once")]


class Origin(models.Model):
    """The number that a record has carried since another installation made it; workbooks know it by that."""

    record = models.CharField(max_length=30)
    record_id = models.BigIntegerField()
    number = models.CharField(max_length=40)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["record", "number"], name="one_origin_a_number"),
            models.UniqueConstraint(fields=["record", "record_id"], name="one_origin_a_record"),
        ]


class PaperForm(Record):
    """A form on paper: it got its number here, is filled in by hand, scanned, and entered as a customer.

    Whoever collects answers for it; once it is entered, whoever the customer belongs to sees it too.
    """

    RECORD: ClassVar[str] = "forms"
    OWNER: ClassVar[str] = "collector"
    ALSO: ClassVar[str] = "customer__owner"
    DERIVED: ClassVar[frozenset[str]] = frozenset({"state", "scanned_at", "scanned_by_id", "due_at"})
    UNTOLD: ClassVar[frozenset[str]] = Record.UNTOLD | DERIVED | {"open_points", "accepted"}

    number = models.CharField(_("表单编号"), max_length=20, unique=True, help_text=_("印在每一张上，不重复使用"))
    event = models.CharField(_("展会或活动"), max_length=100, blank=True, help_text=_("在哪里收集的，如展位 B12；陌生拜访不用填"))
    collector = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("采集人"),
        help_text=_("谁请客户填写，由谁当天扫描"),
    )
    collected_on = models.DateField(_("采集日期"), null=True, blank=True, help_text=_("客户填写的那一天；扫描件当天 24 点前上传"))
    signed = models.BooleanField(_("客户已签字"), default=False, help_text=_("扫描件上有客户的签字；没有签字的不算完成"))
    physical_location = models.CharField(
        _("原件位置"), max_length=100, blank=True, help_text=_("原件放在哪个盒、哪个夹，按客户分类归档，如企业客户 A 盒")
    )
    note = models.CharField(_("备注"), max_length=500, blank=True, help_text=_("字迹不清、缺页等要说明的事"))
    customer = models.ForeignKey(
        Customer,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("客户"),
        help_text=_("录入成了哪个客户"),
    )
    entered_at = models.DateTimeField(_("录入客户的时间"), null=True, editable=False)
    scanned_at = models.DateTimeField(_("扫描时间"), null=True, editable=False)
    scanned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("扫描人")
    )
    due_at = models.DateTimeField(_("扫描时限"), null=True, editable=False)
    void = models.BooleanField(_("作废"), default=False, editable=False)
    state = models.CharField(_("状态"), max_length=10, default="PRINTED", editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(number=""), name="form_has_a_number"),
            models.CheckConstraint(
                condition=Q(customer=None, entered_at=None) | Q(customer__isnull=False, entered_at__isnull=False),
                name="form_entered_has_a_time",
            ),
        ]
        indexes = [
            models.Index(fields=["collector", "-number"], name="form_collector"),
            models.Index(fields=["customer", "-number"], name="form_customer"),
            models.Index(fields=["state", "-number"], name="form_state"),
        ]

    def __str__(self) -> str:
        return self.number
