"""Masked texts: every mention replaced, and why a document cannot be masked safely."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

import regex

from resources.expectations.shapes import find_direct
from synth_assets.masking.audit import hidden_values, remains
from synth_assets.masking.detection.linking import Linked
from synth_assets.masking.documents import PAGE, LinkedDocuments, Task, batches
from synth_assets.masking.keys import DocumentKey, RealValues, SourceMapping
from synth_assets.masking.kinds.dates import Calendar
from synth_assets.masking.kinds.kind import Maker, reshape
from synth_assets.masking.kinds.registry import closed_sets, kinds
from synth_assets.masking.lexicon.gazetteer import TITLES
from synth_assets.masking.policy import MaskingPolicy
from synth_assets.masking.surrogates.words import WordSurrogates
from synth_assets.records import Rejected, Row
from synth_assets.text.edits import Edit, apply

_MASKED, _REJECTED = "masked", "rejected"
_TITLE = regex.compile(r"(?<!\p{L})(?P<title>\p{L}+)\.?\s$")
_LONGEST_TITLE = 14


class DocumentSurrogates:
    """The surrogates of one document, asked for by start of the mentions.

    Args:
        text: the raw text.
        linked: its mentions with their entities, by start.
        policy: what is done with each type.
        key: the document's draws.
        real: values that no surrogate may equal.
        mapping: the mapping of the source under scope "corpus"; None under scope "document".
    """

    def __init__(
        self,
        text: str,
        linked: Sequence[Linked],
        policy: MaskingPolicy,
        key: DocumentKey,
        real: RealValues,
        mapping: SourceMapping | None = None,
    ) -> None:
        self._policy = policy
        surfaces = [(text[item.mention.start : item.mention.end], item) for item in linked]
        people = [
            (_title_before(text, item.mention.start) + surface, item.entity)
            for surface, item in surfaces
            if item.mention.type == "PERSON"
        ]
        dates = [surface for surface, item in surfaces if item.mention.type == "DATE"]
        self._calendar = Calendar(dates, key, policy.max_date_shift_days)
        shared = key if mapping is None else mapping.key
        words = WordSurrogates(shared, real, (surface for surface, _ in people), mapping=mapping)
        self._maker = Maker(shared, real, words, self._calendar.shift, key, mapping)
        markov = policy.surrogates.consistency == "markov"
        self._chain = Chain(key, real, people, policy.surrogates.keep) if markov else None
        self._memo: dict[tuple[str | int | None, ...], str | None] = {}

    def replacement(self, surface: str, item: Linked) -> str | None:
        """What to write for a mention; None if nothing safe can be made."""
        kind = item.mention.type
        action = self._policy.action_of(kind)
        if action == "keep":
            return surface
        placeholder = f"[{kind}_{item.entity}]"
        if action == "mask":
            return placeholder
        if action == "generalize":
            coarser = kinds()[kind].generalize
            how, latest = self._policy.generalization, self._calendar.latest_year
            return (coarser(surface, how, latest) if coarser else "") or placeholder
        if kind == "DATE":
            self._calendar.read(surface)
        chained = self._chain is not None and kind not in closed_sets()
        maker, link = self._chain.at(item) if self._chain and chained else (self._maker, 0)
        year = self._calendar.year if kind == "DATE" else None
        known = (kind, surface, year, item.entity if chained else None, link)
        if known not in self._memo:
            self._memo[known] = self._surrogate(maker, kind, surface)
        surrogate = self._memo[known]
        return placeholder if surrogate == "" else surrogate

    def _surrogate(self, maker: Maker, name: str, surface: str) -> str | None:
        if name in self._policy.custom:  # letters drawn for the letters of a word would be no word
            return maker.fresh(surface, reshape) or "" if any(map(str.isdecimal, surface)) else ""
        kind = kinds()[name]
        return kind.surrogate(kind, surface, maker)


class Chain:
    """Surrogates that change inside a document: a Markov chain for each entity (BRATsynthetic, Osborne et al. 2025).

    Where one name is used for a person throughout, a mention that masking missed breaks the pattern and stands out.
    Here each further mention keeps the last surrogate with probability `keep` and draws a new one otherwise, so that a
    missed mention is one change among others.

    A person is drawn anew as a whole: after a change, the full name, the surname alone and the initials agree with one
    another. Names are not drawn twice in a document. `keep` = 1 is one surrogate an entity, 0 one a mention.

    Args:
        key: the document's draws.
        real: values that no surrogate may equal.
        people: (surface, entity) of the personal names of the document.
        keep: probability that a mention keeps the last surrogate.
    """

    def __init__(self, key: DocumentKey, real: RealValues, people: Iterable[tuple[str, int]], keep: float) -> None:
        self._key = key
        self._real = real
        self._keep = keep
        self._people: dict[int, list[str]] = defaultdict(list)
        for surface, entity in people:
            self._people[entity].append(surface)
        self._used: set[str] = set()
        self._mentions: dict[int, int] = defaultdict(int)
        self._current: dict[int, tuple[Maker, int]] = {}

    def at(self, item: Linked) -> tuple[Maker, int]:
        """The maker for the next mention of its entity, and how often the entity has changed."""
        entity = item.entity
        self._mentions[entity] += 1
        if entity not in self._current:
            self._current[entity] = self._drawn(item, 0)
        elif self._key.chance("keep", entity, self._mentions[entity]) >= self._keep:
            self._current[entity] = self._drawn(item, self._current[entity][1] + 1)
        return self._current[entity]

    def _drawn(self, item: Linked, change: int) -> tuple[Maker, int]:
        key = self._key.part("chain", item.entity, change)
        words = WordSurrogates(key, self._real, self._people[item.entity], self._used)
        return Maker(key, self._real, words), change


def _title_before(text: str, start: int) -> str:
    """The title before a name ("Mrs "), which tells what the name may not; "" if there is none."""
    match = _TITLE.search(text, max(0, start - _LONGEST_TITLE), start)
    return match.group() if match and match.group("title").casefold() in TITLES else ""


class Replaced:
    """All documents with their mentions replaced, and those that could not be masked safely, by raw id.

    Args:
        task: documents, policy, keys, and where results are kept.
        documents: the mentions.
        real: values that no surrogate may equal.
        mapping: of the source, for scope "corpus".
    """

    def __init__(self, task: Task, documents: LinkedDocuments, real: RealValues, mapping: SourceMapping | None) -> None:
        self.reasons: Counter[str] = Counter()
        self._scratch = task.scratch
        done = 0
        for page in batches(documents, PAGE):
            shelves: dict[str, list[tuple[str, Row]]] = {_MASKED: [], _REJECTED: []}
            for row, items in page:
                key = DocumentKey(task.keys, task.seed, row["source_doc"])
                surrogates = DocumentSurrogates(row["text"], items, task.policy, key, real, mapping)
                result = _replace_all(row, items, task.policy, surrogates)
                if isinstance(result, Rejected):
                    self.reasons[result.reason] += 1
                    shelves[_REJECTED].append((row["id"], vars(result)))
                else:
                    shelves[_MASKED].append((row["id"], {"text": result[0], "spans": result[1]}))
                done += 1
                task.progress("surrogates", done, len(task.documents))
            for shelf, values in shelves.items():
                self._scratch.put(shelf, values)

    def __len__(self) -> int:
        return self._scratch.count(_MASKED)

    def masked(self) -> Iterator[tuple[str, Row]]:
        """Raw id, and the masked `text` with its `spans`."""
        return self._scratch.items(_MASKED)

    def rejected(self) -> Iterator[Rejected]:
        """Documents that cannot be masked safely."""
        return (Rejected(**values) for _, values in self._scratch.items(_REJECTED))


def _replace_all(
    row: Row, items: Sequence[Linked], policy: MaskingPolicy, surrogates: DocumentSurrogates
) -> tuple[str, list[Row]] | Rejected:
    """The masked text with its spans, or why the document cannot be masked safely."""
    text = row["text"]
    share = sum(item.mention.length for item in items) / max(1, len(text))
    if share > policy.max_identifier_share:
        return _reject(row, "mostly_identifiers", f"share {share:.2f}")
    edits = []
    for item in items:
        replacement = surrogates.replacement(text[item.mention.start : item.mention.end], item)
        if replacement is None:
            return _reject(row, "no_surrogate", f"type {item.mention.type}")
        edits.append(Edit(item.mention.start, item.mention.end, replacement))
    masked, places = apply(text, edits)
    spans: list[Row] = [
        {
            "start": mention.start,
            "end": mention.end,
            "type": mention.type,
            "score": float(mention.score),
            "detector": mention.detector,
            "action": policy.action_of(mention.type),
            "entity": entity,
            "out_start": start,
            "out_end": end,
        }
        for (mention, entity), (start, end) in zip(items, places, strict=True)
    ]
    kept = [(span["out_start"], span["out_end"]) for span in spans if span["action"] == "keep"]
    replaced = [(span["out_start"], span["out_end"]) for span in spans if span["action"] != "keep"]
    residual = sum(remains(value, masked, replaced) for value in hidden_values(text, spans))
    if residual:
        return _reject(row, "residual_identifier", f"{residual} values")
    direct = [hit for hit in find_direct(masked) if not any(a <= hit[0] and hit[1] <= b for a, b in kept)]
    return _reject(row, "direct_identifier", f"{len(direct)} matches") if direct else (masked, spans)


def _reject(row: Row, reason: str, detail: str) -> Rejected:
    return Rejected(row["id"], row["source_doc"], row["subject"], row["role"], reason, detail, row["text"])
