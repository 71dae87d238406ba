"""Releases: exports, cards, Croissant metadata and the signed manifest."""
