"""Adapting the masked LM to one source: LoRA on its masked text, with or without DP-SGD.

Here: what is learned from, how, and what it gained and cost. Running an adapted model belongs to `resources.models`;
that masked text is safe to learn from is what the gate of masked_corpus decides.
"""
