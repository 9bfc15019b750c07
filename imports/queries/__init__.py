"""Reads about imports."""

from imports.queries.report import report_of

__all__ = ["report_of"]
