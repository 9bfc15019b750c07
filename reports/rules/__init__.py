"""Arithmetic of figures that needs no database."""
