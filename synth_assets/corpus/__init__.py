"""Reads raw text, normalizes, filters and deduplicates it, splits it by subject, and plants canaries."""
