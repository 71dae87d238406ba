"""Slices of the types that a masking policy declares."""

CUSTOM = "custom_"
"""Begins the slice of a declared type, so that it never meets one of the report's own."""
