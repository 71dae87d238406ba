"""Causal language models: generation, scoring and next-token distributions."""
