"""Customers and the people at them."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from keji.records.models import Record

# C999 stands before C1000, and KH-00012 behind KH-9: what is before the last digits, how many those are, those.
# The same text must stand in a question and in the index, so nothing in it is a parameter.
BY_NUMBER = models.Func(
    models.F("customer_no"),
    template=(
        "(rtrim(%(expressions)s, '0123456789')"
        " || substr('ABCDEFGHIJKLMNOPQRSTU', length(ltrim(substr(%(expressions)s,"
        " length(rtrim(%(expressions)s, '0123456789')) + 1), '0')) + 1, 1)"
        " || ltrim(substr(%(expressions)s, length(rtrim(%(expressions)s, '0123456789')) + 1), '0'))"
    ),
    output_field=models.CharField(max_length=21),
)


class Customer(Record):
    RECORD: ClassVar[str] = "customers"
    OWNER: ClassVar[str] = "owner"
    SHARED: ClassVar[str] = "collaborations"
    COMMON: ClassVar[Q] = Q(owner=None)
    MASKED_BY: ClassVar[tuple[str, ...]] = ("customer_type", "sex")
    DERIVED: ClassVar[frozenset[str]] = frozenset(
        {"tags", "open_deals", "open_amount", "won_amount_12m", "last_deep_at", "last_regular_at", "next_followup_at"}
    )
    UNTOLD: ClassVar[frozenset[str]] = Record.UNTOLD | {
        "name_key",
        "name_stripped",
        "size_band",
        "open_points",
        "accepted",
        "open_deals",
        "open_amount",
        "won_amount_12m",
        "tags",
        "last_deep_at",
        "last_regular_at",
    }

    customer_no = models.CharField(
        _("客户编号"),
        max_length=20,
        unique=True,
        editable=False,
        help_text=_("系统自动编号，终身不变，删除后也不会给别人用；导入时可用它对应已有客户"),
    )
    name = models.CharField(
        _("客户名称"), max_length=100, help_text=_("企业填营业执照上的全称，个人填真实姓名，2–100 个字")
    )
    name_key = models.CharField(max_length=100, db_index=True, editable=False)
    name_stripped = models.CharField(max_length=100, db_index=True, editable=False)
    customer_type = models.CharField(
        _("客户类型"),
        max_length=30,
        default="ENTERPRISE",
        help_text=_("企业、个人、机构或其他；不同类型要填的内容不同"),
    )
    type_text = models.CharField(_("类型说明"), max_length=50, blank=True, help_text=_("类型选“其他”时写明是什么"))
    relation_type = models.CharField(
        _("合作关系"), max_length=30, blank=True, help_text=_("终端客户直接使用，经销商转卖，合作伙伴一起做")
    )
    sex = models.CharField(_("性别"), max_length=1, blank=True, help_text=_("仅个人客户；填了身份证号码会自动核对"))
    uscc = models.CharField(
        _("统一社会信用代码"),
        max_length=18,
        blank=True,
        help_text=_("营业执照上的 18 位代码，最后一位是校验码；同一代码只能有一个客户"),
    )
    industry_code = models.CharField(
        _("所属行业"),
        max_length=4,
        blank=True,
        help_text=_("按国家统计局行业分类（GB/T 4754）选择，可以输入“互联网”“餐饮”这样的俗称查找"),
    )
    employee_count = models.PositiveIntegerField(
        _("员工人数"), null=True, blank=True, help_text=_("在职员工总数，用来划分企业规模")
    )
    annual_revenue_10k = models.DecimalField(
        _("年营收（万元）"),
        max_digits=18,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("最近一年的营业收入，单位万元"),
    )
    total_assets_10k = models.DecimalField(
        _("资产总额（万元）"),
        max_digits=18,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("最近年末资产总额，单位万元；按国家标准划分部分行业的规模时要用"),
    )
    size_label = models.CharField(
        _("企业规模"),
        max_length=30,
        blank=True,
        help_text=_("不知道人数时直接填规模档，如 50-200人；填了员工人数则按人数自动划分"),
    )
    size_band = models.CharField(
        _("规模档"),
        max_length=20,
        blank=True,
        editable=False,
        help_text=_("按设置里选定的划分办法，由员工人数、营收得出"),
    )
    contact_region = models.CharField(
        _("所在地区"), max_length=6, blank=True, help_text=_("常用联系地址的省、市、区（县）")
    )
    contact_address = models.CharField(
        _("详细地址"), max_length=200, blank=True, help_text=_("街道、门牌、楼层；用于拜访和寄送")
    )
    postal_code = models.CharField(_("邮政编码"), max_length=6, blank=True, help_text=_("6 位数字"))
    registered_region = models.CharField(
        _("注册地区"), max_length=6, blank=True, help_text=_("营业执照上注册地址的省、市、区（县）")
    )
    registered_address = models.CharField(
        _("注册地址"), max_length=200, blank=True, help_text=_("营业执照上的详细地址")
    )
    mobile = models.CharField(
        _("手机"),
        max_length=20,
        blank=True,
        help_text=_("个人客户本人的手机，11 位数字，不要用“-”或空格分隔"),
    )
    email = models.CharField(_("邮箱"), max_length=254, blank=True, help_text=_("个人客户本人的邮箱"))
    office_phone = models.CharField(
        _("公司电话"), max_length=30, blank=True, help_text=_("总机、前台或 400 电话，如 010-62345678-801")
    )
    website = models.CharField(_("官网"), max_length=200, blank=True, help_text=_("如 https://www.example.com"))
    social_accounts = models.CharField(
        _("社交媒体账号"), max_length=200, blank=True, help_text=_("公众号、抖音、微博等，用顿号分开")
    )
    lifecycle_stage = models.CharField(
        _("客户阶段"),
        max_length=30,
        default="POTENTIAL",
        help_text=_("潜在 → 意向 → 成交 → 合作中 → 续约；流失后可以挽回"),
    )
    cooperation_status = models.CharField(
        _("合作状态"),
        max_length=30,
        default="POTENTIAL",
        help_text=_("潜在、合作中、暂停或终止；终止时要填历史合同总额"),
    )
    suspended_why = models.CharField(_("暂停原因"), max_length=200, blank=True, help_text=_("合作状态为暂停时写明原因"))
    resume_date = models.DateField(_("预计恢复日期"), null=True, blank=True, help_text=_("合作状态为暂停时填写"))
    first_cooperation_date = models.DateField(
        _("首次合作日期"), null=True, blank=True, help_text=_("第一次成交或签约的日期；合作年限由它算出")
    )
    terminated_at = models.DateField(_("终止日期"), null=True, blank=True, help_text=_("合作终止的日期"))
    contract_amount = models.DecimalField(
        _("合同金额"),
        max_digits=18,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("历史合同总额，可以写 30万 或 人民币:10000元"),
    )
    currency = models.CharField(_("币种"), max_length=3, default="CNY", help_text=_("合同金额的币种"))
    opening_amount = models.DecimalField(
        _("期初累计金额"),
        max_digits=18,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("开始使用本系统之前的累计合作金额"),
    )
    products = models.JSONField(
        _("合作产品"), default=list, blank=True, help_text=_("正在合作或合作过的产品和服务，可多选")
    )
    satisfaction = models.PositiveSmallIntegerField(
        _("满意度"), null=True, blank=True, help_text=_("1–5 分；有过合作才填")
    )
    grade = models.CharField(
        _("客户等级"), max_length=10, blank=True, help_text=_("A 重点、B 潜力、C 一般；每次调整都留记录")
    )
    lead_grade = models.CharField(
        _("线索等级"), max_length=10, blank=True, help_text=_("还没有分级的新线索，先按 A/B/C 判断轻重")
    )
    is_strategic = models.BooleanField(_("战略客户"), default=False, help_text=_("行业标杆或战略合作伙伴"))
    lead_source = models.CharField(_("客户来源"), max_length=30, blank=True, help_text=_("第一次从哪里知道这个客户"))
    source_detail = models.CharField(
        _("来源说明"), max_length=100, blank=True, help_text=_("展会写展位号，线上推广写关键词，转介绍写介绍人")
    )
    collection_channel = models.CharField(
        _("采集渠道"), max_length=30, blank=True, help_text=_("信息是怎样采集来的；第三方数据须写明授权")
    )
    authorisation_ref = models.CharField(
        _("授权编号"), max_length=100, blank=True, help_text=_("第三方数据的授权合同号或授权书编号")
    )
    authorisation_until = models.DateField(
        _("授权有效期至"), null=True, blank=True, help_text=_("过期的授权不能再用来录入")
    )
    acquired_at = models.DateField(
        _("信息获取日期"), null=True, blank=True, help_text=_("得到这条信息的日期，不能晚于今天")
    )
    first_contact_date = models.DateField(
        _("首次接触日期"), null=True, blank=True, help_text=_("第一次和客户联系的日期，不能晚于今天")
    )
    channel_preference = models.CharField(
        _("偏好联系方式"), max_length=30, blank=True, help_text=_("客户希望用什么方式联系")
    )
    do_not_call = models.BooleanField(_("勿电话打扰"), default=False, help_text=_("勾选后，安排电话联系时会提醒"))
    preferences = models.CharField(_("其他偏好"), max_length=500, blank=True, help_text=_("习惯、禁忌、兴趣等"))
    risks = models.CharField(_("潜在风险"), max_length=500, blank=True, help_text=_("如竞争对手接触、关键人离职"))
    id_type = models.CharField(
        _("证件类型"), max_length=30, blank=True, help_text=_("仅个人客户，合同或实名需要时才填")
    )
    id_number_sealed = models.BinaryField(
        _("证件号码"), null=True, blank=True, help_text=_("加密保存，显示时只露首尾；没有必要就不要填")
    )
    id_number_index = models.CharField(max_length=64, blank=True, editable=False)
    occupation = models.CharField(_("职业"), max_length=50, blank=True, help_text=_("仅个人客户"))
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("负责人"),
        help_text=_("跟进这个客户的人，有且只有一位"),
    )
    sponsor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("高层对接人"),
        help_text=_("我方出面的高层；A 类客户应该有一位"),
    )
    last_followup_at = models.DateTimeField(
        _("最近跟进"), null=True, blank=True, editable=False, help_text=_("最近一次跟进的时间，记跟进时自动更新")
    )
    last_deep_at = models.DateTimeField(null=True, editable=False)  # the last one that was DEEP
    last_regular_at = models.DateTimeField(null=True, editable=False)  # the last one that was REGULAR or DEEP
    next_followup_at = models.DateTimeField(
        _("下次跟进"), null=True, blank=True, editable=False, help_text=_("最早一个还没做的跟进任务的时间；跟进以后自动更新")
    )
    no_step_why = models.CharField(
        _("无下一步的原因"), max_length=100, blank=True, editable=False, help_text=_("为什么不用安排下次跟进；安排以后自动清空")
    )
    followup_count = models.PositiveIntegerField(
        _("跟进次数"), default=0, editable=False, help_text=_("一共跟进过多少次")
    )
    open_deals = models.PositiveIntegerField(
        _("进行中商机"), default=0, editable=False, help_text=_("还没有成交或流失的商机有几个")
    )
    open_amount = models.DecimalField(
        _("商机金额"),
        max_digits=18,
        decimal_places=2,
        default=0,
        editable=False,
        help_text=_("进行中商机的预计成交金额合计，只算人民币"),
    )
    won_amount_12m = models.DecimalField(
        _("近12个月成交"),
        max_digits=18,
        decimal_places=2,
        default=0,
        editable=False,
        help_text=_("最近 12 个月成交的实际金额合计，只算人民币"),
    )
    tags = models.JSONField(_("标签"), default=list, editable=False, help_text=_("现在贴着的标签；在客户页面上添加和移除"))
    profile = models.CharField(max_length=10, default="P000", editable=False)
    review_state = models.CharField(
        _("审核状态"), max_length=20, default="DRAFT", editable=False, help_text=_("资料审核到了哪一步，由审核流程更新")
    )
    remark = models.TextField(
        _("备注"), max_length=2000, blank=True, help_text=_("最多 2000 字；不要写银行卡号、密码、证件号")
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["uscc"], condition=~Q(uscc="") & Q(deleted_at=None), name="one_customer_a_uscc"
            ),
            models.CheckConstraint(
                condition=Q(satisfaction=None) | Q(satisfaction__range=(1, 5)), name="satisfaction_1_to_5"
            ),
            models.CheckConstraint(
                condition=Q(contract_amount=None) | Q(contract_amount__gte=0), name="contract_amount_not_negative"
            ),
        ]
        indexes = [
            models.Index(fields=["-changed_at", "-id"], name="customer_changed"),
            models.Index(fields=["-created_at", "-id"], name="customer_created"),
            models.Index(fields=["name", "id"], name="customer_name"),
            models.Index(BY_NUMBER, "id", name="customer_by_number"),
            models.Index(fields=["owner", "-changed_at", "-id"], name="customer_owner"),
            models.Index(fields=["industry_code", "-changed_at", "-id"], name="customer_industry"),
            models.Index(fields=["grade", "-changed_at", "-id"], name="customer_grade"),
            models.Index(fields=["grade", "id"], name="customer_by_grade"),
            models.Index(fields=["lifecycle_stage", "-changed_at", "-id"], name="customer_stage"),
            models.Index(fields=["contact_region"], name="customer_region"),
            # Most have none: whoever looks for one says so too (`queries.given`), else the databases pass these by.
            models.Index(fields=["mobile"], condition=~Q(mobile=""), name="customer_mobile"),
            models.Index(fields=["id_number_index"], condition=~Q(id_number_index=""), name="customer_id_number"),
            models.Index(fields=["open_amount", "id"], name="customer_open_amount"),
            models.Index(fields=["won_amount_12m", "id"], name="customer_won_amount"),
            models.Index(fields=["deleted_at"], condition=Q(deleted_at__isnull=False), name="customer_binned"),
            models.Index(fields=["last_followup_at", "id"], name="customer_followed"),
            models.Index(fields=["next_followup_at", "id"], name="customer_next"),
        ]

    def __str__(self) -> str:
        return self.name


GONE = Customer.objects.filter(deleted_at__isnull=False)  # few: asked as a set, it spares a look at each customer


class Collaboration(models.Model):
    """A person who works on a customer beside its owner."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="collaborations")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "person"], name="one_collaboration_once")]


