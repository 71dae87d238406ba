"""Attacks that look for copies: identifiers, windows of words, near-copies."""
