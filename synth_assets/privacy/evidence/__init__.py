"""What the attacks compare: passages, words, identifiers, attributes, vectors."""
