"""The identifier kinds, one family a module."""
