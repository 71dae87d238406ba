"""What the privacy report sees of planted leaks, and what NeMo Safe Synthesizer's published rules say of the same.

    python benchmarks/planted_leaks.py FILE.jsonl [--seeds 50] [--documents 600]

Each seed splits the documents at random into train, holdout, control, and a fourth part that poses as a release
without a leak. Into it goes a share of the train documents: verbatim, with masked identifiers ("surrogate"), with
every tenth word exchanged ("fuzzy"), or a third of the document ("partial"). Counted is how often a gate fails.

The NeMo columns are our own implementation of the scoring rules in its public source (membership inference
protection: distance of train and test records to the nearest released one, thresholds .1 to .4, nine proportions, ten
runs, precision and accuracy rounded to one decimal; PII replay: equality of whole cells), with our sentence encoder
in place of its own. It says what those rules say, not what the product would say of its own data.
"""

import argparse
import math
import os
import random
import tempfile
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

import corpora
import numpy as np

from resources.keys import Keys
from resources.models.engine import Engine
from resources.models.protocols import SentenceEncoder
from resources.models.registry import load_registry
from resources.progress import silent
from synth_assets.masking.policy import MaskingPolicy
from synth_assets.masking.stage import mask_corpus
from synth_assets.modes import STRICTEST
from synth_assets.privacy.attacks import linkage, membership, nearest_neighbors
from synth_assets.privacy.evidence.passages import Passage
from synth_assets.privacy.evidence.release import Evidence, Release
from synth_assets.privacy.gates import gate_of
from synth_assets.privacy.policy import PrivacyPolicy
from synth_assets.privacy.registry import attacks
from synth_assets.privacy.stages import POSITIVE, RELEASED
from synth_assets.privacy.verdict.judge import judge

SHARES = (0.0, 0.005, 0.01, 0.02, 0.05, 0.1)
POLICY = PrivacyPolicy(min_canaries=0)
GRADES = ("Poor", "Moderate", "Good", "Very Good", "Excellent")


