"""Comparison of two masking policies on the same documents."""
