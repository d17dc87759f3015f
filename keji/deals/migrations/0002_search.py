"""What deals are found by."""

from django.db import migrations

from keji.database.search import SearchIndex


class Migration(migrations.Migration):
    dependencies = [("deals", "0001_deals")]
    operations = SearchIndex("deals").migration_operations()
