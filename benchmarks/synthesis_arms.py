"""The arms of `synthesis.py`: one corpus, split and masked once, and the documents that each arm makes of it."""

import json
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import corpora
import numpy as np

from resources.keys import Keys
from resources.models.engine import Engine
from resources.models.protocols import Sampling
from resources.progress import silent
from synth_assets.augmentation.policy import AugmentationPolicy
from synth_assets.augmentation.stage import augment_corpus
from synth_assets.corpus.policy import CorpusPolicy
from synth_assets.corpus.quality import judge
from synth_assets.differential_privacy.noise import DiscreteGaussian
from synth_assets.masking.policy import MaskingPolicy
from synth_assets.masking.stage import mask_corpus
from synth_assets.masking.surrogates.made_up import made_up_values
from synth_assets.sample.documents import SAMPLE, generate
from synth_assets.synthesis.formal.features import Document
from synth_assets.synthesis.formal.mechanism import Tools, synthesize_formally
from synth_assets.synthesis.formal.policy import FormalPolicy
from synth_assets.synthesis.formal.public import Public
from synth_assets.synthesis.formal.sketches import draw_sketches
from synth_assets.synthesis.formal.topics import Noisy, topics
from synth_assets.synthesis.policy import SynthesisPolicy
from synth_assets.synthesis.released import FormalDocuments
from synth_assets.synthesis.rows import synthesized_row
from synth_assets.synthesis.stage import synthesize
from synth_assets.text.near_duplicates import repeated

KEYS = Keys.from_secret(b"0" * 32)
SHARES = (("train", 0.58), ("holdout", 0.92), ("control", 1.0))
"""Where each split ends. Many subjects must take no part, or linkage and windows have no power."""
SAME = 0.8
SAMPLE_DOCUMENTS = 900
MASK_SEED = 7
PUBLIC_TRIES = 4

Row = dict[str, Any]


@dataclass(frozen=True)
class Corpus:
    """Raw rows of the three splits, by subject, without noise and near-duplicates; no labels without a label column."""

    name: str
    raw: list[Row]
    labels: tuple[str, ...]

    @classmethod
    def read(cls, file: str, label: str | None, most: int | None) -> "Corpus":
        """Read JSON Lines with a column `text`, or the embedded sample. Without subjects, a document is its own."""
        if file == SAMPLE:
            found = [{**row, "owner": row["subject"]} for row in generate(most or SAMPLE_DOCUMENTS, seed=3)]
        else:
            found = corpora.rows(Path(file))
            random.Random(MASK_SEED).shuffle(found)
            found = [{**row, "owner": str(number)} for number, row in enumerate(found[:most])]
        found = [row for row in found if not judge(row["text"], "en", CorpusPolicy())[0]]
        again = repeated([row["text"] for row in found], SAME)
        kept = [row for row, repeats in zip(found, again, strict=True) if not repeats]
        owners = sorted({row["owner"] for row in kept})
        random.Random(MASK_SEED).shuffle(owners)
        place = {owner: (number + 0.5) / len(owners) for number, owner in enumerate(owners)}
        raw = []
        for number, row in enumerate(kept):
            key = f"{number:06d}"
            split = next(name for name, end in SHARES if place[row["owner"]] < end)
            raw.append({"id": key, "source_doc": key, "subject": f"s{row['owner']}", "role": "document", "split": split,
                        "text": row["text"], "label": labeled(row, label), "language": "en"})  # fmt: skip
        labels = sorted({row["label"] for row in raw if row["label"]})
        return cls(Path(file).stem, raw, tuple(labels))

    def split(self, name: str) -> list[Row]:
        """The rows of one split."""
        return [row for row in self.raw if row["split"] == name]


def labeled(row: Row, column: str | None) -> str | None:
    """The value of a column; `subjects.0.pii.SEX` goes into lists and records. None where there is none."""
    value: Any = row if column else None
    for part in (column or "").split("."):
        if isinstance(value, list):
            value = value[int(part)] if int(part) < len(value) else None
        else:
            value = value.get(part) if isinstance(value, dict) else None
    return str(value).strip() if value is not None else None


@dataclass(frozen=True)
class Made:
    """Documents of one arm and seed, and what they cost; 0 where they cost no generation."""

    rows: list[Row]
    cpu_seconds: float


