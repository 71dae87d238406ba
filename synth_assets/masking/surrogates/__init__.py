"""Surrogates: keyed, consistent replacements of identifiers."""
