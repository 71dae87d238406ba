"""Extractive questions, and the same questions asked of a text that does not hold the answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from synth_assets.instructions.example import Draft
from synth_assets.instructions.passages import Passage
from synth_assets.instructions.policy import TaskPolicy
from synth_assets.instructions.tasks.mentions import Mention
from synth_assets.instructions.tasks.questions import ask
from synth_assets.instructions.tasks.templates import NO_ANSWER
from synth_assets.text.draws import digest
from synth_assets.text.words import words

_CONTENT_LETTERS = 5
_MOST_OVERLAP = 0.4


@dataclass(frozen=True)
class Asked:
    """A question with its place: `mention` is relative to the passage, `names` are the sentence's other mentions."""

    passage: Passage
    mention: Mention
    question: str
    rule: str
    names: tuple[str, ...]

    @property
    def key(self) -> str:
        return f"{self.passage.key}/{self.mention.start}"

    @property
    def answer(self) -> str:
        return self.passage.text[self.mention.start : self.mention.end]


def extractive_qa(
    found: Sequence[Passage], mentions: Mapping[str, tuple[Mention, ...]], policy: TaskPolicy, seed: int
) -> list[Draft]:
    """Questions with exact spans; every 1/`unanswerable`-th is asked of another text instead."""
    asked = [a for p in found for a in _ask_all(p, mentions[p.key], policy.questions_per_passage, seed)]
    asked.sort(key=lambda a: digest(seed, "unanswerable", a.key))
    partners = _partners(found, seed)
    drafts: list[Draft] = []
    wanted = 0.0
    for item in asked:
        wanted += policy.unanswerable
        # What one question could not give (no text lacks its answer), the next one makes up for.
        other = _text_without(item, partners) if wanted >= 1 else None
        wanted -= other is not None
        drafts.append(_unanswerable(item, other) if other else _answerable(item))
    return drafts


def _ask_all(passage: Passage, mentions: Sequence[Mention], most: int, seed: int) -> list[Asked]:
    text = passage.text
    found: list[Asked] = []
    for mention in mentions:
        span = passage.sentence_at(mention.start, mention.end)
        if span is None:
            continue
        local = Mention(mention.start - span[0], mention.end - span[0], mention.kind)
        question = ask(text[span[0] : span[1]], local, text, seed, f"{passage.key}/{mention.start}")
        if question:
            names = tuple(text[m.start : m.end] for m in mentions if span[0] <= m.start < span[1])
            found.append(Asked(passage, mention, question.text, question.rule, names))
    # Fluent questions first; among equals the key decides, so that no kind of answer is favored.
    found.sort(key=lambda a: (a.rule == "gap", digest(seed, "question", a.key)))
    return found[:most]


def _partners(found: Sequence[Passage], seed: int) -> dict[str, list[Passage]]:
    """For each passage, where its questions may go unanswered.

    Other passages of the same text come first: nothing leaves the document then. Otherwise source
    documents are paired off, so that the links tie two documents and never a chain of them. A
    canary is never paired with a document.
    """
    by_document: dict[str, list[Passage]] = {}
    for passage in found:
        by_document.setdefault(passage.source.source_doc, []).append(passage)
    paired = _pairs(by_document, seed)
    partners = {}
    for passage in found:
        source = passage.source
        # Another version of the same text may give the answer in other words.
        own = [p for p in by_document[source.source_doc] if p.source == source and p.start != passage.start]
        partners[passage.key] = own + by_document.get(paired.get(source.source_doc, ""), [])
    return partners


def _pairs(by_document: Mapping[str, list[Passage]], seed: int) -> dict[str, str]:
    documents = sorted(
        (doc for doc, found in by_document.items() if found[0].source.role == "document"),
        key=lambda doc: digest(seed, "pair", doc),
    )
    pairs = {}
    for left, right in zip(documents[::2], documents[1::2], strict=False):
        pairs[left], pairs[right] = right, left
    return pairs


def _text_without(item: Asked, partners: Mapping[str, list[Passage]]) -> Passage | None:
    """The first partner that has neither the answer, nor a name of the question's sentence, nor its subject matter."""
    asked_about = {word for word in words(item.question) if len(word) >= _CONTENT_LETTERS}
    for other in partners[item.passage.key]:
        folded = other.text.casefold()
        if any(name.casefold() in folded for name in (item.answer, *item.names)):
            continue
        if len(asked_about.intersection(words(other.text))) <= _MOST_OVERLAP * len(asked_about):
            return other
    return None


def _answerable(item: Asked) -> Draft:
    return Draft(
        source=item.passage.source,
        task="extractive_qa",
        recipe="qa_span",
        key=item.key,
        input=item.passage.text,
        output=item.answer,
        gist=f"{item.question} {item.answer}",
        grounding=((item.mention.start, item.mention.end),),
        slots={"question": item.question},
        params={"rule": item.rule, "kind": item.mention.kind, "start": item.passage.start},
    )


def _unanswerable(item: Asked, other: Passage) -> Draft:
    linked = item.passage.source.source_doc
    return Draft(
        source=other.source,
        task="extractive_qa",
        recipe="qa_unanswerable",
        key=f"{item.key}/{other.key}",
        input=other.text,
        output=NO_ANSWER,
        gist=f"{item.question} {other.text}",
        slots={"question": item.question},
        params={"rule": item.rule, "kind": item.mention.kind, "start": other.start},
        linked_doc=linked if linked != other.source.source_doc else "",
    )
