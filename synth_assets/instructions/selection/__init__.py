"""Filters of drafted examples. Each returns the examples it kept, and those it dropped with the reason."""
