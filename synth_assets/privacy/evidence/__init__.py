"""What attacks compare: passages, tokens, identifiers, attributes."""