class Contact(Record):
    RECORD: ClassVar[str] = "contacts"
    OWNER: ClassVar[str] = "customer__owner"
    COMMON: ClassVar[Q] = Q(customer__owner=None)
    ALIVE: ClassVar[Q] = Q(deleted_at=None, customer__deleted_at=None)
    BINNED: ClassVar[Q] = Q(deleted_at__isnull=False, customer__deleted_at=None)
    MASKED_BY: ClassVar[tuple[str, ...]] = ("sex",)
    UNTOLD: ClassVar[frozenset[str]] = Record.UNTOLD | {"open_points", "accepted"}

    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="contacts", verbose_name=pgettext_lazy("field", "客户"), help_text=_("这位联系人属于哪个客户")
    )
    name = models.CharField(_("联系人姓名"), max_length=50, help_text=_("真实姓名，2–50 个字"))
    sex = models.CharField(_("性别"), max_length=1, blank=True, help_text=_("用于称呼"))
    title = models.CharField(_("职位"), max_length=50, blank=True, help_text=_("如 采购经理、总监"))
    department = models.CharField(_("部门"), max_length=50, blank=True, help_text=_("所在部门"))
    responsibilities = models.CharField(
        _("岗位职责"), max_length=500, blank=True, help_text=_("在本职岗位负责哪些工作")
    )
    decision_role = models.CharField(
        _("决策角色"), max_length=30, blank=True, help_text=_("决策者拍板，影响者提意见，使用者用产品")
    )
    is_primary = models.BooleanField(_("首要联系人"), default=False, help_text=_("一个客户最多一位，显示在最前面"))
    is_key_contact = models.BooleanField(_("关键联系人"), default=False, help_text=_("对合作有重要作用的人"))
    mobile = models.CharField(
        _("手机"), max_length=20, blank=True, db_index=True, help_text=_("11 位数字，不要用“-”或空格分隔")
    )
    landline = models.CharField(
        _("座机"), max_length=30, blank=True, help_text=_("带区号，如 010-62345678，分机写在后面")
    )
    intl_phone = models.CharField(
        _("境外电话"), max_length=20, blank=True, help_text=_("港澳台和国外，以 + 开头，如 +85221234567")
    )
    email = models.CharField(_("电子邮箱"), max_length=254, blank=True, help_text=_("用公司邮箱，不要用个人邮箱"))
    wechat_id = models.CharField(
        _("微信号"), max_length=20, blank=True, help_text=_("6–20 位，字母开头；用手机号加微信的，勾“微信同手机”")
    )
    wechat_same_as = models.CharField(_("微信同号"), max_length=10, blank=True, help_text=_("微信用手机号或 QQ 号找到"))
    wecom_id = models.CharField(_("企业微信"), max_length=64, blank=True, help_text=_("企业微信的外部联系人号"))
    qq = models.CharField(_("QQ"), max_length=11, blank=True, help_text=_("5–11 位数字"))
    validity = models.CharField(
        _("有效性"), max_length=20, default="VALID", help_text=_("停机、换岗的标出来，不再出现在拨打名单里")
    )
    validity_at = models.DateField(_("核实日期"), null=True, blank=True, help_text=_("最近一次核实的日期"))
    remark = models.TextField(
        _("备注"), max_length=2000, blank=True, help_text=_("最多 2000 字；不要写银行卡号、密码、证件号")
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer"], condition=Q(is_primary=True, deleted_at=None), name="one_primary_contact"
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "-is_primary", "id", "validity", "deleted_at"], name="contact_customer"),
            models.Index(fields=["-changed_at", "-id"], name="contact_changed"),
            models.Index(fields=["name", "id"], name="contact_name"),
        ]

    def __str__(self) -> str:
        return self.name


