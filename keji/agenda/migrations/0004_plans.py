import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("agenda", "0003_campaigns"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Plan",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=200, verbose_name="任务")),
                ("kind", models.CharField(max_length=10, verbose_name="任务类型")),
                ("within", models.CharField(max_length=10, verbose_name="完成期限")),
                ("note", models.TextField(blank=True, max_length=1000, verbose_name="任务说明")),
                ("query", models.CharField(max_length=2000)),
                ("lasting", models.BooleanField(default=True)),
                ("enabled", models.BooleanField(default=True)),
                ("made_at", models.DateTimeField(auto_now_add=True)),
                ("changed_at", models.DateTimeField(auto_now=True)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("title", ""), _negated=True), models.Q(("query", ""), _negated=True)
                        ),
                        name="plan_says_what_for_whom",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                ("FOLLOWUP", "ACTION", "COMMITMENT", "UPDATE", "REVIEW", "HANDOVER", "VISIT", "OTHER"),
                            )
                        ),
                        name="plan_kind_known",
                    ),
                ],
            },
        ),
    ]
