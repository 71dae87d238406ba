"""The roles a model can play: a protocol each, and `Models`, which declares them. Methods depend on nothing else.

Every call takes a batch and returns results in input order; the engine behind the role takes care of batches, devices,
caching and progress. `fingerprint` identifies weights and code, so that a cached result never stands in for another
model's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, Literal, Protocol, Self, TypeVar, overload

from resources.errors import DataError

if TYPE_CHECKING:
    import numpy as np

Part = TypeVar("Part")

Span = tuple[int, int]
"""Start and end of a piece of text in code points, half open."""


@dataclass(frozen=True)
class Slot:
    """A masked unit: `text[start:end]` is to be filled, no model reads the spans in `hidden`, the rest is context.

    Hidden spans overlap neither each other nor the unit.
    """

    text: str
    start: int
    end: int
    hidden: tuple[tuple[int, int], ...] = ()

    def shown(self, blank: str) -> "Slot":
        """The text as a model may see it: every hidden span and the unit itself are `blank`.

        Raises:
            DataError: spans that overlap or leave the text.
        """
        pieces: list[str] = []
        done = start = 0
        for first, last in sorted([*self.hidden, (self.start, self.end)]):
            if not done <= first <= last <= len(self.text):
                raise DataError("a masked slot lies outside its text or in another one")
            pieces.append(self.text[done:first])
            if (first, last) == (self.start, self.end):
                start = sum(map(len, pieces))
            pieces.append(blank)
            done = last
        return Slot("".join([*pieces, self.text[done:]]), start, start + len(blank))


@dataclass(frozen=True)
class Candidate:
    """A proposed filling and its log-probability in nats (comparable within one slot only)."""

    text: str
    score: float


@dataclass(frozen=True)
class Entity:
    """A span found by a recognizer: code point offsets, type, score in [0, 1], detector name."""

    start: int
    end: int
    type: str
    score: float
    detector: str


@dataclass(frozen=True)
class Tag:
    """A token's code point offsets and its part of speech in the tagger's own set (Penn Treebank for English)."""

    start: int
    end: int
    tag: str


@dataclass(frozen=True)
class Sampling:
    """How a causal LM samples. `temperature` 0 is greedy; `stop` strings end the output and are cut off."""

    max_new_tokens: int = 64
    temperature: float = 0.6
    top_k: int = 50
    top_p: float = 0.9
    stop: tuple[str, ...] = ()
    seed: int = 0


@dataclass(frozen=True)
class Likelihood:
    """Sum of token log-probabilities (nats) and the number of tokens it covers."""

    logprob: float
    tokens: int

    @property
    def mean(self) -> float:
        """Mean log-probability per token; 0.0 for an empty text."""
        return self.logprob / self.tokens if self.tokens else 0.0


@dataclass(frozen=True)
class Advice:
    """What a guide says of the next word.

    Attributes:
        chances: words with the probability that the guide gives them; their sum is below 1, and the model's own
            distribution has the rest (linear interpolation, Jelinek and Mercer, 1980).
        boosts: words whose log-odds are raised, in nats; lowered where negative.
        end: whether the text ends here (`now`), goes on in the same line (`later`), or as the model likes (`open`).
    """

    chances: Mapping[str, float] = field(default_factory=dict)
    boosts: Mapping[str, float] = field(default_factory=dict)
    end: Literal["open", "now", "later"] = "open"


class Guide(Protocol):
    """Steers a text while it is written: controlled generation at decoding time."""

    @property
    def key(self) -> str:
        """Names what the guide does, so that a cached result never stands in for another one's."""
        ...

    def advise(self, text: str) -> Advice:
        """What to do about the next word after `text`, the text written so far."""
        ...


class Identified(Protocol):
    """A model that names its weights, settings and code."""

    @property
    def fingerprint(self) -> str: ...


class MaskedLM(Identified, Protocol):
    """Fills masked units from both sides of the context."""

    @property
    def temperature(self) -> float:
        """Divides scores to calibrate them: the softmax is then how often a candidate is the hidden word."""
        ...

    def fill(self, slots: Sequence[Slot], top_k: int = 10) -> list[list[Candidate]]:
        """Candidates for each slot, best first; the hidden text is never read."""
        ...