class Anniversary(models.Model):
    """A day worth remembering about a customer: a birthday, the end of a contract."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="anniversaries")
    name = models.CharField(_("名称"), max_length=50)
    day = models.DateField(_("日期"))
    yearly = models.BooleanField(_("每年"), default=True)
    remind_days = models.PositiveSmallIntegerField(_("提前几天提醒"), default=30)


MARKETING = "MARKETING"  # news of products and of the trade


class Consent(models.Model):
    """That a contact (of a person, the customer itself) agreed to be written to for a purpose. Withdrawn, it stays on record."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="consents", db_index=False)
    contact = models.ForeignKey(Contact, models.CASCADE, null=True, related_name="consents")
    purpose = models.CharField(max_length=20)
    evidence = models.CharField(_("凭据"), max_length=200)
    given_on = models.DateField(_("同意日期"))
    recorded_at = models.DateTimeField(auto_now_add=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "contact", "purpose"],
                condition=Q(withdrawn_at=None, contact__isnull=False),
                name="one_consent_a_contact",
            ),
            models.UniqueConstraint(
                fields=["customer", "purpose"], condition=Q(withdrawn_at=None, contact=None), name="one_consent_a_person"
            ),
            models.CheckConstraint(condition=~Q(evidence=""), name="consent_can_be_shown"),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_by=None) | Q(withdrawn_at__isnull=False), name="consent_withdrawn_or_not"
            ),
        ]
        indexes = [models.Index(fields=["customer", "purpose"], condition=Q(withdrawn_at=None), name="consent_held")]


