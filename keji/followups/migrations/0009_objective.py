from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("followups", "0008_cross_sell"),
    ]

    operations = [
        migrations.AddField(
            model_name="followup",
            name="objective",
            field=models.CharField(
                blank=True,
                help_text="下次跟进要达到什么，如 确认设备采购预算；A、B、C 类客户必填",
                max_length=200,
                verbose_name="跟进目标",
            ),
        ),
    ]
