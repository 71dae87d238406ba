"""Token-level recognizers: named entities and parts of speech."""
