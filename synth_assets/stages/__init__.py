"""The stages: one module each, with its record and its method."""