class CausalLM(Identified, Protocol):
    """Continues text and scores it."""

    def generate(
        self,
        prompts: Sequence[str],
        sampling: Sampling,
        seeds: Sequence[int] | None = None,
        guides: Sequence[Guide] | None = None,
    ) -> list[str]:
        """One continuation for each prompt. A sample depends on (prompt, sampling, seed, guide) only, not on the batch.

        Prompts that begin alike cost little more than what they do not share, and a prompt that occurs with several
        seeds is read once: ask for all of them in one call.

        Args:
            prompts: texts to continue.
            sampling: how all of them are sampled.
            seeds: one for each prompt; default: that of `sampling`.
            guides: one for each prompt; default: none. An endpoint writes without.
        """
        ...

    def log_likelihood(self, texts: Sequence[str], prefixes: Sequence[str] | None = None) -> list[Likelihood]:
        """Log p(text | prefix) for each text; the prefix (default: none) is not counted."""
        ...

    def span_likelihoods(self, texts: Sequence[str], spans: Sequence[Sequence[Span]]) -> list[list[Likelihood]]:
        """Log p of each span given all before it in its text, which is read once for all its spans.

        A span, half open and in code points, holds the tokens that begin in it; one that begins with the space before
        a word holds all tokens of the word.
        """
        ...

    def render_chat(self, messages: Sequence[Mapping[str, str]], add_generation_prompt: bool = False) -> str:
        """The model's own chat template applied to `{"role", "content"}` messages."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]: ...


class TokenStream(Protocol):
    """Continuations that grow one token at a time, one in each row."""

    def top(self, count: int) -> "tuple[np.ndarray, np.ndarray]":
        """Ids and log p of the pad and of the `count` - 1 likeliest other drawable tokens, both (rows, count)."""
        ...

    def at(self, tokens: "np.ndarray") -> "np.ndarray":
        """Log p of the next token being each of `tokens` (rows, candidates)."""
        ...

    def append(self, tokens: "np.ndarray") -> None:
        """Append one token to each row; ids (rows,)."""
        ...


class TokenModel(Protocol):
    """The causal LM, for methods that draw tokens themselves; nothing is cached."""

    @property
    def pad(self) -> int:
        """The token that marks an empty position."""
        ...

    def encode(self, texts: Sequence[str]) -> list[list[int]]: ...

    def decode(self, rows: Sequence[Sequence[int]]) -> list[str]:
        """Texts of token ids, pads removed."""
        ...

    def similarity(self, tokens: "np.ndarray", candidates: "np.ndarray") -> "np.ndarray":
        """Cosines of tokens (rows,) with their candidates (rows, candidates)."""
        ...

    def open(self, contexts: Sequence[Sequence[int]], width: int, room: int) -> TokenStream:
        """Start one continuation for each context of at most `width` tokens, with room for `room` new tokens."""
        ...


class Translator(Identified, Protocol):
    """Translates single sentences."""

    def translate(self, sentences: Sequence[str], source: str, target: str) -> list[str]:
        """Languages as ISO 639-1 codes. Raises PolicyError for an unsupported pair."""
        ...


class SentenceEncoder(Identified, Protocol):
    """Maps text to unit vectors."""

    @property
    def words(self) -> Sequence[str]:
        """Whole words that its public tokenizer knows, in the order of its vocabulary: the most frequent first."""
        ...

    def encode(self, texts: Sequence[str]) -> "np.ndarray":
        """float32 array of shape (len(texts), dimension), rows of L2 norm 1."""
        ...

    def encode_alone(self, texts: Sequence[str]) -> "np.ndarray":
        """As `encode`, slower: a vector depends on its own text only, to the last bit. For differential privacy."""
        ...


class EntityRecognizer(Identified, Protocol):
    """Finds named entities."""

    def recognize(self, texts: Sequence[str]) -> list[list[Entity]]:
        """Entities of each text, sorted by start. Types: PERSON, ORGANIZATION, LOCATION, DATE, NORP, ..."""
        ...

    def find(self, texts: Sequence[str], labels: Sequence[str]) -> list[list[Entity]]:
        """Entities with one of `labels`, sorted by start; the type of each is the label as given.

        Raises:
            PolicyError: the model has a fixed set of labels, and one of `labels` is not in it.
        """
        ...


class Tagger(Identified, Protocol):
    """Tags parts of speech."""

    def tag(self, texts: Sequence[str]) -> list[list[Tag]]:
        """The tokens of each text, by start."""
        ...


class Role(Generic[Part]):
    """A role: an attribute of `Models` whose value is the model that plays it, loaded on first use.

    Attributes:
        title: what the role does; the description of its key in models.yaml.
        optional: whether models.yaml may leave it out.
        like: the role whose implementations can play it, if it has none of its own.
        model_of: the role whose model it uses, if it has no key of its own in models.yaml.
    """

    def __init__(self, title: str, *, optional: bool = False, like: str = "", model_of: str = "") -> None:
        self.title, self.optional, self.like, self.model_of = title, optional, like, model_of

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, models: None, owner: type) -> Self: ...

    @overload
    def __get__(self, models: "Models", owner: type) -> Part: ...

    def __get__(self, models: "Models | None", owner: type) -> "Part | Self":
        return self if models is None else models.play(self)


class Models:
    """The models of a run as methods see them: an attribute for each role.

    Reading a role for which the registry names no model raises PolicyError.
    """

    masked_lm = Role[MaskedLM]("Fills masked words from both sides.")
    second_masked_lm = Role[MaskedLM](
        "Asked for the same words, its answers mixed with those of masked_lm: better, and slower.",
        optional=True,
        like="masked_lm",
    )
    causal_lm = Role[CausalLM]("Continues and scores text.")
    token_model = Role[TokenModel]("Draws tokens one at a time from the causal LM.", model_of="causal_lm")
    translator = Role[Translator]("Translates sentences.")
    encoder = Role[SentenceEncoder]("Maps sentences to vectors.")
    recognizer = Role[EntityRecognizer]("Finds named entities.")
    tagger = Role[Tagger]("Tags parts of speech.")
    zero_shot = Role[EntityRecognizer]("Finds entities by the labels that a policy names.", optional=True)

    def play(self, role: Role[Part]) -> Part:
        """The model that plays `role`."""
        raise NotImplementedError


def roles() -> dict[str, Role[Any]]:
    """All roles by name, in the order in which `Models` declares them."""
    return {name: role for name, role in vars(Models).items() if isinstance(role, Role)}
