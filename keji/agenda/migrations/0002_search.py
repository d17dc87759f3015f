"""What tasks are found by."""

from django.db import migrations

from keji.database.search import SearchIndex


class Migration(migrations.Migration):
    dependencies = [("agenda", "0001_tasks")]
    operations = SearchIndex("tasks").migration_operations()
