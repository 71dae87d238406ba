"""The policy of a factory: one strict section a stage, assembled here and read from one YAML file.

Each section is declared in its method package, where its defaults and bounds are documented.
"""

import hashlib
import json
from collections.abc import Iterable
from functools import reduce
from operator import getitem
from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from resources.config import StrictModel, read_yaml
from synth_assets.adaptation.policy import AdaptationPolicy
from synth_assets.augmentation.policy import AugmentationPolicy
from synth_assets.corpus.policy import CorpusPolicy
from synth_assets.instructions.policy import InstructionPolicy
from synth_assets.masking.policy import MaskingPolicy
from synth_assets.modes import ReleasePolicy
from synth_assets.privacy.policy import PrivacyPolicy
from synth_assets.synthesis.policy import SynthesisPolicy


class Policy(StrictModel):
    """Everything a data-protection officer decides, in one file."""

    seed: int = Field(7, description="Seed of every random choice that is not keyed by the vault")
    release: ReleasePolicy = Field(default_factory=ReleasePolicy, description="The mode of the release")
    corpus: CorpusPolicy = Field(default_factory=CorpusPolicy, description="Reading, cleaning, splitting")
    masking: MaskingPolicy = Field(default_factory=MaskingPolicy, description="Identifiers, masks, refilling")
    adaptation: AdaptationPolicy = Field(
        default_factory=AdaptationPolicy, description="LoRA of the masked LM, optional"
    )
    synthesis: SynthesisPolicy = Field(default_factory=SynthesisPolicy, description="Synthesized documents")
    augmentation: AugmentationPolicy = Field(default_factory=AugmentationPolicy, description="Rewriting, filters")
    instructions: InstructionPolicy = Field(default_factory=InstructionPolicy, description="Tasks, splits, exports")
    privacy: PrivacyPolicy = Field(default_factory=PrivacyPolicy, description="Attacks, controls, the verdict")

    @model_validator(mode="after")
    def _masked_text_is_quoted_in_mode_rewritten_only(self) -> Self:
        if self.release.mode != "rewritten" and self.instructions.text.quotes_masked:
            raise ValueError(
                f"instructions.text.kinds asks for masked text, which mode {self.release.mode} never quotes: remove "
                "the key, or release in mode rewritten"
            )
        return self

    @model_validator(mode="after")
    def _what_k_subjects_share_is_no_copy(self) -> Self:
        """Synthesis may write what k subjects share, and the report counts what fewer subjects share as a copy."""
        k, least = self.synthesis.sketch.k, self.privacy.boilerplate_subjects
        if self.release.mode == "synthesized" and k < least:
            raise ValueError(
                f"synthesis.sketch.k is {k} and privacy.boilerplate_subjects is {least}: words in a row that {k} "
                f"subjects share may be written, and the report would count them as copied; raise k to {least}, or "
                f"lower boilerplate_subjects to {k}"
            )
        return self

    @property
    def masking_without_refill(self) -> MaskingPolicy:
        """The masking section without refilling, which is slow and does not affect identifiers."""
        return self.masking.model_copy(update={"refill": self.masking.refill.model_copy(update={"per_document": 0})})


def load_policy(path: Path) -> Policy:
    """The policy of `path`, or the defaults where there is no file. Raises PolicyError that names the key."""
    return Policy.parse(read_yaml(path), path.name, path.parent) if path.is_file() else Policy()


def sections_digest(policy: Policy, keys: Iterable[str]) -> str:
    """Digest of the seed and of the sections at dotted `keys`: an unrelated edit leaves it alone."""
    whole = policy.model_dump(mode="json")
    sections = {key: reduce(getitem, key.split("."), whole) for key in keys}
    body = json.dumps({"seed": policy.seed, "sections": sections}, sort_keys=True)
    return hashlib.sha256(body.encode()).hexdigest()[:16]
