"""Filters: keep a candidate text, or reject it with a reason."""
