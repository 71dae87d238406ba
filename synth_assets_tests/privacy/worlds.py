"""Made-up corpora whose leaks are planted, and small deterministic models."""

import json
import math
import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from types import SimpleNamespace
from typing import Any

import numpy as np
import regex

from resources.models.protocols import Candidate, Entity, Models, Slot
from resources.progress import silent
from synth_assets.differential_privacy.ledger import Entry, Ledger
from synth_assets.modes import Mode
from synth_assets.privacy.evidence.passages import Passage
from synth_assets.privacy.evidence.release import Evidence, Release
from synth_assets.privacy.measure import ReportInput, measure
from synth_assets.privacy.page.report import Report
from synth_assets.privacy.policy import PrivacyPolicy
from synth_assets.privacy.registry import run_attacks
from synth_assets.privacy.results import Statistic
from synth_assets.privacy.stages import MASKED, POSITIVE, RAW, STAGES
from synth_assets.privacy.verdict.claim import Claim
from synth_assets.records import UNKNOWN, InForce, Row
from synth_assets_tests.modes import released_in

_NAME = regex.compile(r"\b[A-Z][a-z]+(?: [A-Z][a-z]+)+\b")
_SYLLABLES = [a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "u", "an", "el", "or")]


DELTA = 1e-5
STATED = {
    "unit": "document",
    "adjacency": "add_remove",
    "trust_model": "central",
    "mechanism": "Gaussian votes for candidates, sigma 2.42",
    "sensitivity": 1.0,
    "clip_bound": 1.0,
    "clip_bound_origin": "every document has one vote",
    "sampling_accounted": "full",
    "sampling_executed": "full",
    "compositions": 5,
    "fixed_in_advance": True,
    "accountant": "synth_assets.differential_privacy.accounting 0.1.0, error below 1e-9",
    "mu": math.sqrt(5) / 2.42,
    "delta": DELTA,
    "choices": [{"what": "number of candidates: from the policy", "paid": True}],
    "bypasses": ["counts of the privacy report"],
    "rng": "secrets.SystemRandom",
    "group_size": 1,
    "pretraining": "the corpus was never public",
    "code_version": "0123abcd",
}


