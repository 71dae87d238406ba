"""Masked-LM training on a published masked corpus: masks drawn anew each epoch, for a training loop or a file."""

from synth_assets.training.collator import MaskingCollator
from synth_assets.training.documents import Masker
from synth_assets.training.files import write_training_set
from synth_assets.training.tokenization import SubwordTokenizer, load_subword_tokenizer

__all__ = ["Masker", "MaskingCollator", "SubwordTokenizer", "load_subword_tokenizer", "write_training_set"]
