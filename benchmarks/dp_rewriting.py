"""What differentially private rewriting keeps of a sentence, what it costs, and how fast it is.

    python benchmarks/dp_rewriting.py NEWS.jsonl [--sentences 40] [--length 32] [--epsilons 5,10,25,50]
    python benchmarks/dp_rewriting.py NEWS.jsonl --dpmlm FOLDER

`cosine` is that of the embedded sentence encoder, `kept` the share of the source's words that stand in the rewritten
text, case ignored; the first row holds both for another sentence of the same file. Words are those of the source. The
second form runs the package dpmlm (installed beside this project, with NLTK's punkt and stopwords) on a masked LM in
FOLDER, with its own defaults and the same epsilon a token. Prints JSON lines.
"""

import json
import random
import re
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import corpora
import typer

from resources.keys import Keys
from resources.models.engine import Engine
from resources.models.protocols import SentenceEncoder
from resources.models.registry import load_registry
from synth_assets.differential_privacy.accounting import epsilon_of_draws
from synth_assets.differential_privacy.rewriting.policy import DpRewritingPolicy
from synth_assets.differential_privacy.rewriting.rewriting import SecureDrawer, rewrite


def sentences_of(news: Path, count: int, seed: int = 7) -> list[str]:
    """One sentence of 8 to 24 words a document."""
    rng = random.Random(seed)
    texts = [row["text"] for row in corpora.rows(news)]
    rng.shuffle(texts)
    found = (re.split(r"(?<=[.!?])\s+", text) for text in texts)
    fit = ([s for s in sentences[1:] if 8 <= len(s.split()) <= 24 and "\n" not in s] for sentences in found)
    return [rng.choice(sentences) for sentences in fit if sentences][:count]


def kept(source: str, made: str) -> float:
    """Share of the words of `source` that `made` holds, each as often as it is there."""
    wanted, given = (Counter(re.findall(r"\w+", text.casefold())) for text in (source, made))
    return (wanted & given).total() / max(1, wanted.total())


def row(encoder: SentenceEncoder, sources: Sequence[str], make: Callable[[], list[str]], **said: Any) -> list[str]:
    """Measure `make`, print one JSON line, return what was made."""
    wall, cpu = time.perf_counter(), time.process_time()
    made = make()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    words = sum(len(source.split()) for source in sources)
    cosine = (encoder.encode(sources) * encoder.encode([text or " " for text in made])).sum(1).mean()
    numbers = {
        "cosine": round(float(cosine), 3),
        "kept": round(sum(map(kept, sources, made)) / len(sources), 3),
        "words_per_second": round(words / wall, 1),
        "words_per_cpu_second": round(words / cpu, 1),
    }
    typer.echo(json.dumps({**said, **numbers}))
    return made


def compare(encoder: SentenceEncoder, sources: Sequence[str], epsilons: Sequence[float], folder: Path) -> None:
    """The package dpmlm on the same sentences, its defaults."""
    from dpmlm import DPMLM

    system = DPMLM(MODEL=str(folder))
    for epsilon in epsilons:
        row(
            encoder,
            sources,
            lambda epsilon=epsilon: [system.dpmlm_rewrite(text, epsilon=epsilon)[0] for text in sources],
            system="dpmlm",
            epsilon=epsilon,
        )


def main(
    news: Path,
    sentences: Annotated[int, typer.Option(min=2)] = 40,
    length: Annotated[int, typer.Option(min=1)] = 32,
    epsilons: str = "5,10,25,50",
    dpmlm: Path | None = None,
) -> None:
    """Measure and print."""
    sources, budgets = sentences_of(news, sentences), [float(part) for part in epsilons.split(",")]
    keys = Keys.from_secret(b"0" * 32)
    with tempfile.TemporaryDirectory() as folder, Engine(load_registry(), keys, Path(folder)) as engine:
        row(engine.encoder, sources, lambda: [*sources[1:], sources[0]], system="another sentence")
        if dpmlm is not None:
            return compare(engine.encoder, sources, budgets, dpmlm)
        model = engine.token_model
        rewrite(sources[:1], DpRewritingPolicy(variant="token", length=2), model, SecureDrawer())
        for variant in ("token", "document"):
            for epsilon in budgets:
                policy = DpRewritingPolicy(variant=variant, epsilon=epsilon, length=length)
                cost = epsilon_of_draws(epsilon, length, policy.delta)
                row(
                    engine.encoder,
                    sources,
                    lambda policy=policy: rewrite(sources, policy, model, SecureDrawer()),
                    system=variant,
                    epsilon=epsilon,
                    document_epsilon=round(cost.epsilon, 1),
                )
    return None


if __name__ == "__main__":
    typer.run(main)
