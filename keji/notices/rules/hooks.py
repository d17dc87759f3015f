"""Hooks: added, changed, switched, given a new secret, removed.

Whose rights count: those of the hook's owner, who is whoever saved its address, its events or its secret last. So nobody
learns by a hook what they may not see, also not by turning somebody else's hook to an address of their own.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keji.access.models import Person
from keji.access.scope import declare, require
from keji.access.trail import note
from keji.kernel import crypto, outgoing, text
from keji.kernel.clock import now
from keji.kernel.errors import Invalid, Problem, Unfit
from keji.notices.models import Hook, Off, Outgoing
from keji.notices.queries import offered
from keji.notices.rules import signing
from keji.notices.rules.fanout import begin
from keji.notices.rules.receivers import again, need_on, new_key, opened, switch, write

HOOKS = declare("notices.hooks", gettext_lazy("管理推送到其他系统的回调"))
MOST = 50
GRACE = timedelta(hours=24)


def add_hook(person: Person, name: str, address: str, events: Iterable[str]) -> tuple[Hook, str]:
    """Make a hook and return it with its secret, which nobody sees again."""
    require(person, HOOKS)
    told = checked(name, address, events)
    if Hook.objects.count() >= MOST:
        raise Unfit(Problem("name", "E_MANY", _("最多 %(most)d 个回调，请先删除不用的") % {"most": MOST}))
    secret, key, at = signing.new_secret(), new_key(), now()
    with transaction.atomic():
        begin()
        hook = Hook.objects.create(
            key=key, owner=person, secret_sealed=sealed(key, secret), made_at=at, changed_at=at, **told
        )
        note(person, HOOKS, why=f"add hook {hook.pk}")
    return hook, secret


def revise_hook(person: Person, hook: Hook, version: int, name: str, address: str, events: Iterable[str]) -> None:
    """Change a hook, whose owner is then the person. Raises Stale if somebody else was quicker."""
    require(person, HOOKS)
    told = checked(name, address, events)
    with transaction.atomic():
        write(hook, version, owner=person, **told)
        note(person, HOOKS, why=f"change hook {hook.pk}")


def checked(name: str, address: str, events: Iterable[str]) -> dict[str, Any]:
    problems: list[Problem] = []
    told: dict[str, Any] = {"name": "", "address": address.strip(), "events": list(dict.fromkeys(events))}
    try:
        told["name"] = text.called(name, 50, _("请填写名称，最多 50 个字"))
    except Invalid as error:
        problems.append(Problem("name", error.code, error.message))
    known = {code for _label, codes in offered().values() for code, _text in codes}
    if not told["events"] or not set(told["events"]) <= known:
        problems.append(Problem("events", "E_REQUIRED", _("请至少选择一种变化")))
    try:
        outgoing.check(told["address"], settings.INNER_HOSTS)
    except Invalid as error:
        problems.append(Problem("address", error.code, error.message))
    if problems:
        raise Unfit(*problems)
    return told


def sealed(key: str, secret: str) -> bytes:
    return crypto.seal(settings.FIELD_KEY, f"hook {key}", secret)


def secrets_of(hook: Hook) -> list[str]:
    """The secrets to sign with, the newest first. Raises crypto.Unreadable."""
    known = [hook.secret_sealed]
    if hook.old_until and hook.old_until > now():
        known.append(hook.old_sealed)
    return [opened(settings.FIELD_KEY, hook, one) for one in known]


def keeps_old(hook: Hook) -> bool:
    """True if the secret is one that can still be read."""
    return bool(hook.off != Off.SECRET)


def change_secret(person: Person, hook: Hook, version: int) -> str:
    """A new secret, returned and not seen again; for a day all is signed with the old one too."""
    require(person, HOOKS)
    secret = signing.new_secret()
    kept: dict[str, Any] = {"old_sealed": b"", "old_until": None}
    if keeps_old(hook):
        kept = {"old_sealed": bytes(hook.secret_sealed), "old_until": now() + GRACE}
    with transaction.atomic():
        write(hook, version, owner=person, secret_sealed=sealed(hook.key, secret), **kept)
        note(person, HOOKS, why=f"secret hook {hook.pk}")
    return secret


def switch_hook(person: Person, hook: Hook, on: bool) -> None:
    """Switch a hook on or off. What waited when it went off is parked, and can be sent again by hand."""
    require(person, HOOKS)
    if on and not hook.owner.is_active:
        raise Unfit(Problem("on", "E_OWNER", _("负责人已停用：请先修改并保存，由你接手")))
    with transaction.atomic():
        switch(hook, on)
        note(person, HOOKS, why=f"{'enable' if on else 'disable'} hook {hook.pk}")


def drop_hook(person: Person, hook: Hook) -> None:
    """Remove a hook with its log."""
    require(person, HOOKS)
    with transaction.atomic():
        note(person, HOOKS, why=f"delete hook {hook.pk}")
        hook.delete()


def try_out(person: Person, hook: Hook) -> None:
    """Send something that means nothing, to see whether it arrives."""
    require(person, HOOKS)
    need_on(hook)
    with transaction.atomic():
        Outgoing.objects.create(key=new_key(), hook=hook, made_at=now())
        note(person, HOOKS, why=f"test hook {hook.pk}")


def send_again(person: Person, hook: Hook, pk: int | None = None) -> int:
    """Let what is parked, or one delivery that has ended, go out again under its old id. Returns how many."""
    require(person, HOOKS)
    with transaction.atomic():
        count = again(hook, pk)
        note(person, HOOKS, why=f"again hook {hook.pk}", count=count)
    return count
