"""The only door out: exports, cards, Croissant metadata, the signed manifest."""
