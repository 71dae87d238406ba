"""Small trained tokenizers of the three families, and texts that make them divide words."""

from functools import cache

from tokenizers import Tokenizer
from tokenizers.models import BPE, Unigram, WordPiece
from tokenizers.pre_tokenizers import ByteLevel, Metaspace, Whitespace
from tokenizers.processors import ByteLevel as ByteLevelProcessor
from tokenizers.processors import TemplateProcessing
from tokenizers.trainers import BpeTrainer, UnigramTrainer, WordPieceTrainer

FAMILIES = ["wordpiece", "unigram", "bytelevel_spaced", "bytelevel_trimmed"]
SPECIAL = ["[UNK]", "[CLS]", "[SEP]", "[MASK]", "[PAD]"]
SENTENCES = [
    "The committee reviewed the application on Monday morning, and its decision was published.",
    "Nobody expected the unusually complicated proceedings to last for fourteen months!",
    "Her state-of-the-art laboratory didn't cost $1,200.50; it cost considerably less.",
    "Later the reviewers' comments were sent to reviewer@example.org by e-mail.",
] * 5
ENTITIES = [(4, 13, "ORGANIZATION")]


@cache
def tokenizer_of(family: str) -> Tokenizer:
    """A tokenizer of SENTENCES with few pieces; the trimmed one has no frame of special tokens."""
    models = {"wordpiece": WordPiece(unk_token="[UNK]"), "unigram": Unigram()}
    tokenizer = Tokenizer(models.get(family) or BPE(unk_token="[UNK]"))
    if family == "wordpiece":
        tokenizer.pre_tokenizer = Whitespace()
        trainer = WordPieceTrainer(vocab_size=120, special_tokens=SPECIAL)
    elif family == "unigram":
        tokenizer.pre_tokenizer = Metaspace()
        trainer = UnigramTrainer(vocab_size=120, special_tokens=SPECIAL, unk_token="[UNK]")
    else:
        tokenizer.pre_tokenizer = ByteLevel(add_prefix_space=False)
        alphabet = ByteLevel.alphabet()
        trainer = BpeTrainer(vocab_size=320, special_tokens=SPECIAL, initial_alphabet=alphabet)
    tokenizer.train_from_iterator(SENTENCES, trainer)
    if family == "bytelevel_trimmed":
        tokenizer.post_processor = ByteLevelProcessor(trim_offsets=True)
    else:
        ends = [(token, tokenizer.token_to_id(token)) for token in ("[CLS]", "[SEP]")]
        tokenizer.post_processor = TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=ends)
    return tokenizer
