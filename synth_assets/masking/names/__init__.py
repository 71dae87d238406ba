"""Names of people and institutions: cues, lists, surrogates."""
