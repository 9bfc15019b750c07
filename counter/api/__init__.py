"""The API for machines, version 1: parse strictly, call one verb, answer in one shape."""
