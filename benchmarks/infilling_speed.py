"""Words a masked LM fills in a CPU second: ours, nlpaug and dpmlm, all on the same weights.

    python benchmarks/infilling_speed.py NEWS.jsonl FOLDER [--documents 24] [--words 10] [--system ours --system nlpaug]

FOLDER holds a BERT-like model; where it does not exist, a BERT-base of random weights is written to it, with the
vocabulary of the embedded encoder: it costs what a trained one costs and says nothing of quality. Ours is asked for
`--words` words of each text (its first 1,200 characters) in two rounds of mask-predict, without the checks of
candidates, which random weights would nearly all fail; in float32 as the others, and in bfloat16 as by default where
the hardware multiplies it. nlpaug substitutes as many words of the same texts, dpmlm
rewrites every word that is no stop word of `--documents` sentences. Both are installed beside this project, with
NLTK's data; what their releases need to run beside transformers 5 is patched in here and nothing else.
"""

import random
import re
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import corpora
import typer

from resources.keys import Keys
from resources.models.engine import Engine
from resources.models.entry import ModelEntry
from resources.models.protocols import Slot
from resources.models.registry import load_registry
from resources.models.weights.sources import digest, locate
from synth_assets.masked_lm.windows import choose_words, slot_of
from synth_assets.masking.policy import RefillPolicy

KEYS = Keys.from_secret(b"0" * 32)
CHARACTERS = 1_200


def make_model(folder: Path) -> None:
    """A BERT-base of random weights."""
    import torch
    from transformers import BertConfig, BertForMaskedLM, BertTokenizerFast

    torch.manual_seed(0)
    source = locate(load_registry()["encoder"])
    tokenizer = BertTokenizerFast(tokenizer_file=str(source / "tokenizer.json"), model_max_length=512)
    BertForMaskedLM(BertConfig(vocab_size=len(tokenizer))).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))


def ours(texts: Sequence[str], words: int, engine: Engine) -> int:
    """Two rounds: all words hidden, then every second one again."""
    policy, filled = RefillPolicy(per_document=words), 0
    spans = [choose_words(text, [], words, policy.min_length, random.Random(i)) for i, text in enumerate(texts)]
    for step in (1, 2):
        open_ = [(text, row[::step]) for text, row in zip(texts, spans, strict=True)]
        slots = [slot_of(text, span, policy.context, row) for text, row in open_ for span in row]
        engine.masked_lm.fill(slots, policy.top_k)
        filled = max(filled, len(slots))
    return filled


def nlpaug(texts: Sequence[str], words: int, folder: Path) -> Callable[[], int]:
    """Its contextual substitution."""
    from nlpaug.augmenter.word import ContextualWordEmbsAug
    from nlpaug.model.lang_models.bert import Bert

    Bert.token2id = lambda self, token: self.tokenizer.convert_tokens_to_ids(token)
    Bert.id2token = lambda self, number: self.tokenizer.convert_ids_to_tokens(int(number))
    augmenter = ContextualWordEmbsAug(model_path=str(folder), model_type="bert", aug_min=1, aug_max=words, device="cpu")
    augmenter.augment(["The first call loads what is loaded once, in a text of some words."])

    def run() -> int:
        made = augmenter.augment(list(texts))
        assert len(made) == len(texts)
        return words * len(texts)

    return run


def dpmlm(texts: Sequence[str], folder: Path) -> Callable[[], int]:
    """Its rewriting of sentences, with its own defaults."""
    from dpmlm import DPMLM

    system = DPMLM(MODEL=str(folder))
    sentences = [next(s for s in re.split(r"(?<=[.!?])\s+", text)[1:] if len(s.split()) > 7) for text in texts]

    def run() -> int:
        return sum(int(system.dpmlm_rewrite(sentence, epsilon=100)[1]) for sentence in sentences)

    return run


def main(
    news: Path,
    folder: Path,
    documents: Annotated[int, typer.Option(min=1)] = 24,
    words: Annotated[int, typer.Option(min=1)] = 10,
    system: Annotated[list[str] | None, typer.Option(help="ours, ours_bfloat16, nlpaug, dpmlm")] = None,
) -> None:
    """Measure and print."""
    if not folder.exists():
        make_model(folder)
    texts = [row["text"][:CHARACTERS] for row in corpora.rows(news)][:documents]
    fields: dict[str, Any] = {"source": "local", "engine": "transformers", "license": "none", "dtype": "float32"}
    entry = ModelEntry.parse(fields | {"path": str(folder), "digest": digest(folder)}, "benchmark")
    half = entry.model_copy(update={"dtype": "bfloat16"})
    print("| system | words | CPU seconds | words/CPU-second |\n| --- | ---: | ---: | ---: |")
    for name in system or ["ours", "ours_bfloat16", "nlpaug", "dpmlm"]:
        registry = load_registry() | {"masked_lm": half if name == "ours_bfloat16" else entry}
        with tempfile.TemporaryDirectory() as cache, Engine(registry, KEYS, Path(cache)) as engine:
            engine.masked_lm.fill([Slot("The first call loads the model.", 4, 9)])
            runs: dict[str, Callable[[], Callable[[], int]]] = {
                "ours": lambda e=engine: lambda: ours(texts, words, e),  # type: ignore[misc]
                "ours_bfloat16": lambda e=engine: lambda: ours(texts, words, e),  # type: ignore[misc]
                "nlpaug": lambda: nlpaug(texts, words, folder),
                "dpmlm": lambda: dpmlm(texts, folder),
            }
            run = runs[name]()
            began = time.process_time()
            filled = run()
            seconds = time.process_time() - began
            print(f"| {name} | {filled:,} | {seconds:.1f} | {filled / seconds:.1f} |", flush=True)


if __name__ == "__main__":
    typer.run(main)
