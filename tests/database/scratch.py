"""Settings with the machinery alone, for the small programs that proofs start and kill."""

import os
from pathlib import Path

from keji.database.urls import database

SECRET_KEY = "proof"
DATA = Path(os.environ["KEJI_DATA"])
DATABASES = {"default": database(os.environ.get("KEJI_DATABASE_URL"), DATA)}
INSTALLED_APPS = ["keji.database", "keji.queue"]
TASKS = {"default": {"BACKEND": "keji.queue.backend.Backend", "QUEUES": []}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
