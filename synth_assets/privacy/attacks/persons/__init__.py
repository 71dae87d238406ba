"""Attacks on people: singling out, linkability, inference, re-identification."""
