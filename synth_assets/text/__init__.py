"""Words, sentences, near-duplicates, seeded draws and edits of text; used by all methods."""
