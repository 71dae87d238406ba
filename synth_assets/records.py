"""What flows between a stage's method and its asset, and the schema of every stage.

The lake checks a schema when rows are staged, and the asset shows it in Dagster's catalog.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

Row = dict[str, Any]


@dataclass(frozen=True)
class Rejected:
    """A row that did not pass, kept in the lake with its reason. `detail` never carries text of a document."""

    id: str
    source_doc: str
    subject: str
    role: str
    reason: str
    detail: str = ""
    text: str = ""
    label: str | None = None


@dataclass(frozen=True)
class Output:
    """What a stage produced: rows of its schema, rejected rows, and figures that are safe to show."""

    rows: list[Row]
    rejected: list[Rejected] = field(default_factory=list)
    figures: Mapping[str, int | float] = field(default_factory=dict)


@dataclass(frozen=True)
class AuditResult:
    """What an audit in code found: how many were checked, how many failed, and a sentence without any value."""

    name: str
    passed: bool
    checked: int
    failed: int
    sentence: str


FindDeclared = Callable[[Sequence[str]], list[list[tuple[int, int, str]]]]
"""[start, end) and type, in capitals, of what the policy's own types find in each text."""


def _nothing(texts: Sequence[str]) -> list[list[tuple[int, int, str]]]:
    return [[] for _ in texts]


@dataclass(frozen=True)
class InForce:
    """What the privacy report is told of the masking policy in force, so that it imports no masking module.

    Attributes:
        actions: in words, by type in capitals; empty where nothing is known.
        declared: types that the policy itself declares.
        find: finds the declared types that are to be hidden.
        safe_harbor: types by letter of 45 CFR 164.514(b)(2)(i), without those that the policy declares.
    """

    actions: Mapping[str, str] = field(default_factory=dict)
    declared: tuple[str, ...] = ()
    find: FindDeclared = _nothing
    safe_harbor: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


UNKNOWN = InForce()
"""Nothing is known of the masking policy."""


def _field(name: str, kind: pa.DataType, description: str, nullable: bool = False) -> pa.Field:
    return pa.field(name, kind, nullable, {"description": description})


def _struct(**kinds: pa.DataType) -> pa.DataType:
    return pa.struct([pa.field(name, kind, False) for name, kind in kinds.items()])


def _list(kind: pa.DataType) -> pa.DataType:
    return pa.list_(pa.field("item", kind, False))


_TEXT, _INT, _REAL = pa.string(), pa.int32(), pa.float32()
_WHO = [
    _field("id", pa.string(), "Keyed hash that names this row"),
    _field("source_doc", pa.string(), "Keyed hash of the source document the row descends from"),
    _field("subject", pa.string(), "Keyed hash of the person or case the source document is about"),
    _field("role", pa.string(), "document, or canary (a planted document that no person wrote)"),
]
_HOW = [
    _field("recipe", pa.string(), "How the row was made"),
    _field("params", pa.string(), "Parameters of the recipe, as JSON without text"),
    _field("scores", pa.map_(pa.string(), pa.float64()), "Scores of the filters the row passed"),
]
_LABEL = _field("label", pa.string(), "Class label of the document, where the source has one", nullable=True)
_LANGUAGE = _field("language", pa.string(), "ISO 639-1 code found by language identification")

RAW_CORPUS = pa.schema(
    [
        *_WHO,
        _field("split", pa.string(), "train, holdout, control, or canary_out (a canary that is never planted)"),
        _field("text", pa.string(), "Normalized text: the most dangerous column of the lake"),
        _LABEL,
        _LANGUAGE,
        _field("cluster", pa.string(), "Near-duplicate cluster; its members share one split"),
        _field("text_hash", pa.string(), "Keyed hash of the folded text, for exact duplicates"),
        _field("words", pa.int32(), "Number of words"),
        *_HOW,
    ]
)

SPAN = _struct(
    start=_INT,
    end=_INT,
    type=_TEXT,
    score=_REAL,
    detector=_TEXT,
    action=_TEXT,
    entity=_INT,
    out_start=_INT,
    out_end=_INT,
)
MASK = _struct(start=_INT, end=_INT, kind=_TEXT, unit=_INT, corruption=_TEXT)
EDIT = _struct(start=_INT, end=_INT, out_start=_INT, out_end=_INT, score=_REAL)

