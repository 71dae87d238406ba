"""Settings of the masking stage: detectors, an action for each type, surrogates, mask plan, refilling."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml
from pydantic import Field, create_model, model_validator

from resources.config import StrictModel
from synth_assets.differential_privacy.rewriting.policy import DpRewritingPolicy
from synth_assets.masked_lm.policy import PlanPolicy
from synth_assets.masking.kinds.custom import CustomType
from synth_assets.masking.kinds.kind import Action, Generalization, Kind
from synth_assets.masking.kinds.registry import kinds
from synth_assets.masking.mentions import Detector

PresetName = Literal["minimal", "standard", "careful", "strict", "hipaa-safe-harbor"]

_CUSTOM_NAME = re.compile(r"[A-Z]+(?:_[A-Z]+)*")
_KEYS: dict[str, Any] = {k.key: (Action, Field(k.action, description=k.title)) for k in kinds().values()}
_Keys: Any = create_model("_Keys", __base__=StrictModel, **_KEYS)


class Actions(_Keys):
    """What is done with each type of identifier: one key for each kind of `synth_assets.masking.kinds`."""

    @model_validator(mode="after")
    def _generalize_only_where_defined(self) -> "Actions":
        possible = sorted(kind.key for kind in kinds().values() if kind.generalize)
        wrong = [name for name, action in self if action == "generalize" and name not in possible]
        if wrong:
            raise ValueError(f"generalize is not defined for {wrong}, only for {possible}")
        return self


class SurrogatePolicy(StrictModel):
    """How far one value keeps one surrogate."""

    scope: Literal["document", "corpus"] = Field(
        "document",
        description="Where a value has one surrogate: inside a document, or in all documents of a source, which links "
        "them, keeps an encrypted mapping, and needs a purpose; dates and ages stay by document",
    )
    purpose: str = Field(
        "", max_length=500, description="Why documents must stay linked (scope corpus); the report and the card say it"
    )
    consistency: Literal["consistent", "markov"] = Field(
        "consistent",
        description="One surrogate an entity, or a chain (BRATsynthetic): each further mention keeps the last one or "
        "draws a new one; dates, ages, quantities and what comes from closed lists stay consistent",
    )
    keep: float = Field(0.5, ge=0, le=1, description="Probability that a mention keeps the last surrogate (markov)")

    @model_validator(mode="after")
    def _purpose_and_scope_agree(self) -> "SurrogatePolicy":
        if self.scope == "corpus" and not self.purpose.strip():
            raise ValueError("scope corpus links the documents of a source: state its purpose")
        if self.scope == "document" and self.purpose.strip():
            raise ValueError("a purpose is stated for scope corpus only: scope document links nothing")
        if self.scope == "corpus" and self.consistency == "markov":
            raise ValueError("scope corpus needs consistency consistent: a chain draws anew inside a document")
        return self

    @property
    def statement(self) -> str:
        """The statement about surrogates in the report and the card."""
        if self.scope == "corpus":
            return (
                "One value has one surrogate in all documents of its source, which links them, for this purpose: "
                f"{' '.join(self.purpose.split())}. An encrypted mapping from keyed hashes to surrogates is kept apart "
                "from the data; with it and the secret the rows are pseudonymous, not anonymous"
            )
        if self.consistency == "markov":
            return (
                "Surrogates do not agree across documents. Inside a document each further mention keeps the last "
                f"surrogate with probability {self.keep:g} and gets a new one otherwise; no mapping is kept"
            )
        return "One value has one surrogate inside a document and another one in any other; no mapping is kept"


class RefillPolicy(StrictModel):
    """How many common words the masked LM replaces, and how well they must fit."""

    per_document: int = Field(2, ge=0, description="Words refilled in a document; one costs about 0.2 s on a CPU")
    top_k: int = Field(12, ge=1, le=100, description="Candidates asked from the masked LM for each word")
    min_length: int = Field(4, ge=2, description="Shortest word that may be refilled, in characters")
    context: int = Field(240, ge=20, description="Characters of context shown on each side, at least")
    rounds: int = Field(
        2, ge=1, description="Rounds of mask-predict: the surest words are written first, the others asked for again"
    )
    min_similarity: float = Field(
        0.92, ge=-1, le=1, description="Least cosine of the words around, before and after, by the sentence encoder"
    )


class MissedPolicy(StrictModel):
    """How missed identifiers are estimated, and how many refuse publication."""

    max_per_million: float = Field(
        50_000, ge=0, description="Identifiers missed in a million words, estimated, above which nothing is published"
    )
    min_recall: float = Field(
        0.5, ge=0, le=1, description="Share of the planted identifiers of every type that must be found"
    )
    documents: int = Field(200, ge=0, description="Documents copied to plant identifiers in; 0: nothing is planted")
    min_planted: int = Field(20, ge=1, description="Planted identifiers of a type from which their recall counts")
    required: bool = Field(
        False, description="Whether a type whose misses cannot be estimated refuses publication too; else it warns"
    )


class MaskingPolicy(StrictModel):
    """Settings of the masked_corpus stage: those of a preset, and what is stated over them."""

    preset: PresetName = Field(
        "standard", description="Where the other keys start from; what each says: `synth-assets policy presets`"
    )
    detectors: tuple[Detector, ...] = Field(
        ("pattern", "presidio", "ner", "cue", "gazetteer"), description="Detectors whose findings are united"
    )
    min_score: float = Field(0.4, ge=0, le=1, description="Findings below this score are ignored")
    actions: Actions = Field(default_factory=Actions, description="Action for each type")
    generalization: Generalization = Field(
        "coarse", description="How generalize treats dates, ages and postal codes; safe_harbor: by 45 CFR 164.514(b)(2)"
    )
    custom: Mapping[str, CustomType] = Field(
        default_factory=dict,
        description="Types of your own, by a name in capitals: pattern, words or label, and action",
    )
    surrogates: SurrogatePolicy = Field(
        default_factory=SurrogatePolicy, description="How far one value keeps one surrogate"
    )
    max_date_shift_days: int = Field(728, ge=196, description="Largest date shift; one multiple of 7 a document")
    max_identifier_share: float = Field(
        0.7, gt=0, le=1, description="A document is rejected when more of its characters than this are identifiers"
    )
    batch_size: int = Field(32, ge=1, description="Documents a model call")
    plan: PlanPolicy = Field(default_factory=PlanPolicy, description="Mask plan for masked-LM training")
    refill: RefillPolicy = Field(default_factory=RefillPolicy, description="Refilling of common words")
    dp_rewriting: DpRewritingPolicy = Field(
        default_factory=DpRewritingPolicy, description="Experiment: differentially private copies in `dp_text`"
    )
    missed: MissedPolicy = Field(default_factory=MissedPolicy, description="Estimate of what was missed, and its floor")

    @model_validator(mode="before")
    @classmethod
    def _from_preset(cls, data: Any) -> Any:
        """Put what is stated over the preset; a preset that does not exist is left for the field to refuse."""
        if not isinstance(data, Mapping):
            return data
        name = data.get("preset", "standard")
        preset = packaged_presets().get(name) if isinstance(name, str) else None
        return merged(preset.over(kinds().values()), data) if preset else data

    @model_validator(mode="after")
    def _custom_names_are_free(self) -> "MaskingPolicy":
        for name in self.custom:
            if not _CUSTOM_NAME.fullmatch(name):
                raise ValueError(f"custom.{name}: write the name in capitals A to Z, e.g. EMPLOYEE_NUMBER")
            if name in kinds():
                raise ValueError(f"custom.{name}: a type of this name exists; state its action under actions")
        return self

    def action_of(self, kind: str) -> str:
        """The action for a type in capitals, built in or declared."""
        return self.custom[kind].action if kind in self.custom else str(getattr(self.actions, kind.lower()))

    @property
    def needs_zero_shot(self) -> bool:
        """Whether a declared type is found by the model of the role `zero_shot`."""
        return any(declared.model == "zero_shot" for declared in self.custom.values())


class Preset(StrictModel):
    """A named start of a masking policy."""

    about: str = Field(description="What it is for, in one sentence")
    direct: Action | None = Field(None, description="Action of direct identifiers; none: that of `others`")
    others: Action | None = Field(None, description="Action of every type that is not named; none: the type's own")
    settings: Mapping[str, Any] = Field(description="Keys of the masking section")

    def over(self, kinds: Iterable[Kind]) -> dict[str, Any]:
        """The settings with an action for each of `kinds`."""
        usual = {kind.key: (self.direct if kind.direct else None) or self.others or kind.action for kind in kinds}
        return {**self.settings, "actions": {**usual, **self.settings.get("actions", {})}}


@cache
def packaged_presets() -> Mapping[str, Preset]:
    """The presets of `presets.yaml`, in its order; the names are those of PresetName."""
    text = files("synth_assets.masking").joinpath("presets.yaml").read_text(encoding="utf-8")
    return {name: Preset.parse(body, f"presets.yaml: {name}") for name, body in yaml.safe_load(text).items()}


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`base` with the keys of `over`; mappings are merged key by key."""
    both = {
        key: merged(base[key], value) if isinstance(base.get(key), Mapping) and isinstance(value, Mapping) else value
        for key, value in over.items()
    }
    return {**base, **both}