def main() -> None:
    """Plant, attack, count, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, help="JSON Lines with a column `text`")
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--documents", type=int, default=600)
    arguments = parser.parse_args()
    texts = corpora.texts(arguments.file, arguments.documents)
    with tempfile.TemporaryDirectory() as folder:
        keys = Keys.from_secret(os.urandom(32))
        with Engine(load_registry(), keys, Path(folder)) as models:
            rows = [raw_row(i, "train", text) for i, text in enumerate(texts)]
            policy = MaskingPolicy.parse({"refill": {"per_document": 0}}, "masking")
            masked = {r["source_doc"]: r for r in mask_corpus(rows, policy, 7, keys, models, silent).rows}
            variants = {
                "verbatim": texts,
                "surrogate": [masked[row["id"]]["text"] if row["id"] in masked else "" for row in rows],
                "fuzzy": [fuzzy(i, text, texts) for i, text in enumerate(texts)],
                "partial": [partial(i, text) for i, text in enumerate(texts)],
            }
            found: dict[tuple[str, float], list[dict[str, Any]]] = defaultdict(list)
            for seed in range(arguments.seeds):
                for place, result in one_seed(seed, texts, variants, masked, models):
                    found[place].append(result)
    report(found, arguments.seeds, len(texts))


def raw_row(number: int, split: str, text: str) -> dict[str, Any]:
    key = f"{number:06d}"
    return {"id": key, "source_doc": key, "subject": key, "role": "document", "split": split, "text": text,
            "label": None, "language": "en"}  # fmt: skip


def fuzzy(number: int, text: str, texts: Sequence[str]) -> str:
    draw = random.Random(number)
    words = text.split(" ")
    for i in range(number % 10, len(words), 10):
        words[i] = draw.choice(draw.choice(texts).split(" "))
    return " ".join(words)


def partial(number: int, text: str) -> str:
    words = text.split(" ")
    start = random.Random(number).randrange(max(1, 2 * len(words) // 3))
    return " ".join(words[start : start + math.ceil(len(words) / 3)])


def one_seed(
    seed: int, texts: Sequence[str], variants: dict[str, list[str]], masked: dict[str, Any], models: Engine
) -> Any:
    order = random.Random(seed).sample(range(len(texts)), len(texts))
    cuts = [int(share * len(order)) for share in (0.45, 0.7, 0.8)]
    train, holdout, control, base = (order[a:b] for a, b in zip([0, *cuts], [*cuts, len(order)], strict=True))
    splits = {"train": train, "holdout": holdout, "control": control}
    raw = [raw_row(i, split, texts[i]) for split, numbers in splits.items() for i in numbers]
    ours = [masked[f"{i:06d}"] for i in train if f"{i:06d}" in masked]
    evidence = Evidence(
        tables={"raw_corpus": raw, "masked_corpus": ours}, policy=POLICY, models=models, progress=silent
    )
    tried = [a for a in attacks() if POSITIVE in a.stages] + [
        nearest_neighbors.ATTACK,
        membership.ATTACK,
        linkage.ATTACK,
    ]
    vectors = {side: models.encoder.encode([texts[i] for i in numbers]) for side, numbers in splits.items()}
    values = set(evidence.identifiers.values)
    for kind, changed in variants.items():
        for share in SHARES:
            if share == 0 and kind != "verbatim":
                continue
            leaked = [changed[i] for i in train[: math.ceil(share * len(train))] if changed[i]]
            released = [texts[i] for i in base] + leaked
            passages = [Passage(f"r{n}", f"r{n}", text) for n, text in enumerate(released)]
            release = Release(evidence=evidence, stage=RELEASED.name, passages=passages)
            outcomes = [outcome for attack in tried for outcome in attack.run(release)]
            failed = {s.name for s in judge(outcomes, RELEASED.name, POLICY, STRICTEST) if s.status == "FAIL"}
            score = nemo_score(vectors["train"], vectors["holdout"], encoded(models.encoder, released), seed)
            replay = sum(text.casefold() in values for text in released)
            yield (kind, share), {"failed": failed, "score": score, "replay": replay}


def blocks_rewriting(statistic: str) -> bool:
    return gate_of(statistic, "rewritten", {}) is not None


def encoded(encoder: SentenceEncoder, texts: Sequence[str]) -> "np.ndarray":
    return np.asarray(encoder.encode(texts))


def nemo_score(train: "np.ndarray", holdout: "np.ndarray", released: "np.ndarray", seed: int) -> float:
    """Membership inference protection, 0 to 10, by its published rules; the test records are 5 % of the real ones."""
    size = max(1, round(0.05 * (len(train) + len(holdout))))
    test = 1 - (holdout[:size] @ released.T).max(axis=1)
    runs = []
    for run in range(min(10, len(train) // size)):
        members = 1 - (train[run * size : (run + 1) * size] @ released.T).max(axis=1)
        order = np.random.default_rng([seed, run]).permutation(2 * size)
        distance, member = np.concatenate([members, test])[order], np.repeat([True, False], size)[order]
        points = [
            nemo_points(distance[:n] < threshold, member[:n])
            for threshold in (0.4, 0.3, 0.2, 0.1)
            for n in (int(2 * size * tenth / 10) for tenth in range(2, 11))
        ]
        runs.append(round(sum(points) / len(points), 2))
    return (sum(runs) / len(runs) - 1) / 2 * 10


def nemo_points(guessed: "np.ndarray", member: "np.ndarray") -> float:
    precision = round(float(member[guessed].mean()), 1) if guessed.any() else 0.0
    accuracy = round(float((guessed == member).mean()), 1)
    low, high = sorted((precision, accuracy))
    if high <= 0.5:
        return 3.0
    if high <= 0.8:
        return 2.5 if low <= 0.5 else 2.0
    return 1.5 if low <= 0.8 else 1.0


def report(found: dict[tuple[str, float], list[dict[str, Any]]], seeds: int, documents: int) -> None:
    print(f"{documents} documents, {seeds} seeds; share of seeds in which a gate fails; NeMo's rules beside it\n")
    print("| leak | of train | identity gates | any gate | most often | NeMo score | NeMo grade | NeMo replay |")
    print("| --- | ---: | ---: | ---: | --- | ---: | --- | ---: |")
    for (kind, share), results in found.items():
        identity = sum(any(map(blocks_rewriting, r["failed"])) for r in results) / seeds
        anything = sum(bool(r["failed"]) for r in results) / seeds
        common = Counter(name for r in results for name in r["failed"]).most_common(1)
        score = median(r["score"] for r in results)
        cells = (
            kind if share else "none",
            f"{share:.1%}",
            f"{identity:.2f}",
            f"{anything:.2f}",
            common[0][0] if common else "-",
            f"{score:.1f}",
            GRADES[min(4, int(score) // 2)],
            f"{median(r['replay'] for r in results):.0f}",
        )
        print(f"| {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
