"""Who looks after the backups is told when one failed, or when none was made."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keji.access.models import Entry, Person
from keji.access.queries import able
from keji.custody.rules import shelf
from keji.custody.rules.taking import BACKUP, FAILED
from keji.kernel.clock import day_of, now, today
from keji.notices.models import Notice
from keji.notices.rules.inbox import notify
from keji.notices.rules.kinds import DESKTOP, INBOX, MAIL, Told, declare_kind
from keji.notices.rules.lines import Word, tell_of


def words(person: Person, notice: Notice) -> Told:
    page = reverse("custody:backups")
    if notice.about["what"] == "FAILED":
        return Told(_("备份没有成功"), _("打开看原因：常见的是磁盘满了。"), page)
    return Told(_("超过 26 小时没有新的备份"), _("看后台任务有没有在跑，或马上备份一次。"), page)


TROUBLE = declare_kind(
    "custody.backup",
    gettext_lazy("备份出了问题"),
    gettext_lazy("备份失败，或超过 26 小时没有新的备份。一天提醒一次。"),
    words,
    needs=BACKUP,
    ways=(INBOX, DESKTOP, MAIL),
)


@tell_of(FAILED)
def of_failures(entries: Sequence[Entry]) -> Iterator[Word]:
    """All who may make backups: once a day, however often it was tried."""
    people = able(BACKUP)
    for day in sorted({day_of(entry.at) for entry in entries}):
        for person in people:
            yield Word(person, TROUBLE, f"backup FAILED {day}", about={"what": "FAILED"})


def look() -> int:
    """Say so if the newest good backup is too old. Returns how many were told."""
    good = [backup for backup in shelf.kept() if backup.state != "bad"]
    if not (good[0].late if good else is_old()):
        return 0
    return notify(able(BACKUP), TROUBLE, key=f"backup LATE {today()}", about={"what": "LATE"})


def is_old() -> bool:
    """True if the installation has had time for its first backup."""
    first = Entry.objects.order_by("pk").values_list("at", flat=True).first()
    return first is not None and now() - first > shelf.LATE + timedelta(hours=1)
