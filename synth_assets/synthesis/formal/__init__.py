"""Formal synthesis: sketches and a selection from noisy votes, with an exact account of epsilon."""
