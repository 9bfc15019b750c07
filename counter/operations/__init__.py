"""Verbs that only the counter has."""
