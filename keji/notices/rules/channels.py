"""The ways by which word goes out to people: their mail, robots of their own, robots of a team's group; and what they chose.

A robot's address is a key to somebody's group: it is sealed and shown shortened. What goes to a person's own channel is
what the person may read; what goes to a team's group names no record, since nobody here knows who reads there.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keji.access.models import Person, Team
from keji.access.scope import declare, may, require
from keji.access.trail import note
from keji.database import lock_key
from keji.kernel import crypto, text
from keji.kernel.clock import now
from keji.kernel.errors import Invalid, NotThere, Problem, Unfit
from keji.notices.models import Channel, Medium, Outgoing, Preference, State
from keji.notices.rules import robots
from keji.notices.rules.kinds import DESKTOP, GROUP, INBOX, KINDS, MAIL, ROBOT, offered
from keji.notices.rules.receivers import again, need_on, new_key, opened, place, switch, write

CHANNELS = declare("notices.channels", gettext_lazy("管理团队的消息机器人，查看消息的发送记录"))
OWN = "notices.own_channels"  # what the trail calls a change of one's own
MOST = 5
SECRET = 200
DAY = 24 * 60
WAYS: dict[str, Any] = {
    INBOX: gettext_lazy("消息"),
    DESKTOP: gettext_lazy("桌面"),
    MAIL: gettext_lazy("邮件"),
    ROBOT: gettext_lazy("机器人"),
    GROUP: gettext_lazy("团队群"),
}


def channel(person: Person, pk: int) -> Channel:
    """A channel that the person may change: an own one, or a team's for who keeps those. Raises NotThere."""
    found = Channel.objects.select_related("team", "person").filter(pk=pk).first()
    if found is None or not (found.person_id == person.pk or found.team_id and may(person, CHANNELS)):
        raise NotThere(pk)
    return found


def robot(person: Person, pk: int) -> Channel:
    """A robot that the person may change. Raises NotThere."""
    found = channel(person, pk)
    if found.medium == Medium.MAIL:
        raise NotThere(pk)
    return found


def tell(person: Person, known: Channel, did: str) -> None:
    note(person, OWN if known.person_id else CHANNELS, why=f"{did} channel {known.pk}")


def switch_mail(person: Person, on: bool) -> None:
    """Have word sent to one's own mail address, or no longer."""
    if on and not (settings.MAIL and person.email):
        said = _("还没有填邮箱，请找管理员") if settings.MAIL else _("管理员还没有设置邮件服务器")
        raise Unfit(Problem("mail", "E_NO_MAIL", said))
    with transaction.atomic():
        at = now()
        facts = {"key": new_key(), "name": "", "made_at": at, "changed_at": at}
        known, _made = Channel.objects.get_or_create(person=person, medium=Medium.MAIL, defaults=facts)
        switch(known, on)
        tell(person, known, "enable" if on else "disable")


def add_robot(person: Person, medium: str, name: str, address: str, secret: str, team: Team | None = None) -> Channel:
    """Add a robot of one's own, or of a team's group."""
    if team:
        require(person, CHANNELS)
    if medium not in robots.ROBOTS:
        raise Unfit(Problem("medium", "E_REQUIRED", _("请选择是哪一种机器人")))
    told = checked(medium, name, address, secret)
    owner: dict[str, Any] = {"team": team} if team else {"person": person}
    with transaction.atomic():
        lock_key(f"channels of {owner}")
        if Channel.objects.filter(**owner).exclude(medium=Medium.MAIL).count() >= MOST:
            raise Unfit(Problem("name", "E_MANY", _("最多 %(most)d 个机器人，请先删除不用的") % {"most": MOST}))
        at = now()
        made = Channel(key=new_key(), medium=medium, name=told, made_at=at, changed_at=at, **owner)
        made.address_sealed, made.secret_sealed = sealed(made, address.strip()), sealed(made, secret.strip())
        made.save()
        tell(person, made, "add")
    return made


def revise_robot(person: Person, known: Channel, version: int, name: str, address: str, secret: str) -> None:
    """Change a robot. A blank address stays as it is, and so does a blank secret, unless the address is another one."""
    if known.team_id:
        require(person, CHANNELS)
    values: dict[str, Any] = {"name": checked(known.medium, name, address, secret, blank=True)}
    if address.strip():
        values["address_sealed"] = sealed(known, address.strip())
    if address.strip() or secret.strip():
        values["secret_sealed"] = sealed(known, secret.strip())
    with transaction.atomic():
        write(known, version, **values)
        tell(person, known, "change")


