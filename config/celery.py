"""The worker's application: `celery -A config worker --beat`."""

import os

from celery import Celery
from celery.signals import worker_process_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("regulars")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(["config"], related_name="heartbeat")


def give_way(**_kwargs: object) -> None:
    """Let every other process go first: what a worker does can wait, a customer at a till cannot.

    Linux alone has the class of processes that run on what the others leave.
    """
    if hasattr(os, "SCHED_IDLE"):
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    else:
        os.nice(10)


worker_process_init.connect(give_way)
