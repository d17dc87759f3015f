"""What customers are found by."""

from django.db import migrations

from keji.database.search import SearchIndex


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_customers_and_contacts")]
    operations = SearchIndex("customers").migration_operations()
