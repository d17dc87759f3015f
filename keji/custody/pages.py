"""The page of the backups: what is there, how old, whether it is sound; make one, check one, fetch one."""

from typing import Any

from django.conf import settings
from django.http import FileResponse, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from keji.access.doors import door
from keji.custody import jobs
from keji.custody.rules import drill, shelf, taking
from keji.kernel.errors import NotThere
from keji.kernel.filenames import disposition
from keji.queue import enqueue
from keji.records.pages import done, url


@door(taking.BACKUP)
def backup_list(request: Any) -> HttpResponse:
    good = shelf.sound()
    newest = good[0] if good else None
    context = {
        "kept": shelf.kept(),
        "weekly": shelf.weekly(backup.at for backup in good),
        "monthly": shelf.monthly(backup.at for backup in good),
        "late": newest is None or newest.late,
        "newest": newest,
        "locked": bool(settings.BACKUP_RECIPIENT),
        "place": shelf.place(),
        "drill": drill.last(),
    }
    return render(request, "custody/backups.html", context)


@door(taking.BACKUP, "POST")
def backup_now(request: Any) -> HttpResponse:
    enqueue(jobs.backup_now, request.user.pk, person_id=request.user.pk)
    return said(request, _("已开始备份，完成后出现在列表里"))


@door(taking.BACKUP, "POST")
def backup_drill(request: Any) -> HttpResponse:
    enqueue(jobs.drill_now, request.user.pk, person_id=request.user.pk)
    return said(request, _("已开始恢复演练，几分钟后刷新"))


@door(taking.BACKUP, "POST")
def backup_check(request: Any, name: str) -> HttpResponse:
    enqueue(jobs.check_backup, shelf.named(name).name, request.user.pk, person_id=request.user.pk)
    return said(request, _("已开始检查，稍后刷新"))


@door(taking.BACKUP, recent=True)
def backup_fetch(request: Any, name: str) -> FileResponse:
    """Only what is encrypted leaves by the browser: a plain backup is everything, without any of the masks."""
    backup = shelf.named(name)
    if not backup.locked:
        raise NotThere(name)
    taking.fetched(request.user, backup)
    response = FileResponse(backup.path.open("rb"), content_type="application/octet-stream")
    response["Content-Disposition"] = disposition(backup.path.name)
    return response


def said(request: Any, text: str) -> HttpResponse:
    return done(request, text, url("custody:backups"))
