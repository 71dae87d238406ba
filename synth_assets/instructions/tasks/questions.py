"""Questions about a span of a sentence, by rule and without a parser.

Three rules give fluent questions if the sentence is simple enough; otherwise the question shows the sentence with a
gap. Choosing the question word by the type of the answer follows Lewis et al. 2019 (arXiv 1906.04980).
"""

from dataclasses import dataclass

import regex

from synth_assets.instructions.tasks.mentions import Mention
from synth_assets.instructions.tasks.templates import wordings
from synth_assets.text.draws import pick
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
        if text and _is_usable(text, answer):
            return Question(text, rule)
    return None


def _is_usable(text: str, answer: str) -> bool:
    size = len(words(text))
    return _FEWEST_WORDS <= size <= _MOST_WORDS and answer.casefold() not in text.casefold() and "\n" not in text


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
