import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("access", "0004_person_language")]

    operations = [
        migrations.AddField("person", "alert", models.BigIntegerField(default=0, editable=False)),
        migrations.CreateModel(
            name="AccountEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(auto_now_add=True)),
                ("kind", models.CharField(max_length=12)),
                ("ip", models.CharField(blank=True, max_length=45)),
                ("net", models.CharField(blank=True, max_length=45)),
                ("agent", models.CharField(blank=True, max_length=60)),
                ("session", models.CharField(blank=True, max_length=64)),
                ("odd", models.BooleanField(default=False)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={"indexes": [models.Index(fields=["person", "-id"], name="account_event_person")]},
        ),
    ]
