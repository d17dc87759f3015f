"""What follow-ups planned before there were tasks becomes tasks: the next follow-up of each customer, and actions not yet due.

Actions whose day is over are left out: nobody can tell whether they were done. Runs in batches, may run twice.
"""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import migrations

from keji.database.search import SearchIndex, Words

STEP = 2000
TITLE = "下次跟进"


def at_nine(moment):
    """Of a mere day at nine, else at the moment itself."""
    local = moment.astimezone(ZoneInfo(settings.TIME_ZONE))
    return local.replace(hour=9) if local.time() == time() else moment


def enter(apps, rows):
    task = apps.get_model("agenda", "Task")
    known = set(task.objects.filter(source__in=[one["source"] for one in rows]).values_list("source", flat=True))
    at = datetime.now(UTC)
    fresh = [task(**one, remind_at=at_nine(one["due_at"]), changed_at=at) for one in rows if one["source"] not in known]
    task.objects.bulk_create(fresh, batch_size=200)
    ids = task.objects.filter(source__in=[one.source for one in fresh]).values_list("pk", "title")
    SearchIndex("tasks").write((pk, Words(text=[title])) for pk, title in ids)


def batches(rows):
    last = 0
    while found := list(rows.filter(pk__gt=last).order_by("pk")[:STEP]):
        yield found
        last = found[-1].pk


def next_followups(apps):
    customer, followup, deal = (apps.get_model(*one) for one in (("customers", "Customer"), ("followups", "Followup"), ("deals", "Deal")))
    for found in batches(customer.objects.filter(deleted_at=None, next_followup_at__isnull=False)):
        owners = {one.pk: one for one in found}
        said = followup.objects.filter(customer_id__in=owners, deleted_at=None, next_followup_at__isnull=False)
        plans = {}
        for line in said.order_by("occurred_at", "pk"):
            if line.next_followup_at == owners[line.customer_id].next_followup_at:
                plans[line.customer_id] = line
        rows = []
        for pk, one in owners.items():
            line = plans.get(pk)
            about = {"record": "deals", "record_id": line.deal_id} if line and line.deal_id else {}
            who = one.owner_id or (line.author_id if line else None)
            source = f"followups:{line.pk}:next" if line else f"customers:{pk}"
            rows.append({"kind": "FOLLOWUP", "title": TITLE, "customer_id": pk, "due_at": one.next_followup_at, "assignee_id": who, "source": source, **about})
            if about:
                deal.objects.filter(pk=line.deal_id).update(next_followup_at=one.next_followup_at)
        enter(apps, rows)


def next_actions(apps):
    zone = ZoneInfo(settings.TIME_ZONE)
    followup = apps.get_model("followups", "Followup")
    ahead = followup.objects.filter(deleted_at=None, customer__deleted_at=None, next_action_due__gte=datetime.now(zone).date())
    for found in batches(ahead.exclude(next_action="")):
        enter(
            apps,
            [
                {
                    "kind": "ACTION",
                    "title": one.next_action[:200],
                    "customer_id": one.customer_id,
                    "due_at": datetime.combine(one.next_action_due, time(), zone),
                    "assignee_id": one.next_action_by_id,
                    "source": f"followups:{one.pk}:action",
                    **({"record": "deals", "record_id": one.deal_id} if one.deal_id else {}),
                }
                for one in found
            ],
        )


def forward(apps, schema_editor):
    next_followups(apps)
    next_actions(apps)


class Migration(migrations.Migration):
    dependencies = [("followups", "0006_what_was_late_and_how_deep"), ("agenda", "0002_search"), ("deals", "0004_next_step"), ("customers", "0012_next_step")]
    operations = [migrations.RunPython(forward, migrations.RunPython.noop)]
