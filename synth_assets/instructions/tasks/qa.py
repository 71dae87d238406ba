"""Extractive questions, and the same questions asked of a text that does not contain the answer.

Questions are built by rule and without a parser. Three rules give fluent questions if the sentence is simple enough;
otherwise the question shows the sentence with a gap. Choosing the question word by the type of the answer follows
Lewis et al. 2019 (arXiv 1906.04980).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import regex
from pydantic import Field

from resources.config import StrictModel
from synth_assets.instructions.example import Draft
from synth_assets.instructions.passages import Passage
from synth_assets.instructions.tasks.mentions import Mention
from synth_assets.instructions.tasks.task import Material, Task
from synth_assets.instructions.tasks.templates import wordings
from synth_assets.text.draws import digest, pick
from synth_assets.text.words import words

GAP = "____"
_MOST_WORDS = 40
_FEWEST_WORDS = 4
_AUXILIARY = "was|were|is|are|has|had|will|would|can|could|may|might|must|should|did|does"
_VERB = regex.compile(
    rf"\s(?:{_AUXILIARY}|said|says|told|made|took|went|came|gave|won|lost|beat|left|became|began|felt|found|got|held|"
    r"kept|knew|led|met|paid|ran|saw|sent|set|sold|bought|spoke|stood|thought|wrote|wants?|plans|hopes|has|"
    r"\p{Ll}{2,}(?:ed))\s"
)
_OPENING = regex.compile(r"(?:The\s)?$")
_SUBJECT_WH = {"person": "Who", "organization": "Which organization", "place": "Which place"}
_INVERSION = regex.compile(
    rf"(?P<subject>[^,;:()\"“”]{{2,60}}?)\s(?P<aux>{_AUXILIARY})\s(?P<rest>[^;()\"“”]{{3,}}?)\s(?P<preposition>on|in|at|since|until)$"
)
_INVERSION_WH = {
    ("date", "on"): "When",
    ("date", "in"): "When",
    ("date", "at"): "When",
    ("date", "since"): "Since when",
    ("date", "until"): "Until when",
    ("place", "in"): "Where",
    ("place", "at"): "Where",
}
_COUNTED = regex.compile(r"\s(\p{Ll}{3,}s)\b")
NO_ANSWER = "The text does not say."
UNANSWERABLE = "qa_unanswerable"
_CONTENT_LETTERS = 5
_MOST_OVERLAP = 0.4


@dataclass(frozen=True)
class Question:
    """A question whose answer is one mention, and the rule that built it."""

    text: str
    rule: str


def ask(sentence: str, mention: Mention, passage: str, seed: int, key: str) -> Question | None:
    """A question about `mention`, or None if no rule gives a good one.

    Args:
        sentence: The sentence that contains the mention.
        mention: What to ask for; offsets are relative to `sentence`.
        passage: The text of the whole passage.
        seed: Seed of the choice of wording.
        key: Key of the choice of wording.
    """
    answer = sentence[mention.start : mention.end]
    for rule, text in (
        ("subject", _subject(sentence, mention)),
        ("inversion", _inversion(sentence, mention)),
        ("count", _count(sentence, mention, passage, seed, key)),
        ("gap", _gap(sentence, mention, passage, seed, key)),
    ):
        question = " ".join(text.split())  # a sentence can have wrapped lines
        if question and _is_usable(question, answer):
            return Question(question, rule)
    return None


def _is_usable(text: str, answer: str) -> bool:
    size = len(words(text))
    return _FEWEST_WORDS <= size <= _MOST_WORDS and answer.casefold() not in text.casefold()


def _subject(sentence: str, mention: Mention) -> str:
    wh = _SUBJECT_WH.get(mention.kind)
    rest = sentence[mention.end :].rstrip(" .!")
    plain = not regex.search(r"[\"“”?;()]", rest)
    if wh and plain and _OPENING.fullmatch(sentence[: mention.start]) and _VERB.match(rest):
        return f"{wh}{rest}?"
    return ""


def _inversion(sentence: str, mention: Mention) -> str:
    if sentence[mention.end :].strip(" .!"):
        return ""
    match = _INVERSION.fullmatch(sentence[: mention.start].rstrip())
    wh = _INVERSION_WH.get((mention.kind, match["preposition"])) if match else None
    # With a pronoun as subject the question would not say whom it is about.
    if not match or not wh or not regex.match(r"The\s|\p{Lu}\p{Ll}+\s\p{Lu}", match["subject"] + " "):
        return ""
    subject = regex.sub(r"^The\b", "the", match["subject"])
    return f"{wh} {match['aux']} {subject} {match['rest']}?"


def _count(sentence: str, mention: Mention, passage: str, seed: int, key: str) -> str:
    match = _COUNTED.match(sentence, mention.end) if mention.kind == "number" else None
    if not match or words(passage).count(match[1].casefold()) != 1:
        return ""
    return str(pick(wordings()["count_questions"], seed, "count", key).format(noun=match[1]))


def _gap(sentence: str, mention: Mention, passage: str, seed: int, key: str) -> str:
    if passage.count(sentence) != 1:
        return ""
    gap = (sentence[: mention.start] + GAP + sentence[mention.end :]).rstrip(".")
    return str(pick(wordings()["gap_questions"][mention.kind], seed, "gap", key).format(gap=gap))


class QuestionPolicy(StrictModel):
    """How many questions are asked."""

    questions_per_passage: int = Field(2, ge=1, description="Extractive questions drafted for a passage.")
    unanswerable: float = Field(0.12, ge=0, le=0.5, description="Share of questions asked of texts without the answer.")


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
    documents = sorted(
        (doc for doc, own in by_document.items() if own[0].source.role == "document"),
        key=lambda doc: digest(seed, "pair", doc),
    )
    paired: dict[str, str] = {}
    for left, right in zip(documents[::2], documents[1::2], strict=False):
        paired |= {left: right, right: left}
    partners = {}
    for passage in passages:
        source = passage.source
        # Another version of the same text may give the answer in other words.
        own = [p for p in by_document[source.source_doc] if p.source == source and p.start != passage.start]
        partners[passage.key] = own + by_document.get(paired.get(source.source_doc, ""), [])
    return partners


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
        gist=f"{asked.question} {other.prose}",
        slots={"question": asked.question},
        params={"rule": asked.rule, "kind": asked.mention.kind, "start": other.start},
        linked_doc=linked if linked != other.source.source_doc else "",
    )


EXTRACTIVE_QA = Task(
    name="extractive_qa",
    order=1,
    purpose="question answering",
    category="question-answering",
    draft=extractive_qa,
    grounded=lambda row, spans: list(spans) == ([] if row["output"] == NO_ANSWER else [row["output"]]),
    settings=QuestionPolicy,
    roles=("recognizer",),
    constant_recipes=(UNANSWERABLE,),
    limitations=(
        "Questions are made by rule. Many show a sentence with a gap, which is easier than a free question.",
        f'"{NO_ANSWER}" is right for the text it stands under as far as string comparison can tell.',
    ),
)