class GradeChange(models.Model):
    """One move of a customer's grade, or an evaluation that left it; with what was judged, as far as it was said."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="grades")
    old = models.CharField(max_length=10, blank=True)
    new = models.CharField(max_length=10, blank=True)
    annual_purchase = models.DecimalField(_("年采购额"), max_digits=18, decimal_places=2, null=True, blank=True)
    potential = models.PositiveSmallIntegerField(_("合作潜力"), null=True, blank=True)
    influence = models.PositiveSmallIntegerField(_("行业影响力"), null=True, blank=True)
    who = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    why = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(annual_purchase=None) | Q(annual_purchase__gte=0), name="purchase_not_negative"),
            models.CheckConstraint(condition=Q(potential=None) | Q(potential__range=(1, 5)), name="potential_1_to_5"),
            models.CheckConstraint(condition=Q(influence=None) | Q(influence__range=(1, 5)), name="influence_1_to_5"),
        ]


class Requirement(models.Model):
    """A field that a profile requires of a type of customer (of every type where none is named)."""

    profile = models.CharField(max_length=10)
    customer_type = models.CharField(max_length=30, blank=True)
    field = models.CharField(max_length=60)  # "uscc", "contact.name", or a group such as "size" and "contact.phone"

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["profile", "customer_type", "field"], name="one_requirement_once")
        ]


PURPOSES = ("NEW", "EXISTING")
WAYS = ("ORAL", "SMS", "EMAIL")  # in which a customer confirms what it needs


class Need(Record):
    RECORD: ClassVar[str] = "needs"
    OWNER: ClassVar[str] = "customer__owner"
    COMMON: ClassVar[Q] = Q(customer__owner=None)
    ALIVE: ClassVar[Q] = Q(deleted_at=None, customer__deleted_at=None)
    BINNED: ClassVar[Q] = Q(deleted_at__isnull=False, customer__deleted_at=None)
    UNTOLD: ClassVar[frozenset[str]] = Record.UNTOLD | {"open_points", "accepted", "budget_min", "budget_max"}

    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="needs", verbose_name=_("客户"), help_text=_("这条需求属于哪个客户")
    )
    description = models.CharField(
        _("核心需求"), max_length=1000, help_text=_("客户想解决什么问题、要达到什么效果，至少 5 个字")
    )
    need_type = models.CharField(
        _("需求类型"), max_length=30, blank=True, help_text=_("选了类型，上面会列出可以问客户的问题；会自动打上标签")
    )
    keywords = models.JSONField(
        _("需求关键词"), default=list, blank=True, help_text=_("如 降本增效、供应链优化，用顿号分开；可以写新的词")
    )
    priority = models.CharField(
        _("需求优先级"), max_length=30, blank=True, help_text=_("高、中、低；客户最急的先做")
    )
    match_degree = models.CharField(
        _("匹配度"), max_length=30, blank=True, help_text=_("我们的产品或服务能满足多少：完全、部分，或需定制")
    )
    products = models.JSONField(
        _("感兴趣的产品"), default=list, blank=True, help_text=_("客户感兴趣的产品或服务，可多选")
    )
    budget_text = models.CharField(
        _("预算"), max_length=50, blank=True, help_text=_("可以写 20-30万、5万以下 或 200000；原话会留着")
    )
    budget_min = models.DecimalField(_("预算下限"), max_digits=18, decimal_places=2, null=True, editable=False)
    budget_max = models.DecimalField(_("预算上限"), max_digits=18, decimal_places=2, null=True, editable=False)
    budget_band = models.CharField(
        _("预算范围"), max_length=30, blank=True, editable=False, help_text=_("由预算得出的档次")
    )
    currency = models.CharField(_("币种"), max_length=3, default="CNY", help_text=_("预算和金额的币种"))
    expected_term = models.CharField(
        _("合作周期"), max_length=20, blank=True, help_text=_("期望合作多久，如 1年、6个月、长期")
    )
    expected_time = models.CharField(
        _("期望时间"), max_length=100, blank=True, help_text=_("客户的原话，如 1个月内启动、季度末合作")
    )
    target_date = models.DateField(
        _("目标日期"), null=True, blank=True, help_text=_("预计签约的日期；可能性没填时按它给出")
    )
    decision_participants = models.CharField(
        _("决策参与方"), max_length=200, blank=True, help_text=_("哪些部门或人一起决定，如 技术部、采购部")
    )
    decision_contacts = models.JSONField(_("决策人"), default=list, blank=True)  # ids of contacts of the customer
    competitor = models.CharField(_("竞争对手"), max_length=200, blank=True, help_text=_("客户还在比较谁，比到哪一步"))
    pain_points = models.CharField(_("痛点"), max_length=500, blank=True, help_text=_("现在最难受的地方和造成的损失"))
    objections = models.CharField(_("顾虑与异议"), max_length=500, blank=True, help_text=_("客户担心什么、不同意什么"))
    intent_level = models.CharField(
        _("合作可能性"),
        max_length=30,
        blank=True,
        help_text=_("高：1 个月内可签约；中：1–3 个月；低：3 个月以上；或暂无意向"),
    )
    expected_amount = models.DecimalField(
        _("预计金额"),
        max_digits=18,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("预计成交金额，可以写 30万"),
    )
    potential_value = models.CharField(_("潜在价值"), max_length=200, blank=True, help_text=_("除这一单以外还可能有什么"))
    long_term_value = models.CharField(
        _("长期价值"), max_length=200, blank=True, help_text=_("如 战略客户，后续年采购额或超 50 万")
    )
    annual_amount = models.DecimalField(
        _("预计年采购额"),
        max_digits=18,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("以后每年大约采购多少，可以写 50万"),
    )
    purpose = models.CharField(
        _("采集目的"),
        max_length=8,
        blank=True,
        help_text=_("新客户问需求类型和预算，老客户问需求变化和痛点；不选就不检查"),
    )
    need_change = models.CharField(_("需求变化"), max_length=500, blank=True, help_text=_("老客户的需求和以前比有什么不同"))
    confirmed_at = models.DateField(_("确认日期"), null=True, blank=True, help_text=_("哪天向客户复述并得到确认，不能晚于今天"))
    confirmed_by = models.CharField(_("确认人"), max_length=50, blank=True, help_text=_("客户方谁确认了核心需求和预算"))
    confirmed_how = models.CharField(_("确认方式"), max_length=8, blank=True, help_text=_("口头、短信或邮件"))
    followup_id = models.BigIntegerField(null=True, editable=False)  # the follow-up in which it was told
    state = models.CharField(_("状态"), max_length=10, default="OPEN", help_text=_("进行中、已满足或已放弃"))
    state_why = models.CharField(_("结果说明"), max_length=200, blank=True, help_text=_("放弃时写明原因"))

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(budget_min=None) | Q(budget_max=None) | Q(budget_min__lte=models.F("budget_max")),
                name="need_budget_in_order",
            ),
            models.CheckConstraint(
                condition=(Q(expected_amount=None) | Q(expected_amount__gte=0))
                & (Q(annual_amount=None) | Q(annual_amount__gte=0)),
                name="need_amounts_not_negative",
            ),
            models.CheckConstraint(condition=Q(state__in=("OPEN", "MET", "DROPPED")), name="need_state_known"),
            models.CheckConstraint(condition=~Q(state="DROPPED") | ~Q(state_why=""), name="need_dropped_with_reason"),
            models.CheckConstraint(condition=Q(purpose__in=("", *PURPOSES)), name="need_purpose_known"),
            models.CheckConstraint(condition=Q(confirmed_how__in=("", *WAYS)), name="need_confirmed_how_known"),
            models.CheckConstraint(
                condition=Q(confirmed_at=None, confirmed_by="", confirmed_how="")
                | (Q(confirmed_at__isnull=False) & ~Q(confirmed_by="") & ~Q(confirmed_how="")),
                name="need_confirmed_whole",
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "-id"], name="need_customer"),
            models.Index(fields=["-changed_at", "-id"], name="need_changed"),
            models.Index(fields=["-created_at", "-id"], name="need_created"),
            models.Index(fields=["target_date", "id"], name="need_target"),
            models.Index(fields=["expected_amount", "id"], name="need_amount"),
            models.Index(fields=["priority", "-changed_at", "-id"], name="need_priority"),
            models.Index(fields=["intent_level", "-changed_at", "-id"], name="need_intent"),
            models.Index(fields=["budget_min"], name="need_budget"),
        ]

    def __str__(self) -> str:
        return self.description[:30]


class NeedWord(models.Model):
    """A keyword of a need, so that it can be found: the code of a dictionary value or a word of one's own."""

    need = models.ForeignKey(Need, models.CASCADE, related_name="words")
    word = models.CharField(max_length=30)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["need", "word"], name="one_word_once")]
        indexes = [models.Index(fields=["word", "need"], name="word_need")]


