"""Filters: each keeps a candidate text or rejects it with a reason."""
