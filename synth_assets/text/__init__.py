"""Words, sentences, near-duplicates, seeded draws and edits of text."""
