"""Synthesis: documents written from sketches that are no single person's."""
