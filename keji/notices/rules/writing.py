"""One try to tell somebody by a channel. What may be said is asked now; outside of any transaction."""

from dataclasses import dataclass
from time import monotonic

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from keji.access.models import Person
from keji.kernel import crypto, mailing
from keji.kernel.clock import now
from keji.notices.models import Channel, Medium, Notice, Off, Outgoing
from keji.notices.rules import robots
from keji.notices.rules.calling import packed, posted
from keji.notices.rules.kinds import KINDS, Told
from keji.notices.rules.outcomes import Outcome
from keji.notices.rules.reading import worded
from keji.notices.rules.receivers import opened

MOST = 30  # notices that are written out in one message
ENOUGH = 2000  # bytes of a robot's answer


@dataclass(frozen=True)
class Message:
    """What goes out, already in the language of who reads it."""

    key: str
    subject: str
    lines: list[Told]
    more: str = ""

    @property
    def text(self) -> str:
        """The message as plain text. Its last line says what a second copy of it is known by."""
        blocks = ["\n".join(part for part in line if part) for line in self.lines]
        head = [self.subject] if len(self.lines) > 1 else []
        known_by = _("编号 %(key)s") % {"key": self.key[:12]}
        return "\n\n".join([*head, *blocks, *([self.more] if self.more else []), f"{_('客迹')} · {known_by}"])


def write_to(channel: Channel, row: Outgoing) -> Outcome:
    """Send a line of a channel."""
    person = Person.objects.select_related("team").get(pk=channel.person_id) if channel.person_id else None
    if person and not person.is_active:
        return Outcome(Off.OWNER)
    with override((person.language if person else "") or settings.LANGUAGE_CODE):
        message = composed(row, person)
        if message is None:
            return Outcome(withheld=True)
        if person and channel.medium == Medium.MAIL:
            return mailed(person, message)
        return said_by_robot(channel, message)


def composed(row: Outgoing, person: Person | None) -> Message | None:
    """What a line has to say to this person, or to a team's group; None if there is nothing (left) to say."""
    if row.test:
        told = Told(_("测试"), _("这是一条测试消息，收到就说明通了。"), absolute(reverse("notices:inbox")))
        return Message(row.key, told.title, [told])
    at = now()
    rows = row.enclosed.select_related("notice__person__team").order_by("notice__shown_at", "notice_id")
    notices = [one.notice for one in rows if one.notice.read_at is None and one.notice.shown_at <= at]
    lines = to_person(person, notices) if person else to_group(notices)
    if not lines:
        return None
    count = len(lines)
    many = ngettext("你有 %(n)d 条消息", "你有 %(n)d 条消息", count) if person else ngettext("%(n)d 条消息", "%(n)d 条消息", count)
    more = _("还有 %(n)d 条，请到客迹里看。") % {"n": count - MOST} if count > MOST else ""
    return Message(row.key, lines[0].title if count == 1 else many % {"n": count}, lines[:MOST], more)


def to_person(person: Person, notices: list[Notice]) -> list[Told]:
    return [told._replace(href=absolute(told.href or reverse("notices:inbox"))) for _one, told in worded(person, notices)]


def to_group(notices: list[Notice]) -> list[Told]:
    """In a group others read along: who has word of which kind, and no more."""
    found = []
    for notice in notices:
        person = notice.person
        if person.is_active and worded(person, [notice]):
            said = _("%(who)s：%(what)s") % {"who": person.name, "what": KINDS[notice.kind].label}
            found.append(Told(said, "", absolute(reverse("notices:inbox"))))
    return found


def absolute(href: str) -> str:
    return f"{settings.BASE_URL}{href}"


def mailed(person: Person, message: Message) -> Outcome:
    if not person.email or not settings.MAIL:
        return Outcome("E_NO_MAIL")
    html = render_to_string("notices/mail.html", {"message": message}, using="jinja2")
    subject = f"{_('客迹')} · {message.subject}"
    began = monotonic()
    try:
        mailing.send(mailing.Letter(person.email, message.key, subject, message.text, html))
    except mailing.Unsent as error:
        return Outcome(error.code, error.status)
    return Outcome(milliseconds=round((monotonic() - began) * 1000))


def said_by_robot(channel: Channel, message: Message) -> Outcome:
    try:
        address = opened(settings.FIELD_KEY, channel, channel.address_sealed)
        secret = opened(settings.FIELD_KEY, channel, channel.secret_sealed) if channel.secret_sealed else ""
    except crypto.Unreadable:
        return Outcome(Off.SECRET)
    if not robots.fits(channel.medium, address, settings.INNER_HOSTS):
        return Outcome("E_ADDRESS")
    address, body = robots.packed(channel.medium, address, secret, message.text, int(now().timestamp()))
    how, answer = posted(address, packed(body), {}, most=ENOUGH)
    if how.why:
        return how
    return Outcome(robots.verdict(answer), how.status, how.milliseconds)
