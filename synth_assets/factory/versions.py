"""Code versions: a digest of everything that shapes a stage's output, apart from its input.

Data versions (the hash of the content) belong to the lake.
"""

import hashlib
from collections.abc import Iterable, Mapping

from resources.code import code_digest

_SHARED = ("resources.lake.store", "synth_assets.factory.gate")
_METHODS: Mapping[str, tuple[str, ...]] = {
    "raw_corpus": ("synth_assets.corpus.build",),
    "masked_corpus": ("synth_assets.masking.stage", "synth_assets.masking.audit", "synth_assets.masking.missed.report"),
    "adapted_masked_lm": ("synth_assets.adaptation.stage",),
    "augmented_corpus": ("synth_assets.augmentation.stage", "synth_assets.augmentation.audits"),
    "instruction_set": ("synth_assets.instructions.build", "synth_assets.instructions.audits"),
    "privacy_report": ("synth_assets.privacy.measure", "synth_assets.sample.documents"),
}


def code_version(stage: str, parts: Iterable[str]) -> str:
    """Digest of the stage's code and of `parts` (policy, suite and model digests), 16 hex digits."""
    digest = hashlib.sha256(code_digest(*_SHARED, *_METHODS[stage]).encode())
    for part in parts:
        digest.update(f"\0{part}".encode())
    return digest.hexdigest()[:16]