class Review(models.Model):
    """One step on the way of a customer's facts to being approved: the own check, the manager's, or the steward's."""

    class Level(models.TextChoices):
        SELF = "SELF", _("自查")
        DEPT = "DEPT", _("复核")
        FINAL = "FINAL", _("终审")

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="reviews", db_index=False)
    level = models.CharField(_("审核级别"), max_length=5, choices=Level.choices)
    passed = models.BooleanField(_("结果"))
    late = models.BooleanField(default=False)  # the limit was over by then
    note = models.CharField(_("意见"), max_length=500, blank=True)
    who = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["customer", "-id"], name="review_customer")]


class TagGroup(models.Model):
    """Tags of one kind. Of an exclusive group a customer carries one at a time; in a system group the steward alone makes tags."""

    name = models.CharField(_("标签组"), max_length=20, unique=True)
    exclusive = models.BooleanField(_("只能选一个"), default=False)
    system = models.BooleanField(_("系统标签"), default=False)
    prefixed = models.BooleanField(_("显示组名"), default=True)
    colour = models.CharField(_("颜色"), max_length=10, blank=True)
    sort = models.IntegerField(_("顺序"), default=0)
    enabled = models.BooleanField(_("启用"), default=True)

    def __str__(self) -> str:
        return self.name


class Tag(models.Model):
    """A word that customers carry. One made by a rule has the code of the value that it stands for."""

    group = models.ForeignKey(TagGroup, models.PROTECT, related_name="tags", verbose_name=_("标签组"))
    name = models.CharField(_("标签"), max_length=30)
    key = models.CharField(max_length=30, editable=False)  # the name folded: two spellings are one tag
    code = models.CharField(max_length=40, blank=True)
    enabled = models.BooleanField(_("启用"), default=True)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["group", "key"], condition=Q(merged_into=None), name="one_tag_once"),
            models.UniqueConstraint(fields=["group", "code"], condition=~Q(code=""), name="one_tag_a_code"),
        ]

    def __str__(self) -> str:
        return f"{self.group.name}:{self.name}" if self.group.prefixed else self.name


