"""The texts that the report compares: raw documents by side, and what each stage would show an attacker."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from synth_assets.privacy.stages import STAGES
from synth_assets.records import Row
from synth_assets.text.draws import order_key

Side = Literal["train", "holdout", "control", "planted", "kept_out"]

_PURPOSE = "synth_assets.privacy.pick"


@dataclass(frozen=True)
class Passage:
    """One text of one subject. `pair`: the number that a raw canary shares with its twin."""

    id: str
    subject: str
    text: str
    canary: bool = False
    pair: int | None = None


@dataclass(frozen=True)
class Corpus:
    """Raw passages by side: documents in train, holdout and control, canaries in planted and kept_out."""

    sides: Mapping[Side, tuple[Passage, ...]]

    @property
    def entered(self) -> tuple[Passage, ...]:
        """What went into the pipeline: the documents of train and the planted canaries."""
        return self.sides["train"] + self.sides["planted"]

    @property
    def passages(self) -> tuple[Passage, ...]:
        """All passages, side after side."""
        return tuple(p for side in self.sides.values() for p in side)

    @property
    def side_of(self) -> tuple[Side, ...]:
        """The side of each passage in `passages`."""
        return tuple(side for side, passages in self.sides.items() for _ in passages)


def split_raw(rows: Sequence[Row]) -> Corpus:
    """Sort RAW_CORPUS rows into sides, by id inside a side."""
    sides: dict[Side, list[Passage]] = {"train": [], "holdout": [], "control": [], "planted": [], "kept_out": []}
    for row in sorted(rows, key=lambda r: str(r["id"])):
        canary = row["role"] == "canary"
        side = row["split"] if not canary else "kept_out" if row["split"] == "canary_out" else "planted"
        if side in sides:
            pair = json.loads(row["params"])["pair"] if canary else None
            sides[side].append(Passage(row["id"], row["subject"], row["text"], canary, pair))
    return Corpus({side: tuple(passages) for side, passages in sides.items()})


def stage_passages(stage: str, rows: Sequence[Row]) -> tuple[Passage, ...]:
    """The texts of a stage's rows, by id; a row with several text columns gives several passages."""
    (texts,) = [s.texts for s in STAGES if s.name == stage]
    return tuple(
        Passage(row["id"], row["subject"], text, row["role"] == "canary")
        for row in sorted(rows, key=lambda r: str(r["id"]))
        for text in texts(row)
    )


def pick(passages: Sequence[Passage], limit: int, prefer: frozenset[str] = frozenset()) -> list[Passage]:
    """One passage a subject, at most `limit` subjects, chosen by hash; subjects in `prefer` come first.

    A prolific subject has one vote like everybody else. The input order does not matter.
    """
    chosen: dict[str, Passage] = {}
    for passage in sorted(passages, key=lambda p: (order_key(_PURPOSE, p.id), p.text)):
        chosen.setdefault(passage.subject, passage)
    subjects = sorted(chosen, key=lambda s: (s not in prefer, order_key(_PURPOSE, s)))
    return [chosen[s] for s in subjects[:limit]]
