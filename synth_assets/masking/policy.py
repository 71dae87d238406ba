"""What the masking stage may be told: detectors, an action for each type, mask plan, refilling.

How each setting is carried out belongs to the module that reads it.
"""

import re
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, model_validator

from resources.config import StrictModel
from synth_assets.differential_privacy.rewriting.policy import DpRewritingPolicy
from synth_assets.masking.kinds.custom import CustomType
from synth_assets.masking.kinds.generalization import Generalization
from synth_assets.masking.mentions import Detector
from synth_assets.masking.presets import PresetName, merged, packaged_presets

Action = Literal["surrogate", "mask", "generalize", "keep"]

_CUSTOM_NAME = re.compile(r"[A-Z]+(?:_[A-Z]+)*")
GENERALIZABLE = frozenset({"date", "age", "postcode", "location", "nationality"})


class Actions(StrictModel):
    """What is done with each type of identifier."""

    person: Action = Field("surrogate", description="Names of people")
    organization: Action = Field("surrogate", description="Organizations with a distinctive name")
    location: Action = Field("surrogate", description="Countries, cities, places")
    name: Action = Field("surrogate", description="Names of unknown kind: a capital inside an English sentence")
    nationality: Action = Field("surrogate", description="Nationalities, peoples, religions, migration")
    date: Action = Field("surrogate", description="Dates, months, years")
    age: Action = Field("surrogate", description="Ages; from 90 on they are always grouped")
    quantity: Action = Field("surrogate", description="Amounts of money, durations, measures, counts")
    profession: Action = Field("surrogate", description="Occupations, ranks and posts of somebody")
    health: Action = Field("surrogate", description="Illnesses, injuries, disabilities, treatments")
    family: Action = Field("surrogate", description="Family status: married, a widow, single parents")
    orientation: Action = Field("surrogate", description="Sexual orientation and gender identity")
    politics: Action = Field("surrogate", description="Political convictions")
    address: Action = Field("surrogate", description="Street addresses, boxes, units")
    postcode: Action = Field("surrogate", description="Postal codes")
    email: Action = Field("surrogate", description="E-mail addresses")
    url: Action = Field("surrogate", description="URLs and domain names")
    handle: Action = Field("surrogate", description="User names of networks")
    phone: Action = Field("surrogate", description="Telephone and fax numbers")
    ip: Action = Field("surrogate", description="IPv4 and IPv6 addresses")
    mac: Action = Field("surrogate", description="Hardware addresses")
    ssn: Action = Field("surrogate", description="US social security numbers, by shape")
    card: Action = Field("surrogate", description="Payment cards (Luhn)")
    iban: Action = Field("surrogate", description="Bank accounts (ISO 13616)")
    crypto: Action = Field("surrogate", description="Wallet addresses")
    id: Action = Field("surrogate", description="Record, account, licence, order and other identifiers")
    case: Action = Field("surrogate", description="Court applications, dockets, files")
    plate: Action = Field("surrogate", description="Vehicle registrations")

    @model_validator(mode="after")
    def _generalize_only_where_defined(self) -> "Actions":
        wrong = [name for name, action in self if action == "generalize" and name not in GENERALIZABLE]
        if wrong:
            raise ValueError(f"generalize is not defined for {wrong}, only for {sorted(GENERALIZABLE)}")
        return self

    def of(self, kind: str) -> str:
        """The action for a type in capitals, e.g. "PERSON"."""
        return str(getattr(self, kind.lower()))


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
        """What the report and the card say about surrogates."""
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


class PlanPolicy(StrictModel):
    """Which units a masked-LM trainer hides."""

    rate: float = Field(0.15, gt=0, lt=1, description="Expected share of what is maskable that is masked")
    rate_end: float | None = Field(
        None, gt=0, lt=1, description="Rate of the last epoch of training, reached linearly; none: `rate` throughout"
    )
    kind: Literal["token", "word", "span", "entity", "pmi"] = Field(
        "span",
        description="Single tokens (drawn when rendered), whole words, spans of words (SpanBERT), "
        "entities before words, or words and collocations (PMI-masking)",
    )
    punctuation: bool = Field(False, description="Whether punctuation marks are maskable")
    span_p: float = Field(0.2, gt=0, le=1, description="Parameter of the geometric span length, in units")
    span_max: int = Field(10, ge=1, description="Longest span, in units")
    span_law: Literal["clipped", "truncated"] = Field(
        "clipped",
        description="Spans above span_max: cut to it (mean 4.46), or drawn again as in SpanBERT's code (mean 3.80)",
    )
    pmi_min_count: int = Field(10, ge=2, description="Occurrences a collocation must have in the partition")
    pmi_coverage: float = Field(0.5, ge=0, le=1, description="Share of words that may be part of a collocation")
    mask_share: float = Field(0.8, ge=0, le=1, description="Share of units or spans shown as the mask token")
    random_share: float = Field(0.1, ge=0, le=1, description="Share shown as random tokens; the rest stays visible")

    @model_validator(mode="after")
    def _shares_fit(self) -> "PlanPolicy":
        if self.mask_share + self.random_share > 1:
            raise ValueError("mask_share + random_share must not exceed 1")
        return self


class RefillPolicy(StrictModel):
    """How many common words the masked LM replaces, and what it must be content with."""

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
    """How what was missed is estimated, and how much of it refuses publication."""

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
        return merged(preset.over(Actions.model_fields), data) if preset else data

    @model_validator(mode="after")
    def _custom_names_are_free(self) -> "MaskingPolicy":
        for name in self.custom:
            if not _CUSTOM_NAME.fullmatch(name):
                raise ValueError(f"custom.{name}: write the name in capitals A to Z, e.g. EMPLOYEE_NUMBER")
            if name.lower() in Actions.model_fields:
                raise ValueError(f"custom.{name}: a type of this name exists; state its action under actions")
        return self

    def action_of(self, kind: str) -> str:
        """The action for a type in capitals, built in or declared."""
        return self.custom[kind].action if kind in self.custom else self.actions.of(kind)

    @property
    def needs_zero_shot(self) -> bool:
        """Whether a declared type is found by the model of the role `zero_shot`."""
        return any(declared.model == "zero_shot" for declared in self.custom.values())
