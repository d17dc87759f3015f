from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("clocks", "0001_limits_and_clocks")]

    operations = [
        migrations.AlterField(
            model_name="limit", name="variant", field=models.CharField(blank=True, max_length=30)
        ),
    ]