class HashedWordsEncoder:
    """Bag of hashed words, normalized: a real, if simple, text embedding."""

    fingerprint = "hashed-words"

    def encode(self, texts: Sequence[str]) -> "np.ndarray":
        vectors = np.zeros((len(texts), 128), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in text.lower().split():
                vectors[row, _bucket(word)] += 1
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors / np.maximum(norms, 1e-9)


@cache
def _bucket(word: str) -> int:
    return int(sha256(word.encode()).hexdigest(), 16) % 128


class CapitalizedNames:
    """Takes two or more capitalized words in a row for a person."""

    fingerprint = "capitalized"

    def recognize(self, texts: Sequence[str]) -> list[list[Entity]]:
        return [[Entity(*m.span(), "PERSON", 1.0, "shape") for m in _NAME.finditer(t)] for t in texts]


class NeighborCounts:
    """A masked LM that proposes the words it has counted between the two neighbors of the slot."""

    fingerprint = "neighbor-counts"

    def __init__(self, texts: Sequence[str]) -> None:
        self.counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        self.asked: list[Slot] = []
        for text in texts:
            words = text.split()
            for before, middle, after in zip(words, words[1:], words[2:], strict=False):
                self.counts[before, after][middle] += 1

    def fill(self, slots: Sequence[Slot], top_k: int = 10) -> list[list[Candidate]]:
        self.asked += slots
        return [[Candidate(w, float(-i)) for i, w in enumerate(self._ranked(slot)[:top_k])] for slot in slots]

    def _ranked(self, slot: Slot) -> list[str]:
        before, after = slot.text[: slot.start].split()[-1], slot.text[slot.end :].split()[0]
        counted = self.counts[before, after]
        return sorted(counted, key=lambda w: (-counted[w], w))


def word(draw: random.Random) -> str:
    return "".join(draw.choice(_SYLLABLES) for _ in range(draw.choice((1, 2, 2, 3))))


def prose(draw: random.Random, words: int) -> str:
    return " ".join(word(draw) for _ in range(words))


def document(draw: random.Random, words: int = 60) -> str:
    """Prose with a full name, an e-mail address and a phone number in its middle."""
    name = f"{word(draw).capitalize()}x {word(draw).capitalize()}q"
    mail = f"{word(draw)}{draw.randrange(10**6)}@{word(draw)}.org"
    phone = f"+44 {draw.randrange(1000, 9999)} {draw.randrange(10**5, 10**6)}"
    half = words // 2
    return f"{prose(draw, half)} wrote {name} on {mail} or {phone} that {prose(draw, half)}."


def raw_row(number: int, split: str, text: str, role: str = "document") -> Row:
    key = sha256(f"{split}/{number}".encode()).hexdigest()[:32]
    row = {"id": key, "source_doc": key, "subject": f"s{key}", "role": role, "split": split, "text": text}
    row["label"] = None
    return {**row, "params": json.dumps({"pair": number % 1000})} if role == "canary" else row


@dataclass(frozen=True)
class World:
    raw: list[Row]

    def texts(self, split: str) -> list[str]:
        return [r["text"] for r in self.raw if r["split"] == split and r["role"] == "document"]


def make_world(
    seed: int, train: int = 120, holdout: int = 60, control: int = 60, canaries: int = 6, words: int = 60
) -> World:
    draw = random.Random(seed)
    sizes = {"train": train, "holdout": holdout, "control": control}
    raw = [raw_row(i, split, document(draw, words)) for split, size in sizes.items() for i in range(size)]
    raw += [raw_row(1000 + i, "train", document(draw, 20), "canary") for i in range(canaries)]
    raw += [raw_row(i, "canary_out", document(draw, 20), "canary") for i in range(canaries)]
    return World(raw)


def fresh(seed: int, count: int, words: int = 60) -> list[str]:
    """Documents of people who are in no corpus: a release that leaks nothing."""
    draw = random.Random(f"fresh/{seed}")
    return [document(draw, words) for _ in range(count)]


def refilled(text: str) -> Row:
    """The text with its second word refilled."""
    words = text.split(" ")
    if len(words) < 3:
        return {"refilled_text": text, "refills": []}
    start = len(words[0]) + 1
    places = {"start": start, "end": start + len(words[1]), "out_start": start, "out_end": start + 6, "score": 0.5}
    return {"refilled_text": " ".join([words[0], "filled", *words[2:]]), "refills": [places]}


def stage_rows(texts: Sequence[str], world: World) -> tuple[list[Row], list[Row], list[Row]]:
    sources = [r for r in world.raw if r["split"] == "train" and r["role"] == "document"]
    masked, augmented, instructions = [], [], []
    for i, text in enumerate(texts):
        who = sources[i % len(sources)]
        base = {**who, "id": f"{i:06d}", "text": text}
        masked.append({**base, **refilled(text), "spans": []})
        augmented.append(base)
        instructions.append({**base, "instruction": "Summarize the text.", "input": text, "output": text[:40]})
    return masked, augmented, instructions


SMALL_MODELS: Models = SimpleNamespace(
    encoder=HashedWordsEncoder(), recognizer=CapitalizedNames(), masked_lm=NeighborCounts([])
)  # type: ignore[assignment]


def tables(world: World, *rows: Sequence[Row]) -> dict[str, Sequence[Row]]:
    """Rows by stage: the raw ones of a world, then masked, augmented and instruction rows."""
    return {stage.name: part for stage, part in zip(STAGES, (world.raw, *rows), strict=True)}


def report_of(
    by_stage: Mapping[str, Sequence[Row]],
    policy: PrivacyPolicy | None = None,
    *,
    claim: Claim | None = None,
    models: Models = SMALL_MODELS,
    last_passed: Sequence[Row] = (),
    masking: InForce = UNKNOWN,
    mode: Mode = "rewritten",
    refused: str = "",
) -> Report:
    """The report on these tables."""
    return measure(
        ReportInput(
            tables=by_stage,
            policy=policy or PrivacyPolicy(),
            release=released_in(mode),
            refused=refused,
            models=models,
            progress=silent,
            claim=claim or Claim(Ledger((Entry("|", "this release", None),))),
            last_passed=last_passed,
            masking=masking,
        )
    )


def report_on(
    world: World, texts: Sequence[str], claim: Claim | None = None, mode: Mode = "rewritten", **settings: object
) -> Report:
    """The report on a release made of `texts`."""
    policy = PrivacyPolicy.parse(settings, "privacy")
    return report_of(tables(world, *stage_rows(texts, world)), policy, claim=claim, mode=mode)


def evidence_of(raw: Sequence[Row], masked: Sequence[Row] = (), **settings: object) -> Evidence:
    """What an attacker knows of a corpus."""
    policy = PrivacyPolicy.parse(settings, "privacy")
    by_stage = {RAW.name: raw, MASKED.name: masked}
    return Evidence(tables=by_stage, policy=policy, models=SMALL_MODELS, progress=silent)


def release_of(evidence: Evidence, texts: Sequence[str], stage: str = POSITIVE) -> Release:
    """Texts, each of a subject of its own, under attack. On the positive control only the attacks on words run."""
    passages = [Passage(str(i), str(i), text) for i, text in enumerate(texts)]
    return Release(evidence=evidence, stage=stage, passages=passages)


def attacked(evidence: Evidence, texts: Sequence[str]) -> dict[str, Any]:
    """What the attacks on words count on texts, by test/slice."""
    return {o.name: o for o in run_attacks(release_of(evidence, texts))}


def line(report: Report, key: str) -> Statistic:
    """The statistic `stage/test/slice`."""
    return next(s for s in report.statistics if s.id == key)
