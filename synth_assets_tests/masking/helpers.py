"""A letter, the models by rules, and the stage in one call."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from resources.keys import Keys
from resources.models.protocols import Candidate, Entity, Slot, Tag
from resources.progress import silent
from synth_assets.masking.audit import audit
from synth_assets.masking.detection.linking import occurs
from synth_assets.masking.policy import MaskingPolicy, PlanPolicy
from synth_assets.masking.stage import mask_corpus
from synth_assets.records import AuditResult, Output, Row

KEYS = Keys.from_secret(b"0" * 32)
LETTER = (
    "Dear Anna,\n\nMrs Anna Smith (born 3 May 1961, aged 47) lives at 12 Baker Street. Anna Smith's son saw SMITH on "
    "10 May 1961. Write to anna.smith@hospital.com or call (202) 456-1111; her SSN is 460-89-9847, card "
    "4111 1111 1111 1111, IBAN GB82 WEST 1234 5698 7654 32, host 8.8.8.8, MRN: 8843-221. The committee will "
    "consider the important question and provide support to every family member in the community this evening.\n\n"
    "Best regards,\nPeter Jones"
)


@dataclass
class RuleModels:
    """The roles the stage uses, by rules: enough where the statistics of a model do not matter."""

    answers: Sequence[str] = ("nothing",)
    slots: list[Slot] = field(default_factory=list)
    fingerprint: str = "rules"
    temperature: float = 1.0

    def __post_init__(self) -> None:
        self.recognizer = self.masked_lm = self.tagger = self.encoder = self

    def tag(self, texts: Sequence[str]) -> list[list[Tag]]:
        return [[Tag(m.start(), m.end(), "X") for m in re.finditer(r"\w+", text)] for text in texts]

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        return np.ones((len(texts), 1), np.float32)

    def recognize(self, texts: Sequence[str]) -> list[list[Entity]]:
        names = {"Zebedee Quill": "PERSON", "Acme Widgets": "ORGANIZATION"}
        return [
            [Entity(a, b, kind, 0.85, "rules") for name, kind in names.items() for a, b in occurs(name, text)]
            for text in texts
        ]

    def fill(self, slots: Sequence[Slot], top_k: int = 10) -> list[list[Candidate]]:
        self.slots += slots
        words = [slot.text[slot.start : slot.end] for slot in slots]
        return [[Candidate(answer, -1.0) for answer in [word, *self.answers][:top_k]] for word in words]


def raw_document(text: str, name: str = "a") -> Row:
    """A raw document of split train."""
    return {"id": f"id-{name}", "source_doc": f"doc-{name}", "subject": "s", "role": "document", "split": "train",
            "text": text, "label": None, "language": "en"}  # fmt: skip


def audits(rows: Sequence[Row], raw: Sequence[Row], plan: PlanPolicy | None = None) -> dict[str, AuditResult]:
    """Audit results by name."""
    texts = {row["source_doc"]: row["text"] for row in raw}
    return {result.name: result for result in audit(rows, texts.get, plan or PlanPolicy())}


def mask_texts(*texts: str, models: Any = None, keys: Keys = KEYS, seed: int = 7, **policy: Any) -> Output:
    """What the stage makes of some texts under the settings of `policy`, without the detector "presidio"."""
    settings = {"detectors": ("pattern", "ner", "cue", "gazetteer")} | policy
    rows = [raw_document(text, str(i)) for i, text in enumerate(texts)]
    return mask_corpus(rows, MaskingPolicy.parse(settings, "masking"), seed, keys, models or RuleModels(), silent)