@dataclass(frozen=True)
class Arms:
    """Makes the documents of an arm. What was made is kept in `work` and not made again."""

    corpus: Corpus
    models: Engine
    work: Path
    documents: int
    plants: Any = field(default_factory=lambda: made_up_values(KEYS))

    def make(self, arm: str, seed: int) -> Made:
        """The documents of an arm: at most `documents`."""
        kept = self.work / f"{arm.replace(' ', '-')}-{seed}.json"
        if kept.is_file():
            return Made(**json.loads(kept.read_text()))
        make, ready = self._maker(arm)
        ready()
        began = time.process_time()
        rows = make(seed)[: self.documents]
        made = Made([dict(row) for row in rows], time.process_time() - began)
        kept.write_text(json.dumps({"rows": made.rows, "cpu_seconds": made.cpu_seconds}))
        return made

    def _maker(self, arm: str) -> tuple[Callable[[int], Sequence[Any]], Callable[[], Any]]:
        """What makes the documents from a seed, and what must be there before it is timed."""
        if arm.startswith("formal "):
            epsilon = float(arm.split()[1])
            return (lambda seed: self._formal(epsilon, seed)), self._warm
        return {
            "raw": (lambda seed: self._some(self.corpus.split("train"), seed), lambda: None),
            "masked": (lambda seed: self._some(self.masked, seed), lambda: self.masked),
            "rewritten": (self._rewritten, self._warm),
            "synthesized": (self._synthesized, self._warm),
            "public prompts": (self._public_prompts, self._warm),
            "public text": (self._public_text, lambda: None),
        }[arm]

    @cached_property
    def masked(self) -> list[Row]:
        """The masked train rows."""
        file = self.work / "masked.json"
        if not file.is_file():
            policy = MaskingPolicy.parse({"refill": {"per_document": 0}}, "masking")
            made = mask_corpus(self.corpus.split("train"), policy, MASK_SEED, KEYS, self.models, silent)
            file.write_text(json.dumps(made.rows))
        rows: list[Row] = json.loads(file.read_text())
        return rows

    @cached_property
    def public(self) -> Public:
        """Public inputs of the formal mode. The vectors of the vocabulary are kept beside `work`, for all corpora."""
        encoder, file = self.models.encoder, self.work.parent / "vocabulary.npy"

        def encode(words: Sequence[str]) -> np.ndarray:
            if not file.is_file():
                np.save(file, encoder.encode(words))
            vectors: np.ndarray = np.load(file)
            return vectors

        return Public.of(self._settings(), lambda: encoder.words, encode)

    def _warm(self) -> None:
        """Load what all documents share, so that its seconds are not those of the first arm."""
        _ = self.masked, self.public
        self.models.causal_lm.generate(["The"], Sampling(4))

    def _settings(self, epsilon: float = 4.0) -> FormalPolicy:
        return FormalPolicy(documents=self.documents, epsilon=epsilon, labels=self.corpus.labels)

    def _some(self, rows: Sequence[Row], seed: int) -> list[Row]:
        return random.Random(seed).sample(list(rows), min(self.documents, len(rows)))

    def _rewritten(self, seed: int) -> Sequence[Any]:
        return augment_corpus(self._some(self.masked, seed), AugmentationPolicy(), seed, self.models, silent).rows

    def _synthesized(self, seed: int) -> Sequence[Any]:
        policy = SynthesisPolicy(documents=self.documents)
        return synthesize(self.masked, policy, seed, self.models, self.plants, silent).output.rows

    def _writer(self, policy: FormalPolicy, seed: int) -> FormalDocuments:
        return FormalDocuments(self.models, SynthesisPolicy(formal=policy), self.plants, seed, "benchmark")

    def _formal(self, epsilon: float, seed: int) -> Sequence[Any]:
        """One draw. Its noise comes from the system and has no seed: a seed names a draw."""
        policy, encoder = self._settings(epsilon), self.models.encoder
        writer = self._writer(policy, seed)
        tools = Tools(writer.write, encoder.encode, encoder.encode_alone)
        one = {row["subject"]: row for row in self.corpus.split("train")}
        documents = [Document(subject, row["label"], row["text"]) for subject, row in one.items()]
        return writer.output(
            synthesize_formally(documents, policy, self.public, tools, DiscreteGaussian(), seed), 0
        ).rows

    def _public_prompts(self, seed: int) -> list[Row]:
        """The formal mode at epsilon 0: what it writes where nobody votes, from the names of the labels."""
        policy, public = self._settings(), self.public
        writer, rng = self._writer(policy, seed), np.random.default_rng(seed)
        labels = len(public.labels)
        nothing = np.zeros((labels, public.concepts), dtype=np.int64)
        no_words = np.zeros((labels, len(public.words)), dtype=np.int64)
        forms = dict.fromkeys(public.forms.names, 1)
        found = topics(Noisy(nothing, nothing > 0, no_words, 1.0), public, policy)
        rows: list[Row] = []
        for _ in range(PUBLIC_TRIES):
            sketches = draw_sketches(found, forms, self.documents - len(rows), public, policy, rng)
            texts = writer.write(sketches)
            rows += [
                dict(synthesized_row(f"public{len(rows) + n}", text, sketch.label, "en", "{}"))
                for n, (text, sketch) in enumerate(zip(texts, sketches, strict=True))
                if text is not None
            ]
            if len(rows) >= self.documents:
                break
        return rows

    def _public_text(self, seed: int) -> list[Row]:
        """Documents of the sample generator, without labels."""
        made = generate(self.documents, seed=1000 + seed)
        return [
            {**synthesized_row(f"invented{number}", row["text"], None, "en", "{}")} for number, row in enumerate(made)
        ]


def names_of(modes: Sequence[str], epsilons: Sequence[float], file: str) -> list[str]:
    """The arms of the modes, in the order of the table."""
    arms: list[str] = []
    for mode in modes:
        if mode == "formal":
            arms += [f"formal {epsilon:g}" for epsilon in epsilons]
        elif mode == "public":
            arms += ["public prompts", *([] if file == SAMPLE else ["public text"])]
        else:
            arms.append(mode)
    return arms
