"""Paraphrases of sentences by the causal LM: a few-shot prompt in plain text, several samples each.

A few-shot prompt in plain text doubles the acceptance of a 135M model over a chat instruction. About half of the
samples that similarity alone accepts have another meaning, so every sample passes all filters.
"""

from collections.abc import Collection, Sequence

from pydantic import Field

from resources.config import StrictModel
from resources.models.protocols import CausalLM, Sampling
from synth_assets.augmentation.documents import Document
from synth_assets.augmentation.protection import protected_counts
from synth_assets.augmentation.recipes.recipe import Material, Place, SentenceRecipe
from synth_assets.augmentation.recipes.style import match_style
from synth_assets.text.draws import derive
from synth_assets.text.words import cased_words

_SHOTS = (
    ("The meeting was postponed because the manager was ill.", "As the manager was ill, the meeting was put off."),
    ("You can return the shoes within 30 days.", "The shoes may be sent back within 30 days."),
    ("Residents complained about the noise from the airport.", "The airport noise drew complaints from residents."),
)
_PROMPT = "".join(f"Sentence: {source}\nParaphrase: {target}\n\n" for source, target in _SHOTS)
_MAX_TOKENS = 48
_WORDS = range(6, 26)  # the causal LM drifts on longer sentences and can change little in shorter ones


class ParaphrasePolicy(StrictModel):
    """How much is paraphrased, and how."""

    paraphrase_share: float = Field(0.25, ge=0, le=1, description="Share of documents that the causal LM paraphrases")
    paraphrase_sentences: int = Field(1, ge=1, description="Sentences a document that the causal LM paraphrases")
    paraphrase_candidates: int = Field(3, ge=1, le=16, description="Samples a sentence; the best that passes is taken")
    paraphrase_temperature: float = Field(0.5, gt=0, le=2, description="Sampling temperature of paraphrases")


def paraphrase(sources: Sequence[str], settings: ParaphrasePolicy, seed: int, lm: CausalLM) -> list[list[str]]:
    """`paraphrase_candidates` samples of each source, one call per sample so that their seeds differ."""
    prompts = [f"{_PROMPT}Sentence: {' '.join(source.split())}\nParaphrase:" for source in sources]
    rounds = [
        lm.generate(prompts, _sampling(settings, derive(seed, "paraphrase", str(number))))
        for number in range(settings.paraphrase_candidates)
    ]
    return [
        [match_style(source, sample.strip()) for sample in samples]
        for source, samples in zip(sources, zip(*rounds, strict=True), strict=True)
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


def _sampling(settings: ParaphrasePolicy, seed: int) -> Sampling:
    return Sampling(_MAX_TOKENS, temperature=settings.paraphrase_temperature, stop=("\n",), seed=seed)


PARAPHRASE = SentenceRecipe(
    name="paraphrase",
    order=2,
    settings=ParaphrasePolicy,
    is_on=lambda policy: policy.paraphrase_share > 0,
    roles=("causal_lm",),
    propose=_propose,
    samples="paraphrase_samples",
)
