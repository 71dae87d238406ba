"""Cloze passages: content words of sentences are blanked, and the answer lists them."""

from collections.abc import Sequence

from pydantic import Field

from resources.config import StrictModel
from resources.models.protocols import Span
from synth_assets.instructions.example import Draft
from synth_assets.instructions.passages import Passage
from synth_assets.instructions.tasks.mentions import Mention
from synth_assets.instructions.tasks.task import Material, Task
from synth_assets.records import Row
from synth_assets.text.draws import digest
from synth_assets.text.edits import Edit, apply
from synth_assets.text.words import WORD

_SHORTEST = 5
_FEWEST_WORDS_PER_BLANK = 8
_FEWEST_BLANKS = 2


class ClozePolicy(StrictModel):
    """Size of cloze passages."""

    cloze_blanks: int = Field(3, ge=2, le=10, description="Most blanks in a cloze passage.")


def cloze(material: Material, settings: ClozePolicy) -> list[Draft]:
    """Each passage with one blank for every eight words, at most `cloze_blanks`."""
    drafts = []
    for passage in material.passages:
        usable = _usable_words(passage, material.mentions[passage.key])
        count = min(settings.cloze_blanks, len(WORD.findall(passage.text)) // _FEWEST_WORDS_PER_BLANK)
        order = sorted(usable, key=lambda span: digest(material.seed, "blank", passage.key, str(span[0])))
        chosen = sorted(order[:count])
        if len(chosen) >= _FEWEST_BLANKS:
            drafts.append(_draft(passage, chosen))
    return drafts


def _usable_words(passage: Passage, mentions: Sequence[Mention]) -> list[Span]:
    """Words that may be blanked. Names, numbers and words outside sentences stay: context does not tell them."""
    return [
        (start, end)
        for start, end in _content_words(passage.text)
        if passage.sentence_at(start, end)
        and not any(start < mention.end and mention.start < end for mention in mentions)
    ]


def _content_words(text: str) -> list[Span]:
    """Lower-case words of at least five letters that occur once, so that the text does not give them away.

    Parts of hyphenated words are left out.
    """
    matches = list(WORD.finditer(text))
    folded = [match.group().casefold() for match in matches]
    return [
        match.span()
        for match, word in zip(matches, folded, strict=True)
        if len(word) >= _SHORTEST
        and match.group().islower()
        and match.group().isalpha()
        and "-" not in text[max(0, match.start() - 1) : match.end() + 1]
        and folded.count(word) == 1
    ]


def _draft(passage: Passage, chosen: Sequence[Span]) -> Draft:
    text = passage.text
    blanked, blanks = apply(text, [Edit(start, end, _blank(n)) for n, (start, end) in enumerate(chosen, 1)])
    answers = [text[start:end] for start, end in chosen]
    return Draft(
        source=passage.source,
        task=CLOZE.name,
        recipe="cloze_words",
        key=passage.key,
        input=blanked,
        output="\n".join(f"{number}. {word}" for number, word in enumerate(answers, 1)),
        gist=f"{' '.join(answers)} {passage.prose}",
        grounding=tuple(blanks),
        slots={"blanks": str(len(chosen))},
        params={"blanks": len(chosen), "start": passage.start},
    )


def _blank(number: int) -> str:
    return f"({number}) ____"


def _answers_its_blanks(row: Row, spans: Sequence[str]) -> bool:
    numbers = range(1, len(spans) + 1)
    lines = row["output"].split("\n")
    marked = list(spans) == [_blank(number) for number in numbers]
    return marked and [line.split(". ", 1)[0] for line in lines] == [str(number) for number in numbers]


CLOZE = Task(
    name="cloze",
    order=6,
    purpose="cloze",
    category="fill-mask",
    draft=cloze,
    grounded=_answers_its_blanks,
    settings=ClozePolicy,
    roles=("recognizer",),
)
