"""Selects and orders the texts that represent each stage, and the holdout texts to test on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from synth_assets.privacy.evidence.passages import Passage, pick, split_raw
from synth_assets.privacy.stages import RELEASED
from synth_assets.records import Row
from synth_assets.text.draws import order_key

PURPOSE = "synth_assets.privacy.utility"  # of seeded orders and random numbers
FEWEST = 20
"""Minimum texts of a stage; a smaller stage would reduce the size of all comparisons."""
PUBLIC = "public text"
"""The pool of texts that never saw the corpus: the floor of every measure."""
CONTROL = "control split"
"""The pool of real documents that took no part."""
HEAD_WORDS = 200
"""Words of a text that are embedded or train a classifier; words read per subject."""


@dataclass(frozen=True, eq=False)
class Pool:
    """Distinct texts, first one per subject, then the others, both in hash order; `labels` by passage id."""

    passages: tuple[Passage, ...]
    labels: Mapping[str, str]


@dataclass(frozen=True, eq=False)
class Pools:
    """Texts to compare (`arms`: the stages, `PUBLIC` and `CONTROL`) and the real `holdout` to test on.

    A pool of fewer than `FEWEST` texts is empty.
    """

    arms: Mapping[str, Pool]
    holdout: Pool

    @classmethod
    def of(cls, raw: Sequence[Row], stages: Mapping[str, Sequence[Row]], public: Sequence[str]) -> "Pools":
        """Build the pools without canaries; the order of the rows does not matter.

        Args:
            raw: RAW_CORPUS rows, including the holdout and control splits. A stage's row without a label takes the
                label of its source document.
            stages: rows by stage name. The text of an instruction row is its input, or its output if the input is
                empty; that of any other row is `text`.
            public: texts unrelated to the corpus.
        """
        sides = split_raw(raw).sides
        labels = {str(r["source_doc"]): str(r["label"]) for r in raw if r.get("label")}
        named = {str(r["id"]): str(r["label"]) for r in raw if r.get("label")}
        invented = [Passage(key, key, text) for text in public for key in [order_key(PURPOSE, text)]]
        arms = {stage: _stage_pool(stage, rows, labels) for stage, rows in stages.items()}
        arms |= {PUBLIC: _pool(invented, {}), CONTROL: _pool(sides["control"], {})}
        return cls(arms, _pool(sides["holdout"], named))


def head(text: str) -> str:
    """The first `HEAD_WORDS` words of a text."""
    return " ".join(text.split()[:HEAD_WORDS])


def _stage_pool(stage: str, rows: Sequence[Row], labels: Mapping[str, str]) -> Pool:
    documents = [r for r in rows if r["role"] != "canary"]
    texts = [(r["input"] or r["output"]) if stage == RELEASED.name else r["text"] for r in documents]
    passages = [Passage(str(r["id"]), str(r["subject"]), str(t)) for r, t in zip(documents, texts, strict=True)]
    own = {str(r["id"]): r.get("label") or labels.get(str(r["source_doc"])) for r in documents}
    return _pool(passages, {key: str(label) for key, label in own.items() if label})


def _pool(passages: Sequence[Passage], labels: Mapping[str, str]) -> Pool:
    distinct: dict[str, Passage] = {}
    for passage in sorted(passages, key=lambda p: p.id):
        if passage.text.strip():
            distinct.setdefault(passage.text, passage)
    first = pick(list(distinct.values()), len(distinct))
    taken = {p.text for p in first}
    others = [p for p in distinct.values() if p.text not in taken]
    others.sort(key=lambda p: (order_key(PURPOSE, p.id), p.text))
    ordered = (*first, *others)
    return Pool(ordered if len(ordered) >= FEWEST else (), labels)
