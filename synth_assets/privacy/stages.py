"""The stages that the report attacks, and the two control releases that test the report itself."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from synth_assets.records import Row


@dataclass(frozen=True)
class AttackedStage:
    """One attacked stage.

    Attributes:
        name: of the stage and its table.
        label: what the page calls it.
        texts: what an attacker would read of one row.
        inherits: earlier stages whose leaks this one may pass on; they do not count against it.
    """

    name: str
    label: str
    texts: Callable[[Row], Sequence[str]]
    inherits: tuple[str, ...] = ()


RAW = AttackedStage("raw_corpus", "raw", lambda row: (row["text"],))
MASKED = AttackedStage("masked_corpus", "masked", lambda row: (row["text"], row["refilled_text"]))
AUGMENTED = AttackedStage("augmented_corpus", "augmented", lambda row: (row["text"],), (MASKED.name,))
RELEASED = AttackedStage(
    "instruction_set",
    "instructions",
    lambda row: tuple(text for text in (row["instruction"], row["input"], row["output"]) if text),
    (MASKED.name, AUGMENTED.name),
)
STAGES = (RAW, MASKED, AUGMENTED, RELEASED)
"""In the order of the data flow. Only the last one leaves, so only its statistics block."""

NEGATIVE = "negative_control"
"""Real text that took no part, treated as a release: every gate must pass."""
POSITIVE = "positive_control"
"""The release with raw documents mixed in: at least one gate must fail."""
CONTROL_RELEASE = "control_release"
"""The test that says whether a control release behaved."""

LABELS: Mapping[str, str] = {s.name: s.label for s in STAGES} | {NEGATIVE: "control −", POSITIVE: "control +"}
EVERYWHERE = tuple(LABELS)
ALL_BUT_NEGATIVE = tuple(name for name in LABELS if name != NEGATIVE)
ALL_BUT_POSITIVE = tuple(name for name in LABELS if name != POSITIVE)
