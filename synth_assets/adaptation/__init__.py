"""Adapting the masked LM to one source: LoRA on its masked text, with or without DP-SGD, and its gain and leakage."""
