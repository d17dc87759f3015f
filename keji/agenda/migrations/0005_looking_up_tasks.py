from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("agenda", "0004_plans"),
        ("customers", "0015_what_most_have_not"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="task",
            name="task_about",
        ),
        migrations.RemoveIndex(
            model_name="task",
            name="task_ended_with",
        ),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(fields=["kind", "state", "due_at"], name="task_kind"),
        ),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(fields=["record_id", "record", "state"], name="task_about"),
        ),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(fields=["ended_with"], name="task_ended_with"),
        ),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(fields=["source"], name="task_source"),
        ),
    ]
