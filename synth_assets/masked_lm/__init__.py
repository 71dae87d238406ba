"""Masked-LM training on a published masked corpus: masks drawn anew each epoch, for a training loop or a file."""
