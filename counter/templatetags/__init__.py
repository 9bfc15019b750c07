"""Filters of the counter."""
