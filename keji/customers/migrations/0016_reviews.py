import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0015_what_most_have_not"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Review",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "level",
                    models.CharField(
                        choices=[("SELF", "自查"), ("DEPT", "复核"), ("FINAL", "终审")],
                        max_length=5,
                        verbose_name="审核级别",
                    ),
                ),
                ("passed", models.BooleanField(verbose_name="结果")),
                ("late", models.BooleanField(default=False)),
                ("note", models.CharField(blank=True, max_length=500, verbose_name="意见")),
                ("at", models.DateTimeField()),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reviews",
                        to="customers.customer",
                    ),
                ),
                (
                    "who",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["customer", "-id"], name="review_customer")],
            },
        ),
    ]
