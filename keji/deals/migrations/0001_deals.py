
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('access', '0004_person_language'),
        ('customers', '0004_deal_sums'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Pipeline',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=30, unique=True, verbose_name='代码')),
                ('name', models.CharField(max_length=50, unique=True, verbose_name='名称')),
                ('preset', models.BooleanField(default=False, editable=False)),
                ('enabled', models.BooleanField(default=True, verbose_name='启用')),
                ('sort', models.IntegerField(default=0)),
                ('team', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.team', verbose_name='团队')),
            ],
        ),
        migrations.CreateModel(
            name='Stage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=30)),
                ('name', models.CharField(max_length=30, verbose_name='名称')),
                ('category', models.CharField(default='OPEN', max_length=5, verbose_name='类别')),
                ('probability', models.PositiveSmallIntegerField(default=0, verbose_name='成交概率（%）')),
                ('step', models.PositiveSmallIntegerField(default=0, verbose_name='漏斗步骤')),
                ('rotting_days', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='停滞天数')),
                ('exit_criteria', models.JSONField(blank=True, default=list, verbose_name='推进条件')),
                ('sort', models.IntegerField(default=0)),
                ('enabled', models.BooleanField(default=True, verbose_name='启用')),
                ('pipeline', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='stages', to='deals.pipeline')),
            ],
        ),
        migrations.CreateModel(
            name='Deal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('states', models.JSONField(blank=True, default=dict)),
                ('accepted', models.JSONField(blank=True, default=list)),
                ('open_points', models.SmallIntegerField(default=0, verbose_name='待确认')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='录入时间')),
                ('changed_at', models.DateTimeField(verbose_name='更新时间')),
                ('version', models.IntegerField(default=1)),
                ('deleted_at', models.DateTimeField(blank=True, null=True, verbose_name='删除时间')),
                ('name', models.CharField(help_text='一句话说是什么生意，如 智能办公设备批量采购', max_length=100, verbose_name='商机名称')),
                ('category', models.CharField(default='OPEN', editable=False, help_text='进行中、已成交、售后或流失，由阶段决定', max_length=5, verbose_name='状态')),
                ('expected_amount', models.DecimalField(blank=True, decimal_places=2, help_text='估计能成交多少，可以写 30万', max_digits=18, null=True, verbose_name='预计成交金额')),
                ('actual_amount', models.DecimalField(blank=True, decimal_places=2, help_text='成交时必填，大于 0，可以写 30万', max_digits=18, null=True, verbose_name='实际成交金额')),
                ('currency', models.CharField(default='CNY', help_text='金额的币种，默认人民币', max_length=3, verbose_name='币种')),
                ('probability', models.PositiveSmallIntegerField(blank=True, help_text='不填就按阶段的概率，0–100', null=True, verbose_name='成交概率（%）')),
                ('amount', models.DecimalField(decimal_places=2, default=0, editable=False, help_text='成交前是预计，成交后是实际', max_digits=18, verbose_name='金额')),
                ('weighted', models.DecimalField(decimal_places=2, default=0, editable=False, help_text='金额乘以成交概率；流失的为 0', max_digits=18, verbose_name='加权金额')),
                ('expected_close_date', models.DateField(blank=True, help_text='估计哪天能成交，销售预测按它归月', null=True, verbose_name='预计成交日期')),
                ('opened_at', models.DateField(help_text='什么时候有的这个商机，默认今天', verbose_name='商机日期')),
                ('won_date', models.DateField(blank=True, help_text='成交时必填，不能早于商机日期、晚于今天', null=True, verbose_name='成交日期')),
                ('delivered_date', models.DateField(blank=True, help_text='第一次交付的日期', null=True, verbose_name='交付日期')),
                ('lost_date', models.DateField(blank=True, editable=False, help_text='转为流失的日期', null=True, verbose_name='流失日期')),
                ('loss_reason', models.CharField(blank=True, help_text='流失时尽量选一个，便于分析', max_length=30, verbose_name='流失原因')),
                ('loss_text', models.CharField(blank=True, help_text='具体怎么丢的', max_length=500, verbose_name='流失说明')),
                ('possibility', models.CharField(blank=True, help_text='高、中或低，凭判断', max_length=10, verbose_name='合作可能性')),
                ('long_term_value', models.CharField(blank=True, help_text='如 战略客户，后续年采购额或超50万', max_length=200, verbose_name='长期合作价值')),
                ('long_term_amount', models.DecimalField(blank=True, decimal_places=2, help_text='长期合作后每年大约多少，可以写 50万', max_digits=18, null=True, verbose_name='预计年采购额')),
                ('products', models.JSONField(blank=True, default=list, help_text='客户想买的产品和服务，可多选', verbose_name='意向产品')),
                ('competitor', models.CharField(blank=True, help_text='还有谁在争取这个客户', max_length=200, verbose_name='竞争对手')),
                ('facts', models.JSONField(blank=True, default=dict, editable=False, verbose_name='推进条件')),
                ('stage_since', models.DateTimeField(editable=False, help_text='什么时候进入现在的阶段', verbose_name='进入阶段时间')),
                ('stage_checked_at', models.DateTimeField(editable=False, help_text='最近一次移动或确认阶段的时间', verbose_name='阶段更新时间')),
                ('remark', models.TextField(blank=True, help_text='最多 2000 字；不要写银行卡号、密码、证件号', max_length=2000, verbose_name='备注')),
                ('contact', models.ForeignKey(blank=True, help_text='客户方负责这件事的人', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.contact', verbose_name='主要联系人')),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='录入人')),
                ('customer', models.ForeignKey(help_text='这个商机属于哪个客户', on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.customer', verbose_name='客户')),
                ('deleted_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='删除人')),
                ('owner', models.ForeignKey(blank=True, help_text='不选就是客户的负责人', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='商机负责人')),
                ('pipeline', models.ForeignKey(help_text='按哪一套阶段推进', on_delete=django.db.models.deletion.PROTECT, related_name='+', to='deals.pipeline', verbose_name='销售流程')),
                ('stage', models.ForeignKey(help_text='现在走到哪一步；改动都留记录', on_delete=django.db.models.deletion.PROTECT, related_name='+', to='deals.stage', verbose_name='成交阶段')),
            ],
        ),
        migrations.CreateModel(
            name='StageChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('days', models.PositiveIntegerField()),
                ('why', models.CharField(blank=True, max_length=500)),
                ('loss_reason', models.CharField(blank=True, max_length=30)),
                ('at', models.DateTimeField(auto_now_add=True)),
                ('deal', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='moves', to='deals.deal')),
                ('new', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='deals.stage')),
                ('old', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='deals.stage')),
                ('who', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.AddConstraint(
            model_name='stage',
            constraint=models.UniqueConstraint(fields=('pipeline', 'code'), name='one_stage_code_once'),
        ),
        migrations.AddConstraint(
            model_name='stage',
            constraint=models.UniqueConstraint(fields=('pipeline', 'name'), name='one_stage_name_once'),
        ),
        migrations.AddConstraint(
            model_name='stage',
            constraint=models.CheckConstraint(condition=models.Q(('category__in', ('OPEN', 'WON', 'AFTER', 'LOST'))), name='stage_category_known'),
        ),
        migrations.AddConstraint(
            model_name='stage',
            constraint=models.CheckConstraint(condition=models.Q(('probability__lte', 100)), name='stage_probability_to_100'),
        ),
        migrations.AddIndex(
            model_name='deal',
            index=models.Index(fields=['-changed_at', '-id'], name='deal_changed'),
        ),
        migrations.AddIndex(
            model_name='deal',
            index=models.Index(fields=['name', 'id'], name='deal_name'),
        ),
        migrations.AddIndex(
            model_name='deal',
            index=models.Index(fields=['amount', 'id'], name='deal_amount'),
        ),
        migrations.AddIndex(
            model_name='deal',
            index=models.Index(fields=['expected_close_date', 'id'], name='deal_close'),
        ),
        migrations.AddIndex(
            model_name='deal',
            index=models.Index(fields=['won_date', 'id'], name='deal_won'),
        ),
        migrations.AddIndex(
            model_name='deal',
            index=models.Index(fields=['stage_checked_at', 'id'], name='deal_checked'),
        ),
        migrations.AddIndex(
            model_name='deal',
            index=models.Index(fields=['customer', '-changed_at', '-id'], name='deal_customer'),
        ),
        migrations.AddIndex(
            model_name='deal',
            index=models.Index(fields=['owner', '-changed_at', '-id'], name='deal_owner'),
        ),
        migrations.AddIndex(
            model_name='deal',
            index=models.Index(fields=['stage', '-changed_at', '-id'], name='deal_stage'),
        ),
        migrations.AddIndex(
            model_name='deal',
            index=models.Index(fields=['category', '-changed_at', '-id'], name='deal_category'),
        ),
        migrations.AddIndex(
            model_name='deal',
            index=models.Index(condition=models.Q(('deleted_at', None)), fields=['stage', '-amount', '-id'], name='deal_cards'),
        ),
        migrations.AddIndex(
            model_name='deal',
            index=models.Index(condition=models.Q(('deleted_at', None)), fields=['pipeline', 'stage', 'currency', 'amount', 'customer'], name='deal_board'),
        ),
        migrations.AddConstraint(
            model_name='deal',
            constraint=models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='deal_has_a_name'),
        ),
        migrations.AddConstraint(
            model_name='deal',
            constraint=models.CheckConstraint(condition=models.Q(('category__in', ('OPEN', 'WON', 'AFTER', 'LOST'))), name='deal_category_known'),
        ),
        migrations.AddConstraint(
            model_name='deal',
            constraint=models.CheckConstraint(condition=models.Q(('expected_amount', None), ('expected_amount__gte', 0), _connector='OR'), name='deal_expected_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='deal',
            constraint=models.CheckConstraint(condition=models.Q(('actual_amount', None), ('actual_amount__gte', 0), _connector='OR'), name='deal_actual_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='deal',
            constraint=models.CheckConstraint(condition=models.Q(('probability', None), ('probability__lte', 100), _connector='OR'), name='deal_probability_to_100'),
        ),
        migrations.AddConstraint(
            model_name='deal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('category__in', ('WON', 'AFTER')), _negated=True), models.Q(('actual_amount__gt', 0), ('won_date__isnull', False)), _connector='OR'), name='won_deal_has_amount_and_date'),
        ),
        migrations.AddConstraint(
            model_name='deal',
            constraint=models.CheckConstraint(condition=models.Q(('won_date', None), ('won_date__gte', models.F('opened_at')), _connector='OR'), name='deal_won_not_before_opened'),
        ),
        migrations.AddIndex(
            model_name='stagechange',
            index=models.Index(fields=['deal', '-id'], name='move_deal'),
        ),
        migrations.AddConstraint(
            model_name='stagechange',
            constraint=models.CheckConstraint(condition=models.Q(('old', models.F('new')), _negated=True), name='a_move_leads_elsewhere'),
        ),
    ]
