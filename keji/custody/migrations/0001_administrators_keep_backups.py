"""Let the delivered role of the administrator keep backups: roles are laid out once, and an installation has its own by now."""

from django.db import migrations

ACTION = "custody.backup"


def grant(apps, schema_editor):
    for role in apps.get_model("access", "Role").objects.filter(code="SYS_ADMIN"):
        if ACTION not in role.actions:
            role.actions = [*role.actions, ACTION]
            role.save(update_fields=["actions"])


class Migration(migrations.Migration):
    dependencies = [("access", "0001_people_and_trail")]
    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
