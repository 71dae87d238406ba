"""Estimates of what the masker missed beside what it did miss, where annotations say.

    python benchmarks/missed.py [NAME ...] [--corpora DIRECTORY] [--documents N] [--detectors NAME ...]

For each corpus and type: identifiers found, then missed in a million words: the truth, capture-recapture, planting
(each with its 95 % interval). An annotated identifier counts as missed when a word of one of its mentions is uncovered.
Quantities, professions and titles are left out of the truth.
Corpora without annotations have no truth. Then what the estimate costs, in CPU seconds.
"""

import argparse
import os
import random
import re
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import corpora

from resources.keys import Keys
from resources.models.engine import Engine
from resources.models.registry import load_registry
from synth_assets.masking.detection.detect import detect
from synth_assets.masking.detection.linking import Linked, link
from synth_assets.masking.documents import Name, full_names, occurrences
from synth_assets.masking.missed.estimate import Estimate, Missed, estimate_missed
from synth_assets.masking.policy import Actions, MaskingPolicy
from synth_assets.sample.documents import generate

_CORPORA = ("sample", "court_cases", "pii_sentences", "social_posts", "news")
_TYPES = {
    "US_SSN": "SSN", "ZIP_CODE": "POSTCODE", "STREET_ADDRESS": "ADDRESS", "DOMAIN_NAME": "URL", "CREDIT_CARD": "CARD",
    "EMAIL_ADDRESS": "EMAIL", "PHONE_NUMBER": "PHONE", "IBAN_CODE": "IBAN", "IP_ADDRESS": "IP", "NRP": "NATIONALITY",
    "US_DRIVER_LICENSE": "ID", "GPE": "LOCATION", "CODE": "CASE", "DATE_TIME": "DATE",
    "ORG": "ORGANIZATION", "LOC": "LOCATION", "DATETIME": "DATE",
}  # fmt: skip
_TOKEN = re.compile(r"\w+")
_IGNORED = frozenset("mr mrs ms no nr nos about of in on at by for to from with and or the a an s".split())  # noqa: SIM905


def main() -> None:
    arguments = _arguments()
    policy = MaskingPolicy.parse(
        {"missed": {"documents": arguments.documents}, "detectors": tuple(arguments.detectors)}, "arguments"
    )
    with (
        tempfile.TemporaryDirectory() as folder,
        Engine(load_registry(), Keys.from_secret(os.urandom(32)), Path(folder)) as engine,
    ):
        detect(["A first call loads everything: Anna Smith, 12/05/1990, NHS 9434765919."], engine.recognizer, policy)
        for name in arguments.names or _CORPORA:
            rows = generate() if name == "sample" else corpora.rows(arguments.corpora / f"{name}.jsonl")
            began = time.process_time()
            linked = _masked(rows, engine, policy)
            masked = time.process_time()
            documents = [(row["text"], items) for row, items in zip(rows, linked, strict=True)]
            missed = estimate_missed(documents, len(documents), policy, engine.recognizer, random.Random(7))
            ended = time.process_time()
            truth = _truth(rows, linked) if "entities" in rows[0] else None
            _print(name, missed, truth)
            print(f"{name}: detection {masked - began:.1f} s, estimate {ended - masked:.1f} s\n")


def _masked(rows: Sequence[dict[str, Any]], engine: Engine, policy: MaskingPolicy) -> list[list[Linked]]:
    texts = [row["text"] for row in rows]
    found = detect(texts, engine.recognizer, policy)
    subjects = [str(row.get("subject") or number) for number, row in enumerate(rows)]
    names: dict[str, set[Name]] = defaultdict(set)
    for text, subject, mentions in zip(texts, subjects, found, strict=True):
        names[subject] |= full_names(text, mentions)
    return [
        link(text, [*mentions, *occurrences(text, names[subject])])
        for text, subject, mentions in zip(texts, subjects, found, strict=True)
    ]


def _truth(rows: Sequence[dict[str, Any]], linked: Sequence[Sequence[Linked]]) -> Counter[str]:
    """Annotated identifiers by type that have a mention with an uncovered word."""
    missed: Counter[str] = Counter()
    for row, items in zip(rows, linked, strict=True):
        covered = bytearray(len(row["text"]))
        for item in items:
            covered[item.mention.start : item.mention.end] = b"\x01" * item.mention.length
        open_ones: dict[str, str] = {}
        for entity in row["entities"]:
            kind = _TYPES.get(entity["entity_type"], entity["entity_type"])
            wanted = kind.lower() in Actions.model_fields and entity.get("identifier_type") != "NO_MASK"
            if wanted and not all(all(covered[a:b]) for a, b in _tokens(row["text"], entity)):
                surface = row["text"][entity["start_offset"] : entity["end_offset"]]
                open_ones[entity.get("entity_id") or surface.casefold()] = kind
        missed.update(open_ones.values())
    return missed


def _tokens(text: str, entity: dict[str, Any]) -> Iterator[tuple[int, int]]:
    for match in _TOKEN.finditer(text, entity["start_offset"], entity["end_offset"]):
        if match.group().lower() not in _IGNORED:
            yield match.span()


def _print(name: str, missed: Missed, truth: Counter[str] | None) -> None:
    print(f"| {name} ({missed.tokens:,} words) | found | truth | capture-recapture | planted | counted |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")

    def shown(estimate: Estimate | None) -> str:
        if estimate is None:
            return "cannot be estimated"
        return "{:,.0f} ({:,.0f} to {:,.0f})".format(*missed.per_million(estimate))

    def true(count: int) -> str:
        return f"{count * 1e6 / missed.tokens:,.0f}" if truth is not None else ""

    counts = truth or Counter()
    for item in missed.types:
        estimates = " | ".join(shown(e) for e in (item.captured, item.planted, item.larger))
        print(f"| {item.kind} | {item.found:,} | {true(counts[item.kind])} | {estimates} |")
    others = sum(counts.values()) - sum(counts[item.kind] for item in missed.types)
    if others:
        print(f"| types never found | 0 | {true(others)} | | | |")
    found = sum(item.found for item in missed.types)
    print(f"| all | {found:,} | {true(sum(counts.values()))} | | | {shown(missed.total)} |")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="corpora to read; default: all")
    parser.add_argument("--corpora", type=Path, default=corpora.folder())
    parser.add_argument("--documents", type=int, default=200, help="documents in which identifiers are planted")
    parser.add_argument("--detectors", nargs="+", default=list(MaskingPolicy().detectors))
    return parser.parse_args()


if __name__ == "__main__":
    main()
