"""Settings with the queue alone, for the processes of the proof."""

import os
from pathlib import Path

from keji.database.urls import database

DATABASES = {"default": database(os.environ.get("KEJI_DATABASE_URL"), Path(os.environ["PROOF_FOLDER"]))}
INSTALLED_APPS = ["keji.database", "keji.queue"]
TASKS = {"default": {"BACKEND": "keji.queue.backend.Backend", "QUEUES": []}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SECRET_KEY = "proof"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
