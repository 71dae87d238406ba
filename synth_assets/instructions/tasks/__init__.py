"""Instruction tasks. Each turns passages into drafts whose answers are spans or built from spans, never generated."""
