"""What was answered to requests that carry a key, so that asking again does nothing again."""

from django.conf import settings
from django.db import models


class Replay(models.Model):
    """The answer to one request, or to one row of a batch (`place` from 1 on), sealed: it holds what the person read."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    key = models.CharField(max_length=100)
    place = models.IntegerField(default=0)
    digest = models.CharField(max_length=64)
    status = models.SmallIntegerField(default=0)
    body = models.BinaryField(default=bytes)
    at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "key", "place"], name="one_answer_a_key")]
