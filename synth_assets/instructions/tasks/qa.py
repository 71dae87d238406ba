"""Extractive questions, and the same questions asked of a text that does not contain the answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import Field

from resources.config import StrictModel
from synth_assets.instructions.example import Draft
from synth_assets.instructions.passages import Passage
from synth_assets.instructions.tasks.mentions import Mention
from synth_assets.instructions.tasks.questions import ask
from synth_assets.instructions.tasks.task import Material, Task
from synth_assets.records import Row
from synth_assets.text.draws import digest
from synth_assets.text.words import words

NO_ANSWER = "The text does not say."
UNANSWERABLE = "qa_unanswerable"
_CONTENT_LETTERS = 5
_MOST_OVERLAP = 0.4


class QuestionPolicy(StrictModel):
    """How many questions are asked."""

    questions_per_passage: int = Field(default=2, ge=1, description="Extractive questions drafted for a passage.")
    unanswerable: float = Field(
        default=0.12, ge=0, le=0.5, description="Share of questions asked of a text without the answer."
    )


@dataclass(frozen=True)
class Asked:
    """A question about `mention`, whose offsets are relative to the passage; `names` are its sentence's mentions."""

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


def extractive_qa(material: Material, settings: QuestionPolicy) -> list[Draft]:
    """Questions whose answers are exact spans; the share `unanswerable` of them is asked of another text instead."""
    seed = material.seed
    asked = [
        question
        for passage in material.passages
        for question in _ask_all(passage, material.mentions[passage.key], settings.questions_per_passage, seed)
    ]
    asked.sort(key=lambda question: digest(seed, "unanswerable", question.key))
    partners = _partners(material.passages, seed)
    drafts: list[Draft] = []
    due = 0.0
    for question in asked:
        due += settings.unanswerable
        # If no text lacks the answer of one question, the next question takes its turn.
        other = _text_without(question, partners) if due >= 1 else None
        due -= other is not None
        drafts.append(_unanswerable(question, other) if other else _answerable(question))
    return drafts


def _ask_all(passage: Passage, mentions: Sequence[Mention], most: int, seed: int) -> list[Asked]:
    text = passage.text
    asked: list[Asked] = []
    for mention in mentions:
        span = passage.sentence_at(mention.start, mention.end)
        if span is None:
            continue
        local = Mention(mention.start - span[0], mention.end - span[0], mention.kind)
        question = ask(text[span[0] : span[1]], local, text, seed, f"{passage.key}/{mention.start}")
        if question:
            names = tuple(text[m.start : m.end] for m in mentions if span[0] <= m.start < span[1])
            asked.append(Asked(passage, mention, question.text, question.rule, names))
    # Fluent questions first; among equals the key decides, so that no kind of answer is favored.
    asked.sort(key=lambda a: (a.rule == "gap", digest(seed, "question", a.key)))
    return asked[:most]


def _partners(passages: Sequence[Passage], seed: int) -> dict[str, list[Passage]]:
    """For each passage, the passages that its questions may be asked of without an answer.

    Other passages of the same text come first: then no words leave the document. Otherwise source documents are
    paired, so that links connect two documents and never a chain. A canary is never paired with a document.
    """
    by_document: dict[str, list[Passage]] = {}
    for passage in passages:
        by_document.setdefault(passage.source.source_doc, []).append(passage)
    paired = _pairs(by_document, seed)
    partners = {}
    for passage in passages:
        source = passage.source
        # Another version of the same text may give the answer in other words.
        own = [p for p in by_document[source.source_doc] if p.source == source and p.start != passage.start]
        partners[passage.key] = own + by_document.get(paired.get(source.source_doc, ""), [])
    return partners


def _pairs(by_document: Mapping[str, list[Passage]], seed: int) -> dict[str, str]:
    documents = sorted(
        (doc for doc, passages in by_document.items() if passages[0].source.role == "document"),
        key=lambda doc: digest(seed, "pair", doc),
    )
    pairs = {}
    for left, right in zip(documents[::2], documents[1::2], strict=False):
        pairs[left], pairs[right] = right, left
    return pairs


def _text_without(asked: Asked, partners: Mapping[str, list[Passage]]) -> Passage | None:
    """The first partner with neither the answer, nor a name of the question's sentence, nor its subject matter."""
    topic = {word for word in words(asked.question) if len(word) >= _CONTENT_LETTERS}
    for other in partners[asked.passage.key]:
        folded = other.text.casefold()
        if any(name.casefold() in folded for name in (asked.answer, *asked.names)):
            continue
        if len(topic.intersection(words(other.text))) <= _MOST_OVERLAP * len(topic):
            return other
    return None


def _answerable(asked: Asked) -> Draft:
    return Draft(
        source=asked.passage.source,
        task=EXTRACTIVE_QA.name,
        recipe="qa_span",
        key=asked.key,
        input=asked.passage.text,
        output=asked.answer,
        gist=f"{asked.question} {asked.answer}",
        grounding=((asked.mention.start, asked.mention.end),),
        slots={"question": asked.question},
        params={"rule": asked.rule, "kind": asked.mention.kind, "start": asked.passage.start},
    )


def _unanswerable(asked: Asked, other: Passage) -> Draft:
    linked = asked.passage.source.source_doc
    return Draft(
        source=other.source,
        task=EXTRACTIVE_QA.name,
        recipe=UNANSWERABLE,
        key=f"{asked.key}/{other.key}",
        input=other.text,
        output=NO_ANSWER,
        gist=f"{asked.question} {other.text}",
        slots={"question": asked.question},
        params={"rule": asked.rule, "kind": asked.mention.kind, "start": other.start},
        linked_doc=linked if linked != other.source.source_doc else "",
    )


def _is_span(row: Row, spans: Sequence[str]) -> bool:
    return list(spans) == ([] if row["output"] == NO_ANSWER else [row["output"]])


EXTRACTIVE_QA = Task(
    name="extractive_qa",
    order=1,
    purpose="question answering",
    category="question-answering",
    draft=extractive_qa,
    grounded=_is_span,
    settings=QuestionPolicy,
    roles=("recognizer",),
    constant_recipes=(UNANSWERABLE,),
    limitations=(
        "Questions are made by rule. Many show a sentence with a gap, which is easier than a free question.",
        f'"{NO_ANSWER}" is right for the text it stands under as far as string comparison can tell.',
    ),
)
