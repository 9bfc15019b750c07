"""Measurements: each module prints one line of JSON per figure, a ratio within the same run."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings_test")
django.setup()
