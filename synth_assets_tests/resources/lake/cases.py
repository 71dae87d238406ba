"""Rows and publications for the lake's tests; run as a script it is a writer process."""

import json
import sys
from collections.abc import Sequence
from typing import Any

from resources.keys import Keys
from resources.lake.model import Manifest, Partition, Staged
from resources.lake.store import Lake
from synth_assets.records import MASKED_CORPUS, RAW_CORPUS, REJECTED

STAGE = "masked_corpus"
KEYS = Keys.from_secret(b"0" * 32)
DAY = "2026-01-01"
SECRET_TEXT = "Anna Novak, 555-01-1234"


def row(name: str, text: str = "a quiet day") -> dict[str, Any]:
    return {
        "id": name,
        "source_doc": f"doc-{name}",
        "subject": f"who-{name}",
        "role": "document",
        "text": text,
        "refilled_text": text,
        "label": None,
        "language": "en",
        "spans": [],
        "masks": [],
        "refills": [],
        "recipe": "mask",
        "params": "{}",
        "scores": {"b": 1.0, "a": 0.5},
    }


def raw_row(name: str, text: str = "a quiet day") -> dict[str, Any]:
    kept = {k: v for k, v in row(name, text).items() if k in RAW_CORPUS.names}
    return {**kept, "split": "train", "cluster": name, "text_hash": name, "words": 3}


def rejected_row(name: str) -> dict[str, Any]:
    who = {k: v for k, v in row(name).items() if k in ("id", "source_doc", "subject", "role")}
    return {**who, "reason": "too_short", "detail": "", "text": SECRET_TEXT}


def rows_of(tag: str, count: int = 20) -> list[dict[str, Any]]:
    return [row(f"{tag}-{i}", f"text {tag}") for i in range(count)]


def manifest_of(staged: Staged, **more: Any) -> Manifest:
    part = staged.partition
    said = {"stage": staged.stage, "source": part.source, "day": part.day}
    return Manifest(**{**said, "data_version": staged.digest, "rows": staged.rows, "verdicts": {"gate": True}, **more})


def put(lake: Lake, part: Partition, rows: Sequence[dict[str, Any]], **more: Any) -> Staged:
    staged = lake.stage(STAGE, part, rows, MASKED_CORPUS)
    lake.publish(staged, manifest_of(staged, **more))
    return staged


def put_raw(lake: Lake, part: Partition, rows: Sequence[dict[str, Any]]) -> Staged:
    staged = lake.stage("raw_corpus", part, rows, RAW_CORPUS)
    rejected = lake.stage_rejected(staged, [rejected_row("r")], REJECTED)
    lake.publish(staged, manifest_of(staged, rejected={"too_short": 1}), rejected)
    return staged


def main(root: str, options: str, sources: str, tag: str, rounds: str) -> None:
    """Publish every source `rounds` times; say so on standard output after each commit."""
    lake = Lake(root, KEYS, json.loads(options))
    for turn in range(int(rounds)):
        for source in sources.split(","):
            put(lake, Partition(source, DAY), rows_of(f"{tag}{turn}"))
            sys.stdout.write(f"{source} {turn}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