def checked(medium: str, name: str, address: str, secret: str, blank: bool = False) -> str:
    """The name as it is kept. Raises Unfit for whatever is not fit to be a robot of that make."""
    problems = []
    try:
        kept = str(text.clean(name).value or "")
    except Invalid as error:
        kept, problems = "", [Problem("name", error.code, error.message)]
    if not problems and not 0 < len(kept) <= 50:
        problems.append(Problem("name", "E_REQUIRED", _("请填写名称，最多 50 个字")))
    told = address.strip()
    if (told or not blank) and not (len(told) <= 500 and robots.fits(medium, told, settings.INNER_HOSTS)):
        said = _("地址应像 %(example)s，请从机器人的设置里整个复制过来") % {"example": robots.ROBOTS[medium].example}
        problems.append(Problem("address", "E_URL", said))
    if len(secret.strip()) > SECRET or not secret.strip().isascii():
        problems.append(Problem("secret", "E_SECRET", _("加签密钥不对，请整个复制过来")))
    elif secret.strip() and not robots.ROBOTS[medium].sign:
        problems.append(Problem("secret", "E_SECRET", _("这种机器人没有加签密钥，请留空")))
    if problems:
        raise Unfit(*problems)
    return kept


def sealed(known: Channel, told: str) -> bytes:
    return crypto.seal(settings.FIELD_KEY, place(known), told) if told else b""


def short(known: Channel) -> str:
    """Where a channel leads, as it is shown."""
    if known.medium == Medium.MAIL:
        return known.person.email if known.person else ""
    try:
        return robots.short(opened(settings.FIELD_KEY, known, known.address_sealed))
    except crypto.Unreadable:
        return "…"


def switch_channel(person: Person, known: Channel, on: bool) -> None:
    with transaction.atomic():
        switch(known, on)
        tell(person, known, "enable" if on else "disable")


def drop_channel(person: Person, known: Channel) -> None:
    """Remove a robot with its log."""
    with transaction.atomic():
        tell(person, known, "delete")
        known.delete()


def try_channel(person: Person, known: Channel) -> None:
    """Send something that means nothing, to see whether it arrives; one at a time."""
    need_on(known)
    with transaction.atomic():
        lock_key(f"test channel {known.pk}")
        if not known.outgoing.filter(test=True, state=State.WAITING).exists():
            Outgoing.objects.create(key=new_key(), channel=known, test=True, made_at=now())
            tell(person, known, "test")


def send_again(person: Person, known: Channel, pk: int | None = None) -> int:
    """Let what is parked, or one line that has ended, go out again under its old id. Returns how many."""
    with transaction.atomic():
        count = again(known, pk)
        tell(person, known, "again")
    return count


def choose(
    person: Person, ways: Mapping[str, Iterable[str]], quiet: tuple[int | None, int | None], digest: bool
) -> None:
    """Keep how somebody wants to be told. A kind that does not even come to the inbox does not come at all.

    What was chosen of kinds that the person may not be told of at present stays for another day.
    """
    known = Preference.objects.filter(person=person).first()
    kept = dict(known.ways) if known else {}
    for kind in offered(person):
        name = kind.name
        chosen = [way for way in WAYS if way in set(ways.get(name, ()))]
        if kind.always and INBOX not in chosen:
            chosen.insert(0, INBOX)
        kept[name] = chosen if INBOX in chosen else []
    if any(one is not None and not 0 <= one < DAY for one in quiet) or (quiet[0] is None) != (quiet[1] is None):
        raise Unfit(Problem("quiet", "E_TIME", _("请填免打扰的开始和结束时间，或者都不填")))
    if quiet[0] is not None and quiet[0] == quiet[1]:
        raise Unfit(Problem("quiet", "E_TIME", _("开始和结束不能是同一时间")))
    told = {"ways": kept, "quiet_from": quiet[0], "quiet_until": quiet[1], "digest": digest}
    Preference.objects.update_or_create(person=person, defaults=told)


def chosen(person: Person) -> Preference:
    """How somebody wants to be told, with what holds where nothing was chosen."""
    known = Preference.objects.filter(person=person).first() or Preference(person=person)
    known.ways = {name: list(known.ways.get(name, kind.ways)) for name, kind in KINDS.items()}
    return known
