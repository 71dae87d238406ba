"""What generation costs: tokens a CPU second and CPU seconds a continuation of the causal LM.

    OMP_NUM_THREADS=1 python benchmarks/generation.py [--prompts 64]

Two kinds of prompt. `paraphrase`: the recipe's own, three samples of each sentence. `few_shot`: a header of about 200
tokens that all prompts share, then keywords of their own; a passage of about 70 tokens is written. Text comes from the
sample generator. CPU seconds are those of the process, after the model has been loaded and has made one continuation;
nothing comes from the cache.
"""

import random
import re
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from resources.keys import Keys
from resources.models.engine import Engine
from resources.models.protocols import CausalLM, Sampling
from resources.models.registry import load_registry
from synth_assets.augmentation.recipes.sentences import ParaphrasePolicy, paraphrase
from synth_assets.sample.documents import generate
from synth_assets.text.sentences import sentences

SENTENCE = range(6, 26)
SHOTS = 3


def _keywords(text: str, draw: random.Random) -> str:
    words = sorted({word for word in re.findall(r"[a-z]+", text) if len(word) > 5})
    return ", ".join(draw.sample(words, min(4, len(words))))


def passages(texts: list[str], prompts: int) -> list[str]:
    """Prompts of one header, each with keywords of another text."""
    draw = random.Random(0)
    shots = [text[:280] for text in texts[:SHOTS]]
    header = "".join(f"Keywords: {_keywords(text, draw)}\nText: {text}\n\n" for text in shots)
    return [f"{header}Keywords: {_keywords(text, draw)}\nText:" for text in texts[SHOTS : SHOTS + prompts]]


def measure(name: str, count: int, lm: CausalLM, run: Callable[[], list[str]]) -> None:
    """Print the cost of one run of `count` prompts."""
    began = time.process_time()
    made = run()
    seconds = time.process_time() - began
    tokens = sum(lm.count_tokens(made))
    print(
        f"{name}: {count} prompts, {len(made)} continuations of {tokens / len(made):.0f} tokens, "
        f"{seconds / len(made):.3f} CPU-s each, {tokens / seconds:.0f} new tokens a CPU-s"
    )


def main(
    prompts: Annotated[int, typer.Option(help="Prompts of each kind.")] = 64,
    tokens: Annotated[int, typer.Option(help="Longest passage.")] = 80,
) -> None:
    """Print one line for each kind of prompt."""
    texts = [" ".join(row["text"].split()) for row in generate(4 * prompts + SHOTS, seed=3)]
    found = (text[start:end] for text in texts for start, end in sentences(text))
    sources = [sentence for sentence in dict.fromkeys(found) if len(sentence.split()) in SENTENCE][:prompts]
    asked = passages(texts, prompts)
    settings, sampling = ParaphrasePolicy(), Sampling(tokens, temperature=0.9, stop=("\n",))
    with (
        tempfile.TemporaryDirectory() as folder,
        Engine(load_registry(), Keys.from_secret(b"0" * 32), Path(folder)) as engine,
    ):
        lm = engine.causal_lm
        lm.generate(["The"], Sampling(4))
        measure(
            "paraphrase", len(sources), lm, lambda: [t for row in paraphrase(sources, settings, 0, lm) for t in row]
        )
        measure("few_shot", len(asked), lm, lambda: lm.generate(asked, sampling))


if __name__ == "__main__":
    typer.run(main)
