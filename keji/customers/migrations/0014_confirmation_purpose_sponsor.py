import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0013_consents"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="customer",
            name="sponsor",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                help_text="我方出面的高层；A 类客户应该有一位",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="高层对接人",
            ),
        ),
        migrations.AddField(
            model_name="need",
            name="confirmed_at",
            field=models.DateField(
                blank=True, help_text="哪天向客户复述并得到确认，不能晚于今天", null=True, verbose_name="确认日期"
            ),
        ),
        migrations.AddField(
            model_name="need",
            name="confirmed_by",
            field=models.CharField(
                blank=True, help_text="客户方谁确认了核心需求和预算", max_length=50, verbose_name="确认人"
            ),
        ),
        migrations.AddField(
            model_name="need",
            name="confirmed_how",
            field=models.CharField(blank=True, help_text="口头、短信或邮件", max_length=8, verbose_name="确认方式"),
        ),
        migrations.AddField(
            model_name="need",
            name="followup_id",
            field=models.BigIntegerField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="need",
            name="need_change",
            field=models.CharField(
                blank=True, help_text="老客户的需求和以前比有什么不同", max_length=500, verbose_name="需求变化"
            ),
        ),
        migrations.AddField(
            model_name="need",
            name="purpose",
            field=models.CharField(
                blank=True,
                help_text="新客户问需求类型和预算，老客户问需求变化和痛点；不选就不检查",
                max_length=8,
                verbose_name="采集目的",
            ),
        ),
        migrations.AddConstraint(
            model_name="need",
            constraint=models.CheckConstraint(
                condition=models.Q(("purpose__in", ("", "NEW", "EXISTING"))), name="need_purpose_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="need",
            constraint=models.CheckConstraint(
                condition=models.Q(("confirmed_how__in", ("", "ORAL", "SMS", "EMAIL"))), name="need_confirmed_how_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="need",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("confirmed_at", None), ("confirmed_by", ""), ("confirmed_how", "")),
                    models.Q(
                        ("confirmed_at__isnull", False),
                        models.Q(("confirmed_by", ""), _negated=True),
                        models.Q(("confirmed_how", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="need_confirmed_whole",
            ),
        ),
    ]
