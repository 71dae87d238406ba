"""Which texts speak for a stage, in which order they are used up, and who is asked: the texts before any is measured.

Matching the sizes of what is compared belongs to each comparison.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from synth_assets.privacy.evidence.passages import Passage, pick, split_raw
from synth_assets.privacy.stages import RELEASED
from synth_assets.records import Row

FEWEST = 20
"""Texts below which a stage is not compared: it would also shrink everything it is compared with."""
HEAD_WORDS = 200
"""Words of a text that are embedded or train a classifier, and words of a subject that are read."""


@dataclass(frozen=True, eq=False)
class Pool:
    """Distinct texts, one of each subject first and then the others, both by hash; `labels` by passage id."""

    passages: tuple[Passage, ...]
    labels: Mapping[str, str]


@dataclass(frozen=True, eq=False)
class Pools:
    """What is compared: `stages`, the `public` floor and the `control` split, with the real `holdout` that asks.

    A stage, floor or split of fewer than `FEWEST` texts is empty.
    """

    stages: Mapping[str, Pool]
    public: Pool
    control: Pool
    holdout: Pool

    @classmethod
    def of(cls, raw: Sequence[Row], stages: Mapping[str, Sequence[Row]], public: Sequence[str]) -> "Pools":
        """Sort out the texts; canaries are left out, and the order of the rows does not matter.

        Args:
            raw: RAW_CORPUS rows with the splits holdout and control. A stage's row without a label has
                that of its source document.
            stages: rows by stage name. Of an instruction row the input counts, or else the output; of any
                other row `text`.
            public: texts that never saw the corpus.
        """
        sides = split_raw(raw).sides
        labels = {str(r["source_doc"]): str(r["label"]) for r in raw if r.get("label")}
        named = {str(r["id"]): str(r["label"]) for r in raw if r.get("label")}
        invented = [Passage(key, key, text) for text in public for key in [_lot(text)]]
        return cls(
            {stage: _stage_pool(stage, rows, labels) for stage, rows in stages.items()},
            _pool(invented, {}),
            _pool(sides["control"], {}),
            _pool(sides["holdout"], named),
        )


def head(text: str) -> str:
    """The first `HEAD_WORDS` words of a text."""
    return " ".join(text.split()[:HEAD_WORDS])


def _stage_pool(stage: str, rows: Sequence[Row], labels: Mapping[str, str]) -> Pool:
    documents = [r for r in rows if r["role"] != "canary"]
    passages = [Passage(str(r["id"]), str(r["subject"]), _text(stage, r)) for r in documents]
    own = {str(r["id"]): r.get("label") or labels.get(str(r["source_doc"])) for r in documents}
    return _pool(passages, {key: str(label) for key, label in own.items() if label})


def _text(stage: str, row: Row) -> str:
    return str((row["input"] or row["output"]) if stage == RELEASED.name else row["text"])


def _pool(passages: Sequence[Passage], labels: Mapping[str, str]) -> Pool:
    distinct: dict[str, Passage] = {}
    for passage in sorted(passages, key=lambda p: p.id):
        if passage.text.strip():
            distinct.setdefault(passage.text, passage)
    first = pick(list(distinct.values()), len(distinct))
    taken = {p.text for p in first}
    others = sorted((p for p in distinct.values() if p.text not in taken), key=lambda p: (_lot(p.id), p.text))
    ordered = (*first, *others)
    return Pool(ordered if len(ordered) >= FEWEST else (), labels)


def _lot(key: str) -> str:
    return sha256(f"synth_assets.privacy.utility/{key}".encode()).hexdigest()
