"""Reads of all that a shop may take with it."""
