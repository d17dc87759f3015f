from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0013_consents"),
        ("deals", "0004_next_step"),
        ("followups", "0007_tasks_of_followups"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="followup",
            name="cross_sell",
            field=models.CharField(
                blank=True,
                help_text="这次有没有发现二次合作或交叉销售的机会；B 类客户每次都问",
                max_length=3,
                verbose_name="二次合作机会",
            ),
        ),
        migrations.AddConstraint(
            model_name="followup",
            constraint=models.CheckConstraint(
                condition=models.Q(("cross_sell__in", ("", "YES", "NO"))), name="followup_cross_sell_known"
            ),
        ),
    ]