MASKED_CORPUS = pa.schema(
    [
        *_WHO,
        _field("text", pa.string(), "Text with every detected identifier replaced by a surrogate"),
        _field("refilled_text", pa.string(), "`text` with some common words refilled by the masked LM"),
        _field(
            "dp_text",
            pa.string(),
            "Experiment: `text` rewritten with differential privacy, drawn once; no other stage reads it",
            nullable=True,
        ),
        _LABEL,
        _LANGUAGE,
        _field(
            "spans",
            _list(SPAN),
            "Every decision: [start, end) in the raw text, [out_start, out_end) in `text`, type, score, detector, "
            "action, entity (mentions of one entity share it)",
        ),
        _field(
            "masks",
            _list(MASK),
            "Mask plan for masked-LM training: character spans of `text`, kind, unit, corruption (mask/random/keep)",
        ),
        _field(
            "refills",
            _list(EDIT),
            "Refilled words: [start, end) in `text`, [out_start, out_end) in `refilled_text`, score",
        ),
        *_HOW,
    ]
)

AUGMENTED_CORPUS = pa.schema(
    [
        *_WHO,
        _field("parent", pa.string(), "id of the masked_corpus row it was made from"),
        _field("text", pa.string(), "Augmented text"),
        _LABEL,
        _LANGUAGE,
        _field("sentences", pa.int32(), "Sentences in the text"),
        _field("sentences_changed", pa.int32(), "Sentences that differ from the parent"),
        *_HOW,
    ]
)

MESSAGE = _struct(role=_TEXT, content=_TEXT)
GROUNDING = _struct(start=_INT, end=_INT)

INSTRUCTION_SET = pa.schema(
    [
        *_WHO,
        _field(
            "parent",
            pa.string(),
            "id of the augmented row whose text it is about, or in mode rewritten of a masked row",
        ),
        _field("task", pa.string(), "Name of the instruction task"),
        _field("instruction", pa.string(), "What is asked"),
        _field("input", pa.string(), "The text it is asked about; may be empty"),
        _field("output", pa.string(), "The answer: a span of the input or built from it"),
        _field("messages", _list(MESSAGE), "The same as chat messages"),
        _field("split", pa.string(), "train, validation or test"),
        _field("component", pa.string(), "Connected component (source document, near-duplicates, subject)"),
        _field("grounding", _list(GROUNDING), "Character spans of `input` that the answer rests on"),
        *_HOW,
    ]
)

PRIVACY_REPORT = pa.schema(
    [
        _field("id", pa.string(), "stage/test/slice"),
        _field("stage", pa.string(), "The stage that was attacked"),
        _field("test", pa.string(), "The test, e.g. identifier_replay"),
        _field("slice", pa.string(), "all, or the entity type / window length it is restricted to"),
        _field("value", pa.float64(), "The statistic", nullable=True),
        _field("unit", pa.string(), "What the value counts"),
        _field("n", pa.int64(), "Sample size behind the value"),
        _field("low", pa.float64(), "Lower end of the interval", nullable=True),
        _field("high", pa.float64(), "Upper end of the interval", nullable=True),
        _field("method", pa.string(), "How the interval was made, with its confidence"),
        _field("control", pa.float64(), "The same statistic on the holdout", nullable=True),
        _field("control_n", pa.int64(), "Sample size behind the control"),
        _field("p_value", pa.float64(), "One-sided p-value of no excess over the control", nullable=True),
        _field("detectable", pa.float64(), "Smallest excess that would be seen with 95 % power", nullable=True),
        _field("limit", pa.float64(), "The policy's limit (a proposal)", nullable=True),
        _field("status", pa.string(), "PASS, FAIL, UNAVAILABLE or STATED"),
        _field("blocking", pa.bool_(), "Whether FAIL or UNAVAILABLE blocks the release"),
        _field("sentence", pa.string(), "The result in words, without any value from a document"),
    ]
)

REJECTED = pa.schema(
    [
        *_WHO,
        _field("reason", pa.string(), "Why the row was rejected"),
        _field("detail", pa.string(), "More about the reason, without text of the document"),
        _field("text", pa.string(), "The rejected text, as dangerous as its stage"),
        _LABEL,
    ]
)
