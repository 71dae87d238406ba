"""The tasks. Each module turns passages into drafts whose answers are spans or built from spans, never generated."""
