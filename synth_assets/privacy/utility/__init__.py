"""Utility of each stage's text, measured on real holdout text and reported next to the privacy results."""
