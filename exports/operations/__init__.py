"""Verbs of exports: take everything along, and set it up again elsewhere."""
