from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("agenda", "0006_tasks_of_people"),
        ("customers", "0016_reviews"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="task",
            name="task_due",
        ),
        migrations.RemoveIndex(
            model_name="task",
            name="task_assignee",
        ),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(fields=["due_at", "id", "state", "deleted_at", "customer"], name="task_due"),
        ),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(fields=["assignee", "state", "due_at", "deleted_at", "customer"], name="task_assignee"),
        ),
    ]
