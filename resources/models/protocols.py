"""The roles a model can play. Methods depend on these and on nothing else of the engine.

Every call takes a batch and returns results in input order; batching, devices, caching and
progress belong to the engine behind the role. `fingerprint` identifies weights and code, so
that a cached result is never served for another model.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from resources.errors import DataError

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Slot:
    """A masked unit: `text[start:end]` is asked for, `hidden` are further spans nobody may read; the rest is context.

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
        """Mean log-probability a token; 0.0 for an empty text."""
        return self.logprob / self.tokens if self.tokens else 0.0


class MaskedLM(Protocol):
    """Fills masked units from both sides of the context."""

    @property
    def fingerprint(self) -> str: ...

    @property
    def temperature(self) -> float:
        """Scores divided by it are calibrated: their softmax is how often a candidate is the hidden word."""
        ...

    def fill(self, slots: Sequence[Slot], top_k: int = 10) -> list[list[Candidate]]:
        """Candidates by falling score for each slot; the hidden text itself is never read."""
        ...


class CausalLM(Protocol):
    """Continues text and scores it."""

    @property
    def fingerprint(self) -> str: ...

    def generate(self, prompts: Sequence[str], sampling: Sampling) -> list[str]:
        """One continuation a prompt. The sample depends on (prompt, sampling) only, not on the batch."""
        ...

    def log_likelihood(self, texts: Sequence[str], prefixes: Sequence[str] | None = None) -> list[Likelihood]:
        """Log p(text | prefix) for each text; the prefix (default: none) is not counted."""
        ...

    def render_chat(self, messages: Sequence[Mapping[str, str]], add_generation_prompt: bool = False) -> str:
        """The model's own chat template applied to `{"role", "content"}` messages."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]: ...


class TokenStream(Protocol):
    """Continuations that grow by one token at a time, one a row."""

    def top(self, count: int) -> "tuple[np.ndarray, np.ndarray]":
        """The pad and the `count` - 1 most likely other tokens that can be drawn: ids, log p; (rows, count)."""
        ...

    def at(self, tokens: "np.ndarray") -> "np.ndarray":
        """Log p of the next token being each of `tokens` (rows, candidates)."""
        ...

    def append(self, tokens: "np.ndarray") -> None:
        """Go on by one token a row, ids (rows,)."""
        ...


class TokenModel(Protocol):
    """The causal LM for methods that draw tokens themselves; nothing is cached."""

    @property
    def pad(self) -> int:
        """The token that stands for "nothing here"."""
        ...

    def encode(self, texts: Sequence[str]) -> list[list[int]]: ...

    def decode(self, rows: Sequence[Sequence[int]]) -> list[str]:
        """Texts of token ids; pads leave nothing behind."""
        ...

    def similarity(self, tokens: "np.ndarray", candidates: "np.ndarray") -> "np.ndarray":
        """Cosines of tokens (rows,) with their candidates (rows, candidates)."""
        ...

    def open(self, contexts: Sequence[Sequence[int]], width: int, room: int) -> TokenStream:
        """One continuation a context of at most `width` tokens, for at most `room` tokens."""
        ...


class Translator(Protocol):
    """Translates single sentences."""

    @property
    def fingerprint(self) -> str: ...

    def translate(self, sentences: Sequence[str], source: str, target: str) -> list[str]:
        """Languages as ISO 639-1 codes. Raises PolicyError for a pair that is not served."""
        ...


class SentenceEncoder(Protocol):
    """Maps text to unit vectors."""

    @property
    def fingerprint(self) -> str: ...

    def encode(self, texts: Sequence[str]) -> "np.ndarray":
        """float32 array of shape (len(texts), dimension), rows of L2 norm 1."""
        ...


class EntityRecognizer(Protocol):
    """Finds named entities."""

    @property
    def fingerprint(self) -> str: ...

    def recognize(self, texts: Sequence[str]) -> list[list[Entity]]:
        """Entities of each text, sorted by start. Types: PERSON, ORGANIZATION, LOCATION, DATE, NORP, ..."""
        ...

    def find(self, texts: Sequence[str], labels: Sequence[str]) -> list[list[Entity]]:
        """Entities of these labels, sorted by start; the type of each is the label as it was asked for.

        Raises:
            PolicyError: a model with a fixed set of labels that does not know one.
        """
        ...


class Tagger(Protocol):
    """Says which part of speech each word is."""

    @property
    def fingerprint(self) -> str: ...

    def tag(self, texts: Sequence[str]) -> list[list[Tag]]:
        """The tokens of each text, by start."""
        ...


class Models(Protocol):
    """The engine as methods see it: roles, each loaded on first use."""

    @property
    def masked_lm(self) -> MaskedLM: ...

    @property
    def causal_lm(self) -> CausalLM: ...

    @property
    def token_model(self) -> TokenModel: ...

    @property
    def translator(self) -> Translator: ...

    @property
    def encoder(self) -> SentenceEncoder: ...

    @property
    def recognizer(self) -> EntityRecognizer: ...

    @property
    def tagger(self) -> Tagger: ...

    @property
    def zero_shot(self) -> EntityRecognizer:
        """What looks for labels of a policy. Raises PolicyError where the registry names no model for it."""
        ...
