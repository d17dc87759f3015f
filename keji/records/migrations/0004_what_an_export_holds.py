from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("records", "0003_saved_views")]

    operations = [
        migrations.AddField("export", "holds", models.JSONField(default=list)),
        migrations.AddField("export", "rights", models.CharField(blank=True, max_length=64)),
    ]
