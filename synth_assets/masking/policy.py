"""What the masking stage may be told: detectors, an action for each type, mask plan, refilling.

How each setting is carried out belongs to the module that reads it.
"""

from typing import Literal

from pydantic import Field, model_validator

from resources.config import StrictModel

Action = Literal["surrogate", "mask", "generalize", "keep"]
Detector = Literal["pattern", "presidio", "ner", "cue", "gazetteer"]

GENERALIZABLE = frozenset({"date", "age", "postcode", "location", "nationality"})


class Actions(StrictModel):
    """What is done with each type of identifier."""

    person: Action = Field("surrogate", description="Names of people")
    organization: Action = Field("surrogate", description="Organizations with a distinctive name")
    location: Action = Field("surrogate", description="Countries, cities, places")
    nationality: Action = Field("surrogate", description="Nationalities, religions, political groups")
    date: Action = Field("surrogate", description="Dates, months, years")
    age: Action = Field("surrogate", description="Ages; from 90 on they are always grouped")
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


class PlanPolicy(StrictModel):
    """Which characters a masked-LM trainer hides."""

    rate: float = Field(0.15, gt=0, lt=1, description="Expected share of maskable characters that is masked")
    kind: Literal["word", "span"] = Field("span", description="Whole words, or spans of words (SpanBERT)")
    span_p: float = Field(0.2, gt=0, le=1, description="Parameter of the geometric span length, in units")
    span_max: int = Field(10, ge=1, description="Longest span, in units")
    mask_share: float = Field(0.8, ge=0, le=1, description="Share of spans shown as the mask token")
    random_share: float = Field(0.1, ge=0, le=1, description="Share shown as random tokens; the rest stays visible")

    @model_validator(mode="after")
    def _shares_fit(self) -> "PlanPolicy":
        if self.mask_share + self.random_share > 1:
            raise ValueError("mask_share + random_share must not exceed 1")
        return self


class RefillPolicy(StrictModel):
    """How many common words the masked LM replaces, and what it must be content with."""

    per_document: int = Field(2, ge=0, description="Words refilled in a document; one costs about 0.3 s on a CPU")
    top_k: int = Field(12, ge=1, le=100, description="Candidates asked from the masked LM for each word")
    min_length: int = Field(4, ge=2, description="Shortest word that may be refilled, in characters")
    context: int = Field(240, ge=20, description="Characters of context shown on each side")


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
    """Settings of the masked_corpus stage."""

    detectors: tuple[Detector, ...] = Field(
        ("pattern", "presidio", "ner", "cue", "gazetteer"), description="Detectors whose findings are united"
    )
    min_score: float = Field(0.4, ge=0, le=1, description="Findings below this score are ignored")
    actions: Actions = Field(default_factory=Actions, description="Action for each type")
    max_date_shift_days: int = Field(728, ge=196, description="Largest date shift; one multiple of 7 a document")
    max_identifier_share: float = Field(
        0.7, gt=0, le=1, description="A document is rejected when more of its characters than this are identifiers"
    )
    batch_size: int = Field(32, ge=1, description="Documents a model call")
    plan: PlanPolicy = Field(default_factory=PlanPolicy, description="Mask plan for masked-LM training")
    refill: RefillPolicy = Field(default_factory=RefillPolicy, description="Refilling of common words")
    missed: MissedPolicy = Field(default_factory=MissedPolicy, description="Estimate of what was missed, and its floor")
