"""Recipes that rewrite single sentences: back-translation through another language, and paraphrase by the causal LM.

A few-shot prompt in plain text doubles the acceptance of a 135M model over a chat instruction. About half of the
samples that similarity alone accepts have another meaning, so every sample passes all filters.
"""

import re
from collections.abc import Collection, Sequence

from pydantic import Field

from resources.config import StrictModel
from resources.models.protocols import CausalLM, Sampling
from synth_assets.augmentation.documents import Document, DocumentPolicy
from synth_assets.augmentation.protection import protect, protected_counts
from synth_assets.augmentation.recipes.recipe import Material, Place, Recipe
from synth_assets.text.draws import derive
from synth_assets.text.words import cased_words

_DOTTED = re.compile(r"\b(?:[A-Z]\.){2,}")
_TITLE = re.compile(r"\b(Mr|Mrs|Ms|Dr|Prof|St)\.(?=\s)")
_INNER_WORD = re.compile(r"(?<=[^\W_] )[^\W\d_]+|(?<=, )[^\W\d_]+")
_QUOTES = {"“": '"', "”": '"', "’": "'", "‘": "'"}
_SHOTS = (
    ("The meeting was postponed because the manager was ill.", "As the manager was ill, the meeting was put off."),
    ("You can return the shoes within 30 days.", "The shoes may be sent back within 30 days."),
    ("Residents complained about the noise from the airport.", "The airport noise drew complaints from residents."),
)
_PROMPT = "".join(f"Sentence: {source}\nParaphrase: {target}\n\n" for source, target in _SHOTS)
_MAX_TOKENS = 48
_WORDS = range(6, 26)  # the causal LM drifts on longer sentences and can change little in shorter ones


def match_style(source: str, rewriting: str) -> str:
    """Write acronyms, titles, capitals and quotation marks as the source does, and start as it starts.

    A translator's own spelling habits would mark every rewriting as such.
    """
    text = _DOTTED.sub(lambda match: _acronym(match[0], source), rewriting)
    text = _TITLE.sub(lambda match: match[0] if match[0] in source else match[1], text)
    if not any(mark in source for mark in _QUOTES):
        text = "".join(_QUOTES.get(char, char) for char in text)
    text = _recase(source, text)
    if source[:1].islower():
        return text[:1].lower() + text[1:]
    return text[:1].upper() + text[1:] if source[:1].isupper() else text


def _acronym(dotted: str, source: str) -> str:
    plain = dotted.replace(".", "")
    return plain if dotted not in source and re.search(rf"\b{plain}\b", source) else dotted


def _recase(source: str, text: str) -> str:
    written: dict[str, set[str]] = {}
    for word in re.findall(r"[^\W\d_]+", source):
        written.setdefault(word.lower(), set()).add(word)

    def as_source(match: re.Match[str]) -> str:
        forms = written.get(match[0].lower(), set())
        return next(iter(forms)) if len(forms) == 1 and not source.startswith(tuple(forms)) else match[0]

    return _INNER_WORD.sub(as_source, text)


class ParaphrasePolicy(StrictModel):
    """How much is paraphrased, and how."""

    paraphrase_share: float = Field(0.25, ge=0, le=1, description="Share of documents that the causal LM paraphrases")
    paraphrase_sentences: int = Field(1, ge=1, description="Sentences a document that the causal LM paraphrases")
    paraphrase_candidates: int = Field(3, ge=1, le=16, description="Samples a sentence; the best that passes is taken")
    paraphrase_temperature: float = Field(0.5, gt=0, le=2, description="Sampling temperature of paraphrases")


def paraphrase(sources: Sequence[str], settings: ParaphrasePolicy, seed: int, lm: CausalLM) -> list[list[str]]:
    """`paraphrase_candidates` samples of each source, asked for in one call so that a prompt is read once."""
    prompts = [f"{_PROMPT}Sentence: {' '.join(source.split())}\nParaphrase:" for source in sources]
    seeds = [derive(seed, "paraphrase", str(number)) for number in range(settings.paraphrase_candidates)]
    sampling = Sampling(_MAX_TOKENS, temperature=settings.paraphrase_temperature, stop=("\n",))
    made = lm.generate(prompts * len(seeds), sampling, [each for each in seeds for _ in prompts])
    return [
        [match_style(source, sample.strip()) for sample in made[number :: len(sources)]]
        for number, source in enumerate(sources)
    ]


def _propose(
    material: Material, changed: Collection[Place], settings: ParaphrasePolicy
) -> list[tuple[Place, str | None]]:
    """Samples for a few sentences of a share of the documents."""
    places = [
        (number, index)
        for number, document in enumerate(material.documents)
        if derive(material.seed, "paraphrase_share", document.id) < settings.paraphrase_share * 2**63
        for index in _suited(document, [i for i in document.prose if (number, i) in changed], settings, material.seed)
    ]
    if not places:
        return []
    samples = paraphrase([material.sentence(p) for p in places], settings, material.seed, material.models.causal_lm)
    return [(place, text) for place, texts in zip(places, samples, strict=True) for text in texts]


def _suited(document: Document, changed: Collection[int], settings: ParaphrasePolicy, seed: int) -> list[int]:
    """Sentences to paraphrase: unchanged ones first, because a paraphrase adds most there, then plain ones.

    The LM loses quoted speech, names and protected strings.
    """
    texts = {index: document.segments[index].text for index in document.prose}
    suited = [index for index, text in texts.items() if len(text.split()) in _WORDS]
    suited.sort(
        key=lambda index: (
            index in changed,
            bool(protected_counts(texts[index], document.terms)) or any(mark in texts[index] for mark in '"“”'),
            sum(word[0].isupper() for word in cased_words(texts[index])[1:]),
            derive(seed, "paraphrase_sentence", document.id, str(index)),
        )
    )
    return sorted(suited[: settings.paraphrase_sentences])


PARAPHRASE = Recipe(
    name="paraphrase",
    order=2,
    settings=ParaphrasePolicy,
    is_on=lambda policy: policy.paraphrase_share > 0,
    roles=("causal_lm",),
    propose=_propose,
    samples="paraphrase_samples",
)


class BackTranslationPolicy(DocumentPolicy):
    """Whether and how sentences are back-translated."""

    back_translation: bool = Field(True, description="Rewrite sentences by a round trip through the pivot language")
    pivot: str = Field("pt", description="Language that back-translation goes through")


def back_translate(
    material: Material, _: Collection[Place], settings: BackTranslationPolicy
) -> list[tuple[Place, str | None]]:
    """The round trip of every prose sentence, identical ones once; None where a protected string was lost."""
    places = [(number, index) for number, document in enumerate(material.documents) for index in document.prose]
    if not places:
        return []
    protected = [protect(material.sentence(place), material.terms(place)) for place in places]
    inputs = [" ".join(sentence.text.split()) for sentence in protected]
    unique = list(dict.fromkeys(inputs))
    translator = material.models.translator
    pivot = translator.translate(unique, settings.language, settings.pivot)
    back = dict(zip(unique, translator.translate(pivot, settings.pivot, settings.language), strict=True))
    restored = [sentence.restore(back[text].strip()) for sentence, text in zip(protected, inputs, strict=True)]
    return [
        (place, match_style(material.sentence(place), text) if text else None)
        for place, text in zip(places, restored, strict=True)
    ]


BACK_TRANSLATION = Recipe(
    name="back_translation",
    order=1,
    settings=BackTranslationPolicy,
    is_on=lambda policy: policy.back_translation,
    roles=("translator",),
    propose=back_translate,
    params=lambda policy: {"pivot": policy.pivot},
    rejected="sentence_rejected",
)
