from django.apps import AppConfig


class QueueConfig(AppConfig):
    name = "keji.queue"
    label = "queue"
