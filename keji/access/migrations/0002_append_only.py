"""Entries and seals of the trail are never changed and never deleted, whoever asks the database."""

from django.db import migrations

from keji.database.guards import append_only


class Migration(migrations.Migration):
    dependencies = [("access", "0001_people_and_trail")]
    operations = [*append_only("access_entry"), *append_only("access_seal")]