class Tagging(models.Model):
    """That a customer carries, or carried, a tag: who put it there, until when, and how it ended."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="taggings")
    tag = models.ForeignKey(Tag, models.PROTECT, related_name="taggings")
    who = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    valid_until = models.DateField(_("有效期至"), null=True, blank=True)
    automatic = models.BooleanField(default=False)
    why = models.CharField(_("原因"), max_length=200, blank=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "tag"], condition=Q(ended_at=None), name="one_tagging_at_a_time")
        ]
        indexes = [
            models.Index(fields=["tag", "customer"], condition=Q(ended_at=None), name="tagging_now"),
            models.Index(fields=["valid_until"], condition=Q(ended_at=None), name="tagging_until"),
        ]


class TagMerge(models.Model):
    """That one tag became another: who let it, and what it was before, for as long as that can be undone."""

    old = models.ForeignKey(Tag, models.CASCADE, related_name="+")
    new = models.ForeignKey(Tag, models.CASCADE, related_name="+")
    enabled = models.BooleanField()  # whether the old one was offered
    rules = models.JSONField(default=list)  # ids of the rules that led to the old one
    merged = models.JSONField(default=list)  # ids of the tags that had become the old one
    who = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["-at"], condition=Q(undone_at=None), name="merge_undoable")]


class MergedTagging(models.Model):
    """A tagging that a merge moved to the new tag, or ended because the customer carried that one already."""

    merge = models.ForeignKey(TagMerge, models.CASCADE, related_name="taggings")
    tagging = models.ForeignKey(Tagging, models.CASCADE, related_name="+")
    ended = models.BooleanField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merge", "tagging"], name="one_merged_tagging_once")]


class TagRule(models.Model):
    """A tag that follows from a field: of one value a certain tag, or of each value the tag in a group named after it."""

    field = models.CharField(_("字段"), max_length=40)
    value = models.CharField(_("值"), max_length=40, blank=True)
    group = models.ForeignKey(TagGroup, models.PROTECT, null=True, blank=True, related_name="rules")
    tag = models.ForeignKey(Tag, models.PROTECT, null=True, blank=True, related_name="rules")
    enabled = models.BooleanField(_("启用"), default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["field", "value"], name="one_rule_a_value"),
            models.CheckConstraint(
                condition=Q(value="", tag=None, group__isnull=False) | (~Q(value="") & Q(tag__isnull=False, group=None)),
                name="rule_names_group_or_tag",
            ),
        ]
