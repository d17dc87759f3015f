"""What follow-ups are found by."""

from django.db import migrations

from keji.database.search import SearchIndex


class Migration(migrations.Migration):
    dependencies = [("followups", "0001_followups")]
    operations = SearchIndex("followups").migration_operations()
