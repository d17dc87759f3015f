"""Fills the new columns for what was written down before. May be run again; it says nothing new then."""

from datetime import datetime, time, timedelta
from math import ceil
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import migrations
from django.db.models import F, Max, Q

BATCH = 2000
LIMIT = timedelta(hours=24)


def over(at):
    """When a communication was over: a day without a time is kept as its first moment."""
    local = at.astimezone(ZoneInfo(settings.TIME_ZONE))
    if local.time() != time():
        return at
    return datetime.combine(local.date() + timedelta(days=1), time(), ZoneInfo(settings.TIME_ZONE))


def mark_late(apps, schema_editor):
    followups = apps.get_model("followups", "Followup").objects.using(schema_editor.connection.alias)
    last = 0
    while True:
        behind = followups.filter(pk__gt=last, imported=False, created_at__gt=F("occurred_at") + LIMIT)
        found = list(behind.order_by("pk").only("pk", "occurred_at", "created_at")[:BATCH])
        if not found:
            return
        for one in found:
            minutes = ceil((one.created_at - over(one.occurred_at) - LIMIT) / timedelta(minutes=1))
            if minutes > 0:
                followups.filter(pk=one.pk).update(late=True, delay=minutes)
        last = found[-1].pk


def fill_contacts(apps, schema_editor):
    alias = schema_editor.connection.alias
    customers = apps.get_model("customers", "Customer").objects.using(alias)
    followups = apps.get_model("followups", "Followup").objects.using(alias).filter(deleted_at=None)
    last = 0
    while True:
        ids = list(customers.filter(pk__gt=last, followup_count__gt=0).order_by("pk").values_list("pk", flat=True)[:BATCH])
        if not ids:
            return
        of = followups.filter(customer_id__in=ids, kind__in=("DEEP", "REGULAR")).order_by()
        deep, regular = Max("occurred_at", filter=Q(kind="DEEP")), Max("occurred_at")
        for pk, deepest, both in of.values_list("customer_id").annotate(deep=deep, regular=regular):
            customers.filter(pk=pk).update(last_deep_at=deepest, last_regular_at=both)
        last = ids[-1]


class Migration(migrations.Migration):

    dependencies = [
        ("customers", "0011_last_contacts"),
        ("followups", "0005_late_ones"),
    ]

    operations = [
        migrations.RunPython(mark_late, migrations.RunPython.noop),
        migrations.RunPython(fill_contacts, migrations.RunPython.noop),
    ]
