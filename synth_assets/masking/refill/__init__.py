"""Refilling common words with the masked LM."""
