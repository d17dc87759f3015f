from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("deals", "0004_next_step"),
    ]

    operations = [
        migrations.AddField(
            model_name="deal",
            name="needs",
            field=models.JSONField(blank=True, default=list, editable=False, verbose_name="对应需求"),
        ),
    ]
