"""Wiring: settings, addresses, worker, server. No rule of the shop lives here."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
