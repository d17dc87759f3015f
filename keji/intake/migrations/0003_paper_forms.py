import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0015_what_most_have_not'),
        ('intake', '0002_records_beside_customers'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='PaperForm',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('states', models.JSONField(blank=True, default=dict)),
                ('accepted', models.JSONField(blank=True, default=list)),
                ('open_points', models.SmallIntegerField(default=0, verbose_name='待确认')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='录入时间')),
                ('changed_at', models.DateTimeField(verbose_name='更新时间')),
                ('version', models.IntegerField(default=1)),
                ('deleted_at', models.DateTimeField(blank=True, null=True, verbose_name='删除时间')),
                ('number', models.CharField(help_text='印在每一张上，不重复使用', max_length=20, unique=True, verbose_name='表单编号')),
                ('event', models.CharField(blank=True, help_text='在哪里收集的，如展位 B12；陌生拜访不用填', max_length=100, verbose_name='展会或活动')),
                ('collected_on', models.DateField(blank=True, help_text='客户填写的那一天；扫描件当天 24 点前上传', null=True, verbose_name='采集日期')),
                ('signed', models.BooleanField(default=False, help_text='扫描件上有客户的签字；没有签字的不算完成', verbose_name='客户已签字')),
                ('physical_location', models.CharField(blank=True, help_text='原件放在哪个盒、哪个夹，按客户分类归档，如企业客户 A 盒', max_length=100, verbose_name='原件位置')),
                ('note', models.CharField(blank=True, help_text='字迹不清、缺页等要说明的事', max_length=500, verbose_name='备注')),
                ('entered_at', models.DateTimeField(editable=False, null=True, verbose_name='录入客户的时间')),
                ('scanned_at', models.DateTimeField(editable=False, null=True, verbose_name='扫描时间')),
                ('due_at', models.DateTimeField(editable=False, null=True, verbose_name='扫描时限')),
                ('void', models.BooleanField(default=False, editable=False, verbose_name='作废')),
                ('state', models.CharField(default='PRINTED', editable=False, max_length=10, verbose_name='状态')),
                ('collector', models.ForeignKey(help_text='谁请客户填写，由谁当天扫描', on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='采集人')),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='录入人')),
                ('customer', models.ForeignKey(editable=False, help_text='录入成了哪个客户', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.customer', verbose_name='客户')),
                ('deleted_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='删除人')),
                ('scanned_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='扫描人')),
            ],
            options={
                'indexes': [models.Index(fields=['collector', '-number'], name='form_collector'), models.Index(fields=['customer', '-number'], name='form_customer'), models.Index(fields=['state', '-number'], name='form_state')],
                'constraints': [models.CheckConstraint(condition=models.Q(('number', ''), _negated=True), name='form_has_a_number'), models.CheckConstraint(condition=models.Q(models.Q(('customer', None), ('entered_at', None)), models.Q(('customer__isnull', False), ('entered_at__isnull', False)), _connector='OR'), name='form_entered_has_a_time')],
            },
        ),
    ]
