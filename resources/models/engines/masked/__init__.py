"""Masked language models: distributions for hidden words."""
