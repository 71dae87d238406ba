"""Intervals, tests and ROC curves."""
