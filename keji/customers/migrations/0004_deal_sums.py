
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0003_followed'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='customer',
            name='open_amount',
            field=models.DecimalField(decimal_places=2, default=0, editable=False, help_text='进行中商机的预计成交金额合计，只算人民币', max_digits=18, verbose_name='商机金额'),
        ),
        migrations.AddField(
            model_name='customer',
            name='open_deals',
            field=models.PositiveIntegerField(default=0, editable=False, help_text='还没有成交或流失的商机有几个', verbose_name='进行中商机'),
        ),
        migrations.AddField(
            model_name='customer',
            name='won_amount_12m',
            field=models.DecimalField(decimal_places=2, default=0, editable=False, help_text='最近 12 个月成交的实际金额合计，只算人民币', max_digits=18, verbose_name='近12个月成交'),
        ),
        migrations.AddIndex(
            model_name='customer',
            index=models.Index(fields=['open_amount', 'id'], name='customer_open_amount'),
        ),
        migrations.AddIndex(
            model_name='customer',
            index=models.Index(fields=['won_amount_12m', 'id'], name='customer_won_amount'),
        ),
        migrations.AddIndex(
            model_name='customer',
            index=models.Index(condition=models.Q(('deleted_at__isnull', False)), fields=['deleted_at'], name='customer_binned'),
        ),
    ]
