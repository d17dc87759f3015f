"""What notices itself tells people of: of hooks and channels, and of packages that it stands on."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keji.access.models import AccountEvent, Entry, Kept, Person
from keji.access.queries import PEOPLE, able
from keji.kernel.clock import now, today
from keji.notices.models import Channel, Hook, Medium, Notice, Off
from keji.notices.rules.hooks import HOOKS
from keji.notices.rules.inbox import notify
from keji.notices.rules.kinds import DESKTOP, INBOX, MAIL, Told, declare_kind
from keji.notices.rules.lines import Word, tell_of
from keji.records.models import Export
from keji.records.rules.exports import TAKE

RESET = re.compile(r"password (\d+)")  # how the trail tells whose password was reset
WINDOW = timedelta(minutes=1)  # an event of an account is kept shortly before the entry that tells of it
OFF, MEDIUM = dict(Off.choices), dict(Medium.choices)
EVENTS = {
    "SIGN_IN": gettext_lazy("你的账号在没用过的地方登录"),
    "PASSWORD": gettext_lazy("你的密码修改了"),
    "RESET": gettext_lazy("管理员重置了你的密码"),
    "FACTOR_ON": gettext_lazy("你开启了两步验证"),
    "FACTOR_OFF": gettext_lazy("你的两步验证关闭了"),
    "CODES": gettext_lazy("你的恢复码重新生成了"),
}


def account_words(person: Person, notice: Notice) -> Told | None:
    said = EVENTS.get(notice.about["event"])
    return Told(str(said), _("不是你的话，请结束其他登录并修改密码。"), reverse("desk:account")) if said else None


def export_words(person: Person, notice: Notice) -> Told:
    said = _("%(n)d 行。文件保留 72 小时，只有你能下载。") % {"n": notice.about["rows"]}
    if datetime.fromisoformat(notice.about["until"]) < now():
        said = _("文件已过期，需要的话请重新导出。")
    return Told(_("导出的文件做好了"), said, reverse("customers:exports"))


def hook_words(person: Person, notice: Notice) -> Told:
    why = notice.about["why"]
    said = _("有通知重试多次仍没有送达，已停住。") if why == "PARKED" else str(OFF[why])
    return Told(_("回调没有送达"), said, reverse("notices:hook", args=[notice.about["hook"]]))


def channel_words(person: Person, notice: Notice) -> Told:
    told = {"what": MEDIUM[notice.about["medium"]], "why": OFF[notice.about["why"]]}
    return Told(_("%(what)s停用了") % told, _("原因：%(why)s。消息照常留在这里。") % told, reverse("notices:choices"))


ACCOUNT = declare_kind(
    "access.account",
    gettext_lazy("账号安全"),
    gettext_lazy("在没用过的地方登录、密码或两步验证有改动。不能关掉。"),
    account_words,
    always=True,
    ways=(INBOX, DESKTOP, MAIL),
)
EXPORT = declare_kind(
    "records.export",
    gettext_lazy("导出做好了"),
    gettext_lazy("后台制作的导出文件可以下载了。"),
    export_words,
    needs=TAKE,
)
HOOK = declare_kind(
    "notices.hook",
    gettext_lazy("回调出了问题"),
    gettext_lazy("你保存的回调有通知停住，或自动停用。"),
    hook_words,
    needs=HOOKS,
    ways=(INBOX, DESKTOP, MAIL),
)
CHANNEL = declare_kind(
    "notices.channel",
    gettext_lazy("邮件或机器人停用"),
    gettext_lazy("连续发送失败，自动停用。"),
    channel_words,
)


@tell_of("access.sign_in", "access.password", "access.second_factor", PEOPLE)
def of_accounts(entries: Sequence[Entry]) -> Iterator[Word]:
    """Whoever's account something odd happened to."""
    since = min(entry.at for entry in entries) - WINDOW
    people = {entry.who_id for entry in entries if entry.who_id and entry.action != PEOPLE}
    people |= {int(found[1]) for entry in entries if (found := RESET.fullmatch(entry.why))}
    for event in AccountEvent.objects.filter(person_id__in=people, odd=True, at__gte=since).order_by("pk"):
        yield Word(event.person_id, ACCOUNT, f"account {event.pk}", about={"event": event.kind})


@tell_of("*.export")
def of_exports(entries: Sequence[Entry]) -> Iterator[Word]:
    """Who asked for a file that was made in the background."""
    kept = dict(Kept.objects.filter(entry_id__in=[entry.pk for entry in entries]).values_list("entry_id", "values"))
    made = [told["export"] for told in kept.values() if "export" in told and "rows" in told]
    for export in Export.objects.filter(pk__in=made, state="READY").exclude(job_id=None):
        told = {"rows": export.rows, "until": export.until.isoformat()}
        yield Word(export.person_id, EXPORT, f"export {export.pk}", about=told)


def hook_went_wrong(hook: Hook, why: str) -> None:
    """Tell whose hook it is, or, once they have left, all who may mend it: once a day and reason."""
    people: Iterable[int] = able(HOOKS) if why == Off.OWNER else [hook.owner_id]
    notify(people, HOOK, key=f"hook {hook.pk} {why} {today()}", about={"hook": hook.pk, "why": why})


def channel_went_off(channel: Channel, why: str) -> None:
    """Tell whose channel it is; a team's, nobody: it stands on the page of the channels."""
    if channel.person_id:
        about = {"medium": channel.medium, "why": str(why)}
        notify([channel.person_id], CHANNEL, key=f"channel {channel.pk} {now().isoformat()}", about=about)
