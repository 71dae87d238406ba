"""Differentially private rewriting of masked texts: mechanism, scores, and the order of draws. An experiment."""
