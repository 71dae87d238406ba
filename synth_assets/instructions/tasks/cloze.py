"""Cloze passages: blanks from the mask plan where there is one, otherwise from content words."""

from collections.abc import Mapping, Sequence

from synth_assets.instructions.example import Draft
from synth_assets.instructions.passages import Passage
from synth_assets.instructions.tasks.mentions import Mention
from synth_assets.text.draws import digest
from synth_assets.text.edits import Edit, apply
from synth_assets.text.sentences import Span
from synth_assets.text.words import WORD

_SHORTEST = 5
_FEWEST_WORDS_PER_BLANK = 8
_FEWEST_BLANKS = 2


def cloze(found: Sequence[Passage], mentions: Mapping[str, tuple[Mention, ...]], most: int, seed: int) -> list[Draft]:
    """One passage with one blank for every eight words, `most` at most."""
    drafts = []
    for passage in found:
        plan, recipe = _blanks(passage, mentions[passage.key])
        count = min(most, len(WORD.findall(passage.text)) // _FEWEST_WORDS_PER_BLANK)
        order = sorted(plan, key=lambda span: digest(seed, "blank", passage.key, str(span[0])))
        chosen = sorted(order[:count])
        if len(chosen) >= _FEWEST_BLANKS:
            drafts.append(_draft(passage, chosen, recipe))
    return drafts


def _blanks(passage: Passage, mentions: Sequence[Mention]) -> tuple[list[Span], str]:
    """Words that may be hidden. A name or a number cannot be guessed from its context, so none is hidden."""
    usable = [span for span in _content_words(passage.text) if not _touches(span, mentions)]
    planned = {(start - passage.start, end - passage.start) for start, end in passage.source.masks}
    from_plan = [span for span in usable if span in planned]
    return (from_plan, "cloze_plan") if from_plan else (usable, "cloze_words")


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


def _touches(span: Span, mentions: Sequence[Mention]) -> bool:
    return any(span[0] < mention.end and mention.start < span[1] for mention in mentions)


def _draft(passage: Passage, chosen: Sequence[Span], recipe: str) -> Draft:
    text = passage.text
    shown, blanks = apply(text, [Edit(start, end, f"({n}) ____") for n, (start, end) in enumerate(chosen, 1)])
    answers = [text[start:end] for start, end in chosen]
    return Draft(
        source=passage.source,
        task="cloze",
        recipe=recipe,
        key=passage.key,
        input=shown,
        output="\n".join(f"{number}. {word}" for number, word in enumerate(answers, 1)),
        gist=f"{' '.join(answers)} {text}",
        grounding=tuple(blanks),
        slots={"blanks": str(len(chosen))},
        params={"blanks": len(chosen), "start": passage.start},
    )
