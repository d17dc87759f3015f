from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0014_confirmation_purpose_sponsor"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="customer",
            name="id_number_index",
            field=models.CharField(blank=True, editable=False, max_length=64),
        ),
        migrations.AlterField(
            model_name="customer",
            name="mobile",
            field=models.CharField(
                blank=True,
                help_text="个人客户本人的手机，11 位数字，不要用“-”或空格分隔",
                max_length=20,
                verbose_name="手机",
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                condition=models.Q(("mobile", ""), _negated=True), fields=["mobile"], name="customer_mobile"
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                condition=models.Q(("id_number_index", ""), _negated=True),
                fields=["id_number_index"],
                name="customer_id_number",
            ),
        ),
    ]
