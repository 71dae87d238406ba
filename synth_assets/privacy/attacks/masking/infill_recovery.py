"""Can refilled words be undone by the model that wrote them?"""

from collections.abc import Sequence
from typing import NamedTuple

from resources.models.protocols import MaskedLM, Slot
from synth_assets.masked_lm.windows import slot_of
from synth_assets.privacy.attack import Attack
from synth_assets.privacy.evidence.release import Release
from synth_assets.privacy.results import Outcome
from synth_assets.privacy.stages import RELEASED
from synth_assets.records import Row
from synth_assets.text.draws import order_key

_GUESSES = (1, 5)
_CONTEXT = 240  # characters a side, at least; as much as the masking stage shows the model by default


def infill_recovery(masked: Sequence[Row], model: MaskedLM, slots: int = 60) -> list[Outcome]:
    """How often the masked LM that refilled a word recovers the original, as its first and among its first 5 guesses.

    The attacker hides the refilled word again and asks the same model, knowing that the released word is not the
    original. One word a subject. The control is coincidence: whether the guesses contain the original of another
    subject's word of the same (or nearest) length.

    Args:
        masked: MASKED_CORPUS rows.
        model: the masked LM of the masking stage.
        slots: at most so many words, chosen by hash; the embedded model takes about 0.3 s for one.
    """
    asked = _refilled(masked, slots)
    answers = model.fill([word.slot for word in asked], max(_GUESSES) + 1) if asked else []
    guesses = [
        [c for c in (candidate.text.strip().casefold() for candidate in candidates) if c != word.released]
        for word, candidates in zip(asked, answers, strict=True)
    ]
    phantoms = [_phantom(word, asked) for word in asked]
    return [_recovery(most, asked, phantoms, guesses) for most in _GUESSES]


class _Refilled(NamedTuple):
    """One refilled word: the slot as released, the released word, and the original word."""

    subject: str
    slot: Slot
    released: str
    original: str


def _refilled(masked: Sequence[Row], slots: int) -> list[_Refilled]:
    by_subject: dict[str, tuple[str, _Refilled]] = {}
    for row in masked:
        for edit in row["refills"] if row["role"] != "canary" else ():
            drawn = draw(f"{row['id']}/{edit['start']}")
            if row["subject"] not in by_subject or drawn < by_subject[row["subject"]][0]:
                text, place = row["refilled_text"], (edit["out_start"], edit["out_end"])
                slot = slot_of(text, place, _CONTEXT)
                released = text[slice(*place)].casefold()
                original = row["text"][edit["start"] : edit["end"]].casefold()
                by_subject[row["subject"]] = (drawn, _Refilled(row["subject"], slot, released, original))
    chosen = sorted(by_subject, key=draw)[:slots]
    return [by_subject[subject][1] for subject in chosen]


def _phantom(word: _Refilled, asked: Sequence[_Refilled]) -> str | None:
    """Another subject's original, nearest in length, drawn by hash; None if there is none."""
    others = {o.original for o in asked if o.subject != word.subject} - {word.original, word.released}
    length = len(word.original)
    return min(others, key=lambda o: (abs(len(o) - length), draw(f"{word.subject}/{o}")), default=None)


def _recovery(
    most: int, asked: Sequence[_Refilled], phantoms: Sequence[str | None], guesses: Sequence[Sequence[str]]
) -> Outcome:
    top = [ranked[:most] for ranked in guesses]
    return Outcome(
        test="surrogates",
        slice=f"infill_recovery_top_{most}",
        unit="share of refilled words",
        hits=sum(word.original in first for word, first in zip(asked, top, strict=True)),
        n=len(asked),
        control_hits=sum(phantom in first for phantom, first in zip(phantoms, top, strict=True)),
        control_n=sum(phantom is not None for phantom in phantoms),
        who="refilled words",
        what=f"have their original among the first {most} guesses of the same masked LM"
        if most > 1
        else "have their original as the first guess of the same masked LM",
    )


def draw(key: str) -> str:
    """Hex digest by which subjects and words are chosen, the same for every release."""
    return order_key("synth_assets.privacy.surrogates", key)


def _run(release: Release) -> list[Outcome]:
    slots = release.policy.infill_slots
    return infill_recovery(release.evidence.masked, release.evidence.models.masked_lm, slots) if slots else []


ATTACK = Attack(
    title="Infill recovery",
    asks="Can the masked LM that refilled a word recover the original?",
    order=121,
    run=_run,
    titles={
        "surrogates/infill_recovery_top_1": "Refilled words recovered by the first guess",
        "surrogates/infill_recovery_top_*": "Refilled words among the first {} guesses",
    },
    stages=(RELEASED.name,),
)
