"""Who brought a file in is told when it is through."""

from collections.abc import Mapping

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keji.access.models import Person
from keji.intake.models import Run, State
from keji.notices.models import Notice
from keji.notices.rules.inbox import notify
from keji.notices.rules.kinds import DESKTOP, INBOX, Told, declare_kind


def words(person: Person, notice: Notice) -> Told:
    told, page = notice.about, reverse("intake:result", args=[notice.about["run"]])
    if told["state"] != State.DONE:
        return Told(_("导入没有完成"), _("打开看原因。"), page)
    said = _("新建 %(created)d，更新 %(updated)d，没有写入 %(failed)d。")
    return Told(_("导入完成"), said % {name: told[name] for name in ("created", "updated", "failed")}, page)


IMPORT = declare_kind(
    "intake.import",
    gettext_lazy("导入完成"),
    gettext_lazy("后台导入的文件写完了，或没有写成。"),
    words,
    needs="customers.import",
    ways=(INBOX, DESKTOP),
)


def tell_done(run: Run, counts: Mapping[str, int]) -> None:
    told = {name: counts[name] for name in ("created", "updated", "failed")}
    notify([run.person_id], IMPORT, key=f"import {run.pk} done {run.job_id}", about={"run": run.pk, "state": "DONE", **told})


def tell_stopped(run: Run) -> None:
    notify([run.person_id], IMPORT, key=f"import {run.pk} stopped {run.job_id}", about={"run": run.pk, "state": run.state})
