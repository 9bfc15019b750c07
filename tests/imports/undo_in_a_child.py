"""Undoes one batch row by row in a process of its own, to be killed: DATABASE ROLE BATCH."""

import sys

import django

if __name__ == "__main__":
    django.setup()

    from django.db import connection
    from django.utils import timezone

    from imports.models import ImportBatch
    from imports.operations import undo_batch, undoing

    database, role, number = sys.argv[1:]
    connection.settings_dict["NAME"] = database
    if role:
        connection.settings_dict["OPTIONS"]["assume_role"] = role
    undoing.ROWS_AT_A_TIME = 1
    undo_batch(batch=ImportBatch.objects.get(pk=number), at=timezone.now(), by=None)
