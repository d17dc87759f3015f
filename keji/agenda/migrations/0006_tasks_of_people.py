from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("agenda", "0005_looking_up_tasks"),
        ("customers", "0015_what_most_have_not"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="task",
            name="task_assignee",
        ),
        migrations.RemoveIndex(
            model_name="task",
            name="task_kind",
        ),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(fields=["assignee", "state", "due_at", "deleted_at"], name="task_assignee"),
        ),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(fields=["kind", "state", "assignee", "due_at"], name="task_kind"),
        ),
    ]
