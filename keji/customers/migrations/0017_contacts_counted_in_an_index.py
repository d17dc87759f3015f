from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0016_reviews"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="contact",
            name="contact_customer",
        ),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(
                fields=["customer", "-is_primary", "id", "validity", "deleted_at"], name="contact_customer"
            ),
        ),
    ]
