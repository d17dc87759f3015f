from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('records', '0004_what_an_export_holds'),
    ]

    operations = [
        migrations.AlterField(
            model_name='attachment',
            name='customer_id',
            field=models.BigIntegerField(null=True),
        ),
    ]
