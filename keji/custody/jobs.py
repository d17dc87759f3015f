"""Backups in the background: every night, and when somebody asks."""

from django.utils.translation import gettext_lazy as _

from keji.access.models import Person
from keji.access.scope import require
from keji.access.trail import SYSTEM, note
from keji.custody.errors import Unusable
from keji.custody.rules import derived, drill, news, shelf, taking
from keji.queue import called, every, task


@every(daily="02:00", name="daily backup")
@called(_("每日备份"))
@task()
def daily_backup() -> None:
    make()


@every(seconds=3600, name="watch backups")
@called(_("检查有没有新的备份"))
@task()
def watch_backups() -> int:
    return news.look()


@called(_("立即备份"))
@task()
def backup_now(person_id: int) -> None:
    """What somebody asked for; whether they may is asked again now."""
    require(Person.objects.get(pk=person_id), taking.BACKUP)
    make()


@called(_("重建搜索索引"))
@task()
def index_anew() -> None:
    """Make the search indexes anew, after what they hold is written in another way."""
    derived.rebuild()


@called(_("检查备份"))
@task()
def check_backup(name: str, person_id: int) -> None:
    require(Person.objects.get(pk=person_id), taking.BACKUP)
    shelf.check(shelf.named(name))


@every(daily="04:30", name="restore drill")
@called(_("每月恢复演练"))
@task(queue_name="long")
def monthly_drill() -> None:
    """Once a month a backup is restored elsewhere: one that was never restored is none."""
    if drill.is_due():
        drill.rehearse()


@called(_("恢复演练"))
@task(queue_name="long")
def drill_now(person_id: int) -> None:
    require(Person.objects.get(pk=person_id), taking.BACKUP)
    drill.rehearse()


def make() -> None:
    """Make a backup, look through the shelf for what has rotted, and remove what is out of date.

    A failure is noted and raised: the queue tries again, and in the end the job stands among those that failed.
    """
    try:
        taking.take()
    except (Unusable, OSError) as error:
        note(SYSTEM, taking.FAILED, why=error.code if isinstance(error, Unusable) else type(error).__name__)
        raise
    for backup in shelf.kept():
        if not shelf.check(backup):
            note(SYSTEM, taking.FAILED, why=f"E_DAMAGED {backup.name}")
    shelf.prune()
