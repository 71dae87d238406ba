"""Every detector over a batch of documents, united and resolved into one list of mentions a document.

Types that a policy declares are found apart, and the privacy report may look for them too.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache

from resources.errors import PolicyError
from resources.models.protocols import Entity, EntityRecognizer, Models
from synth_assets.masking.kinds import traits
from synth_assets.masking.kinds.codes import find_national_ids
from synth_assets.masking.kinds.custom import LabelRole
from synth_assets.masking.kinds.registry import find, kinds
from synth_assets.masking.lexicon import countries
from synth_assets.masking.lexicon.gazetteer import MONTHS, common_words, gazetteer, is_distinctive, is_everyday
from synth_assets.masking.mentions import DECLARED, MODEL, Detector, Mention, resolve, with_families
from synth_assets.masking.names.listed import without_everyday_ends
from synth_assets.masking.policy import MaskingPolicy
from synth_assets.records import InForce

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


def find_custom(texts: Sequence[str], policy: MaskingPolicy, models: Models) -> list[list[Mention]]:
    """Mentions of each text, unresolved: patterns and words for certain, labels with the score of their model.

    Raises:
        PolicyError: a pattern that takes too long, a label that its model does not know, or a role without a model.
    """
    by_text: list[list[Mention]] = [[] for _ in texts]
    labels: dict[LabelRole, dict[str, list[str]]] = {}
    for name, declared in policy.custom.items():
        if declared.model and declared.label:
            labels.setdefault(declared.model, defaultdict(list))[declared.label].append(name)
        if (finder := declared.finder) is None:
            continue
        detector = "custom_pattern" if declared.pattern else "custom_words"
        for mentions, text in zip(by_text, texts, strict=True):
            try:
                mentions += [Mention(start, end, name, 1.0, detector, DECLARED) for start, end in finder.find(text)]
            except TimeoutError:
                raise PolicyError(
                    f"masking.custom.{name}: the pattern takes too long on a text of {len(text):,} characters: avoid "
                    "repetitions inside repetitions"
                ) from None
    for role, types in labels.items():
        recognizer = models.zero_shot if role == "zero_shot" else models.recognizer
        for mentions, entities in zip(by_text, recognizer.find(texts, list(types)), strict=True):
            mentions += [
                Mention(e.start, e.end, name, e.score, e.detector, MODEL) for e in entities for name in types[e.type]
            ]
    return by_text


def in_force(policy: MaskingPolicy, models: Models | None = None) -> InForce:
    """What the privacy report is told of the policy; declared types that are hidden can be found only with `models`.

    The report's own patterns stay independent of the masker's: only with declared types is it helped.
    """
    coarser = {"generalize": f"generalize ({policy.generalization.replace('_', ' ')})"}
    actions = {kind: coarser.get(action := policy.action_of(kind), action) for kind in (*kinds(), *policy.custom)}
    letters = sorted({letter for kind in kinds().values() for letter in kind.safe_harbor})
    harbor = {letter: tuple(k.name for k in kinds().values() if letter in k.safe_harbor) for letter in letters}
    rules = InForce(actions, tuple(policy.custom), safe_harbor=harbor)
    if models is None:
        return rules
    hidden = frozenset(name for name, declared in policy.custom.items() if declared.action != "keep")

    def find(texts: Sequence[str]) -> list[list[tuple[int, int, str]]]:
        return [
            [(m.start, m.end, m.type) for m in mentions if m.type in hidden and m.score >= policy.min_score]
            for mentions in find_custom(texts, policy, models)
        ]

    return replace(rules, find=find)
