"""Reads about offers, what members hold, and their tickets."""
