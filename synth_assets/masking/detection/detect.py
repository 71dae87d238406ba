"""Every detector over a batch of documents, united and resolved into one list of mentions a document."""

import re
from collections.abc import Iterator, Sequence
from functools import cache

from resources.models.protocols import Entity, EntityRecognizer
from synth_assets.masking.kinds import traits
from synth_assets.masking.kinds.codes import find_national_ids
from synth_assets.masking.kinds.registry import find, kinds
from synth_assets.masking.lexicon import countries
from synth_assets.masking.lexicon.gazetteer import MONTHS, common_words, gazetteer, is_distinctive, is_everyday
from synth_assets.masking.mentions import MODEL, Detector, Mention, resolve, with_families
from synth_assets.masking.names.listed import without_everyday_ends
from synth_assets.masking.policy import MaskingPolicy

_RULES: tuple[Detector, ...] = ("pattern", "cue", "gazetteer")
_WORD = re.compile(r"[^\W\d_]+(?:[’'-][^\W\d_]+)*")
_SMALL_WORD = re.compile(r"(?<!\w)[^\W\d_A-Z][^\W\d_A-Z]+(?!\w)")
_TERM_WORDS = "ssn iban mrn nhs pin vat dob id atm sms url usb pdf api crm faq"
_TERMS = frozenset(_TERM_WORDS.split())
_HYPHENATED = re.compile(r"[-‑][^\W\d_a-z][^\W\d_]*")
_DATED = re.compile(r"(?:1[6-9]|20)\d\d|(?i:" + "|".join(m for m in MONTHS if m not in ("may", "march")) + ")")


def detect(
    texts: Sequence[str],
    recognizer: EntityRecognizer,
    policy: MaskingPolicy,
    custom: Sequence[Sequence[Mention]] | None = None,
) -> list[list[Mention]]:
    """Non-overlapping mentions of each text, by start.

    Each mention tells which families saw it (`Mention.seen`), so that what none saw can be estimated.

    Args:
        texts: to be searched.
        recognizer: finds names; asked only where the policy has the detector "ner".
        policy: detectors, and the score below which findings are left out.
        custom: of each text, the mentions of declared types (`find_custom`).
    """
    named = recognizer.recognize(texts) if "ner" in policy.detectors else [[] for _ in texts]
    results = []
    declared = custom or [[] for _ in texts]
    for text, entities, own in zip(texts, named, declared, strict=True):
        by_family: dict[Detector, Iterator[Mention]] = {f: find(f, text) for f in _RULES if f in policy.detectors}
        if "presidio" in policy.detectors:
            by_family["presidio"] = find_national_ids(text, policy.min_score)
        by_family["ner"] = _from_model(text, entities)
        sure = {family: [m for m in findings if m.score >= policy.min_score] for family, findings in by_family.items()}
        mentions = [m for m in own if m.score >= policy.min_score]
        mentions += [mention for findings in sure.values() for mention in findings]
        results.append(with_families(text, resolve(text, mentions), sure))
    return results


@cache
def _meant_by(label: str) -> str | None:
    """The kind that a label of the recognizer means."""
    return next((kind.name for kind in kinds().values() if label in kind.labels), None)


def _from_model(text: str, entities: Sequence[Entity]) -> Iterator[Mention]:
    """The model's entities without those that name nobody: generic institutions, relative dates, bare numbers."""
    small = frozenset(_SMALL_WORD.findall(text))
    for entity in entities:
        kind = _meant_by(entity.type)
        if kind is None:
            continue
        start, end = _core(text, entity.start, entity.end)
        if kind == "PERSON":
            start, end = without_everyday_ends(text, start, end)
        if kind != "DATE" and (rest := _HYPHENATED.match(text, end)):
            end = rest.end()
        if start < end and _is_identifying(kind, text[start:end], small):
            yield Mention(start, end, _corrected(kind, text[start:end]), entity.score, entity.detector, MODEL)


def _core(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without a leading article, a trailing possessive, or spaces."""
    surface = text[start:end]
    left = re.match(r"\s*(?:(?:the|a|an)\s+)?", surface, re.IGNORECASE)
    right = re.search(r"(?:['’]s?|[\s.,;:])*$", surface)
    return start + (left.end() if left else 0), start + (right.start() if right else len(surface))


def _corrected(kind: str, surface: str) -> str:
    """A group that is neither a people nor a religion is a name of some kind."""
    if kind != "NATIONALITY" or countries.lookup(surface) or traits.is_group(surface):
        return kind
    return "PERSON" if surface.casefold() in gazetteer().given else "LOCATION"


def _is_identifying(kind: str, surface: str, small: frozenset[str]) -> bool:
    if kind == "DATE":
        return bool(_DATED.search(surface))
    words = [word.casefold() for word in _WORD.findall(surface)]
    if len(words) <= 1 and kind != "NATIONALITY" and _is_heading(surface, words, small):
        return False
    if kind == "NATIONALITY":
        return any(char.isupper() for char in surface)
    if kind == "PERSON":
        capitalized = (word.casefold() for word in _WORD.findall(surface) if word[:1].isupper())
        return any(len(word) > 1 and not is_everyday(word) for word in capitalized)
    if kind == "LOCATION" and countries.lookup(surface):
        return True
    return any(is_distinctive(word) for word in words) and any(char.isupper() for char in surface)


def _is_heading(surface: str, words: Sequence[str], small: frozenset[str]) -> bool:
    """Whether one word is only written like a name: also in lower case nearby, everyday, a term, a hashtag."""
    return (
        not words
        or surface.startswith("#")
        or any(
            word in common_words() or word in _TERMS or word in small for word in (words[0], words[0].removesuffix("s"))
        )
    )
