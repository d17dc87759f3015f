"""Where sessions are kept: Django's own table, read by hand, since each request does."""

from typing import Any

from django.contrib.sessions.backends.db import SessionStore as Store
from django.contrib.sessions.models import Session
from django.utils import timezone

# The ORM takes longer to write this query than the database to answer it.
WANTED = "SELECT session_key, session_data, expire_date FROM django_session WHERE session_key = %s"


class SessionStore(Store):
    def _get_session_from_db(self) -> Any:
        found = next(iter(Session.objects.raw(WANTED, [self.session_key])), None)
        if found is not None and found.expire_date > timezone.now():
            return found
        self._session_key = None
        return None
