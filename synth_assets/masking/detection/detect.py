"""Every detector over a batch of documents, united and resolved into one list of mentions a document.

Which strings are hidden elsewhere too because they were found once belongs to `linking`.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from resources.models.protocols import Entity, EntityRecognizer
from synth_assets.masking.kinds import traits
from synth_assets.masking.kinds.codes import find_patterns
from synth_assets.masking.kinds.dates import find_dates
from synth_assets.masking.kinds.national_ids import find_national_ids
from synth_assets.masking.kinds.numbered import find_numbered
from synth_assets.masking.kinds.professions import find_professions
from synth_assets.masking.kinds.quantities import find_quantities
from synth_assets.masking.lexicon import countries
from synth_assets.masking.lexicon.gazetteer import (
    MONTHS,
    common_words,
    gazetteer,
    is_distinctive,
    is_everyday,
)
from synth_assets.masking.mentions import MODEL, Detector, Mention, resolve, with_families
from synth_assets.masking.names.cues import find_cues
from synth_assets.masking.names.institutions import find_institutions
from synth_assets.masking.names.listed import find_listed_names, find_lower_case_names, without_everyday_ends
from synth_assets.masking.names.unknown import find_unknown_names
from synth_assets.masking.policy import MaskingPolicy

_MODEL_TYPES = {
    "PERSON": "PERSON",
    "ORGANIZATION": "ORGANIZATION",
    "LOCATION": "LOCATION",
    "GPE": "LOCATION",
    "FACILITY": "LOCATION",
    "NORP": "NATIONALITY",
    "NATIONALITY": "NATIONALITY",
    "DATE": "DATE",
}
_RULES: Mapping[Detector, tuple[Callable[[str], Iterator[Mention]], ...]] = {
    "pattern": (find_patterns, find_dates, find_quantities, find_numbered),
    "cue": (find_cues, find_professions, find_institutions, traits.find_traits, find_unknown_names),
    "gazetteer": (find_listed_names, find_lower_case_names),
}
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
    """Non-overlapping mentions of each text, by start; findings under the policy's score are left out.

    Each mention tells which families saw it (`Mention.seen`), so that what none saw can be estimated.
    `custom`: of each text, what `find_custom` found.
    """
    named = recognizer.recognize(texts) if "ner" in policy.detectors else [[] for _ in texts]
    results = []
    declared = custom or [[] for _ in texts]
    for text, entities, own in zip(texts, named, declared, strict=True):
        found: dict[Detector, list[Mention]] = {
            name: [mention for rule in rules for mention in rule(text) if mention.score >= policy.min_score]
            for name, rules in _RULES.items()
            if name in policy.detectors
        }
        if "presidio" in policy.detectors:
            national = find_national_ids(text, policy.min_score)
            found["presidio"] = [mention for mention in national if mention.score >= policy.min_score]
        found["ner"] = [mention for mention in _from_model(text, entities) if mention.score >= policy.min_score]
        sure = [mention for mention in own if mention.score >= policy.min_score]
        mentions = resolve(text, [*sure, *(mention for findings in found.values() for mention in findings)])
        results.append(with_families(text, mentions, found))
    return results


def _from_model(text: str, entities: Sequence[Entity]) -> Iterator[Mention]:
    """The model's entities without those that name nobody: generic institutions, relative dates, bare numbers."""
    small = frozenset(_SMALL_WORD.findall(text))
    for entity in entities:
        kind = _MODEL_TYPES.get(entity.type)
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
        return any(word[:1].isupper() and not _is_plain(word.casefold()) for word in _WORD.findall(surface))
    if kind == "LOCATION" and countries.lookup(surface):
        return True
    return any(is_distinctive(word) for word in words) and any(char.isupper() for char in surface)


def _is_heading(surface: str, words: Sequence[str], small: frozenset[str]) -> bool:
    """Whether one word is only written like a name: also in small letters nearby, everyday, a term, a hashtag."""
    return (
        not words
        or surface.startswith("#")
        or any(
            word in common_words() or word in _TERMS or word in small for word in (words[0], words[0].removesuffix("s"))
        )
    )


def _is_plain(word: str) -> bool:
    return is_everyday(word) or len(word) < 2
