"""People, teams, roles, and what was done."""

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from keji.kernel.clock import now


class Team(models.Model):
    name = models.CharField(_("团队"), max_length=50, unique=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, verbose_name=_("上级团队"))
    lead = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("团队负责人")
    )
    path = models.CharField(
        max_length=200, db_index=True, editable=False, default="/"
    )  # "/1/4/": the team and those above

    def __str__(self) -> str:
        return self.name


class Role(models.Model):
    """What a person may do, how far that reaches for each record type and verb, and which values show how."""

    code = models.CharField(_("代码"), max_length=30, unique=True)
    label = models.CharField(_("角色"), max_length=50)
    builtin = models.BooleanField(default=False, editable=False)
    reach = models.JSONField(default=dict)  # {"customers": {"see": "own", "change": "own"}}; what is absent is "none"
    actions = models.JSONField(default=list)  # ["customers.transfer"]
    fields = models.JSONField(default=dict)  # {"contacts.mobile": "mask"}; what is absent is "plain"

    def __str__(self) -> str:
        return self.label

    @property
    def title(self) -> str:
        """The label in the language of the page; the name of a role that people made stays as it is."""
        return gettext(self.label) if self.builtin else self.label


class PersonManager(BaseUserManager):
    def get_by_natural_key(self, username):
        return self.get(username=username)


class Person(AbstractBaseUser):
    username = models.CharField(_("登录名"), max_length=50, unique=True)
    name = models.CharField(_("姓名"), max_length=50)
    email = models.EmailField(_("邮箱"), blank=True)
    team = models.ForeignKey(Team, models.PROTECT, null=True, blank=True, verbose_name=_("团队"))
    roles = models.ManyToManyField(Role, through="Held", verbose_name=_("角色"))
    is_active = models.BooleanField(_("启用"), default=True)
    must_change = models.BooleanField(_("下次登录须改密码"), default=False)
    reset_at = models.DateTimeField(_("密码重置时间"), null=True, editable=False)
    reset_by = models.ForeignKey("self", models.PROTECT, null=True, editable=False, related_name="+")
    theme = models.CharField(max_length=5, default="auto")
    language = models.CharField(_("语言"), max_length=7, blank=True, default="")  # "": as the browser says
    created_at = models.DateTimeField(auto_now_add=True)
    alert = models.BigIntegerField(default=0, editable=False)  # the newest event of the account to be told of

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    objects = PersonManager()

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        return self.name


class AccountEvent(models.Model):
    """A sign-in, or a change of what one signs in with, for the person to see."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    kind = models.CharField(max_length=12)  # SIGN_IN, PASSWORD, RESET, FACTOR_ON, FACTOR_OFF, CODES
    ip = models.CharField(max_length=45, blank=True)
    net = models.CharField(max_length=45, blank=True)  # the network of the address: phones change theirs all day
    agent = models.CharField(max_length=60, blank=True)  # "Chrome · Windows"
    session = models.CharField(max_length=64, blank=True)  # a digest of the session's key
    odd = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["person", "-id"], name="account_event_person")]


class Held(models.Model):
    """A role that a person holds."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="held")
    role = models.ForeignKey(Role, models.PROTECT, related_name="holders")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "role"], name="one_role_once")]


class Token(models.Model):
    """A key by which a program works as its person, no further than its scopes go. Only a digest of it is kept."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="tokens")
    name = models.CharField(_("名称"), max_length=50)
    prefix = models.CharField(max_length=20)
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)  # ["customers.read", "customers.write", "export"]
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    minute = models.BigIntegerField(default=0)  # the minute in which `asked` requests were given out
    asked = models.IntegerField(default=0)

    @property
    def alive(self) -> bool:
        return self.revoked_at is None and self.expires_at > now()


class Entry(models.Model):
    """One line of the trail: never changed, never deleted. Holds salted hashes; the values stand in Kept."""

    at = models.DateTimeField(auto_now_add=True)
    who = models.ForeignKey(Person, models.PROTECT, null=True, db_constraint=True)
    action = models.CharField(max_length=60)
    record = models.CharField(max_length=30, blank=True)
    record_id = models.BigIntegerField(null=True)
    customer_id = models.BigIntegerField(null=True)
    changes = models.JSONField(default=dict)  # {"grade": [hash, hash]}
    why = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["customer_id", "-id"], name="entry_customer"),
            models.Index(fields=["record", "record_id", "-id"], name="entry_record"),
            models.Index(fields=["who", "-id"], name="entry_who"),
        ]


class Kept(models.Model):
    """The values of an entry, with the salt of its hashes. Only `redact` may empty it."""

    entry = models.OneToOneField(Entry, models.PROTECT, primary_key=True, related_name="kept")
    salt = models.CharField(max_length=32)
    values = models.JSONField(default=dict)  # {"grade": ["C", "A"]}


class Seal(models.Model):
    """A link of the hash chain over committed entries, in the order in which they were found."""

    at = models.DateTimeField(auto_now_add=True)
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    entries = models.JSONField()  # [[entry id, digest], …]
    chain = models.CharField(max_length=64)


class Setting(models.Model):
    """One setting of the installation. The one named `stamp` changes whenever what everybody shares has changed."""

    name = models.CharField(max_length=40, primary_key=True)
    value = models.JSONField()


class Once(models.Model):
    """A token that came with a create: the same token again is the same record, not a second one."""

    token = models.CharField(max_length=80, unique=True)
    who = models.ForeignKey(Person, models.CASCADE, null=True)
    record = models.CharField(max_length=30)
    record_id = models.BigIntegerField()
    at = models.DateTimeField(auto_now_add=True)


class Tried(models.Model):
    """How often a person did something watched (reveals, duplicate probes) within an hour."""

    person = models.ForeignKey(Person, models.CASCADE)
    what = models.CharField(max_length=30)
    hour = models.DateTimeField()
    times = models.IntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "what", "hour"], name="one_count_an_hour")]
