"""Prints accepted rewritings of sentences beside their sources, drawn at random, for a person to read.

    python benchmarks/rewritings.py [../shared/corpora/news.jsonl] [--documents 70] [--sentences 60] [--seed 7]

Read as an editor would: is the rewriting correct, idiomatic English that says what the source says? Documents are taken
at equal distances through the file; without a file they are those of the sample, with its made-up people. Acceptance
and the reasons of rejections come last.
"""

import argparse
import random
import tempfile
import time
from pathlib import Path

from augmentation import read_rows

from resources.keys import Keys
from resources.models.engine import Engine
from resources.models.registry import load_registry
from resources.progress import silent
from synth_assets.augmentation.documents import read_documents
from synth_assets.augmentation.filters.scores import Embeddings
from synth_assets.augmentation.policy import AugmentationPolicy
from synth_assets.augmentation.recipes.recipe import Material
from synth_assets.augmentation.stage import rewrite_sentences
from synth_assets.records import Row
from synth_assets.sample.documents import write_sample


def main() -> None:
    parser = argparse.ArgumentParser(description="Accepted rewritings to read")
    parser.add_argument("corpus", type=Path, nargs="?", help="JSON Lines file with a column text; default: the sample")
    parser.add_argument("--documents", type=int, default=70)
    parser.add_argument("--sentences", type=int, default=60)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--cache", type=Path, help="folder of the models' cached results; default: an empty one")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = read_rows(args.corpus, args.documents) if args.corpus else sample(Path(folder), args.documents)
        engine = Engine(load_registry(), Keys.from_secret(b"0" * 32), args.cache or Path(folder))
        show(rows, args.sentences, args.seed, engine)
        engine.close()


def sample(folder: Path, count: int) -> list[Row]:
    """Documents of the sample; its names belong to nobody."""
    return read_rows(write_sample(folder), count)


def show(rows: list[Row], count: int, seed: int, engine: Engine) -> None:
    """Print `count` accepted rewritings, each under its source, then the figures."""
    policy = AugmentationPolicy()
    material = Material(read_documents(rows, policy), seed, engine, Embeddings(engine.encoder))
    began = time.process_time()
    rewritings, figures = rewrite_sentences(material, policy, silent)
    seconds = time.process_time() - began
    places = sorted(random.Random(seed).sample(sorted(rewritings), min(count, len(rewritings))))
    for number, place in enumerate(places, 1):
        each = rewritings[place]
        delta = "" if each.logprob_delta is None else f", log-probability {each.logprob_delta:+.2f}"
        print(f"{number}. {each.recipe}, similarity {each.similarity:.2f}{delta}")
        print(f"   {' '.join(material.sentence(place).split())}\n   {each.text}")
    cost = seconds / max(1, len(rows))
    print(f"\n{len(rewritings)} of {figures['sentences']} sentences are rewritten, {cost:.1f} CPU-s a document")
    print({name: round(value, 3) for name, value in figures.items()})


if __name__ == "__main__":
    main()
