"""Proposes rewritings for the sentences of all documents at once and keeps those that pass the filters.

How a sentence is rewritten is `back_translation` and `paraphrase`; what becomes of a document is `assembly`.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from resources.models.protocols import CausalLM, Models, Translator
from resources.progress import Progress
from synth_assets.augmentation.documents import Document
from synth_assets.augmentation.filters.meaning import Embeddings, Judgment, judge, logprob_deltas
from synth_assets.augmentation.filters.text import Pair
from synth_assets.augmentation.policy import AugmentationPolicy
from synth_assets.augmentation.protection import protect, protected_counts
from synth_assets.augmentation.recipes.back_translation import back_translate
from synth_assets.augmentation.recipes.paraphrase import paraphrase
from synth_assets.text.draws import derive
from synth_assets.text.words import cased_words

STEPS = 4  # of the stage, as progress counts them: the fourth is assembly and generation
Place = tuple[int, int]  # number of the document, number of the segment in it
_PARAPHRASE_WORDS = range(6, 26)  # the causal LM drifts on longer sentences and has no room in shorter ones


@dataclass(frozen=True)
class Rewriting:
    """An accepted rewriting; `logprob_delta` is None where naturalness was not scored."""

    text: str
    recipe: str
    similarity: float
    logprob_delta: float | None = None


@dataclass(frozen=True)
class Plan:
    """Accepted rewritings by place, how many proposals were made, and how many of them dropped by reason."""

    rewritings: Mapping[Place, Rewriting] = field(default_factory=dict)
    proposed: int = 0
    dropped: Counter[str] = field(default_factory=Counter)


def plan_rewriting(
    documents: Sequence[Document],
    policy: AugmentationPolicy,
    seed: int,
    models: Models,
    embeddings: Embeddings,
    progress: Progress,
) -> tuple[Plan, dict[str, int]]:
    """What replaces which sentence, and figures: sentences, rewritten ones, proposals dropped by reason.

    A paraphrase takes the place of the back-translation of its sentence; where no sample passed, the latter stays.
    """
    translated, paraphrased, natural = Plan(), Plan(), Plan()
    if policy.back_translation:
        translated = plan_back_translation(documents, policy, models.translator, embeddings)
    progress("augmentation", 1, STEPS)
    if policy.paraphrase_share:
        paraphrased = plan_paraphrase(documents, translated, policy, seed, models.causal_lm, embeddings)
    progress("augmentation", 2, STEPS)
    chosen = Plan({**translated.rewritings, **paraphrased.rewritings})
    if policy.naturalness_sentences and chosen.rewritings:
        chosen = natural = drop_unnatural(documents, chosen.rewritings, policy, models.causal_lm)
    progress("augmentation", 3, STEPS)
    figures = {"sentences": sum(len(document.prose) for document in documents)}
    figures |= {"paraphrase_samples": paraphrased.proposed, "naturalness_scored": natural.proposed}
    figures |= Counter(f"sentences_{found.recipe}" for found in chosen.rewritings.values())
    figures |= {
        f"sentence_rejected_{reason}": n for reason, n in sorted((translated.dropped + natural.dropped).items())
    }
    figures |= {f"paraphrase_rejected_{reason}": n for reason, n in sorted(paraphrased.dropped.items())}
    return chosen, figures


def plan_back_translation(
    documents: Sequence[Document], policy: AugmentationPolicy, translator: Translator, embeddings: Embeddings
) -> Plan:
    """Back-translate every prose sentence."""
    places = [(number, index) for number, document in enumerate(documents) for index in document.prose]
    if not places:
        return Plan()
    sources = [_source(documents, place) for place in places]
    protected = [protect(source, documents[number].terms) for source, (number, _) in zip(sources, places, strict=True)]
    proposals = back_translate(sources, protected, policy, translator)
    pairs = [
        Pair(source, proposal or "", documents[number].terms)
        for source, proposal, (number, _) in zip(sources, proposals, places, strict=True)
    ]
    restored = iter(judge([pair for pair in pairs if pair.rewriting], policy, embeddings))
    judgments = [next(restored) if pair.rewriting else Judgment("protected") for pair in pairs]
    kept = {
        place: Rewriting(pair.rewriting, "back_translation", judgment.similarity)
        for place, pair, judgment in zip(places, pairs, judgments, strict=True)
        if judgment.reason is None
    }
    return Plan(kept, len(judgments), Counter(judgment.reason for judgment in judgments if judgment.reason))


def plan_paraphrase(
    documents: Sequence[Document],
    translated: Plan,
    policy: AugmentationPolicy,
    seed: int,
    lm: CausalLM,
    embeddings: Embeddings,
) -> Plan:
    """Paraphrase a few sentences of a share of the documents; of the samples that pass, the most similar is taken.

    Sentences that back-translation did not change come first: there a paraphrase adds most.
    """
    places = [
        (number, index)
        for number, document in enumerate(documents)
        if derive(seed, "paraphrase_share", document.id) < policy.paraphrase_share * 2**63
        for index in _suited(
            document, [i for i in document.prose if (number, i) in translated.rewritings], policy, seed
        )
    ]
    if not places:
        return Plan()
    samples = paraphrase([_source(documents, place) for place in places], policy, seed, lm)
    tried = [
        (place, Pair(_source(documents, place), text, documents[place[0]].terms))
        for place, texts in zip(places, samples, strict=True)
        for text in texts
    ]
    judgments = judge([pair for _, pair in tried], policy, embeddings)
    best: dict[Place, Rewriting] = {}
    for (place, pair), judgment in zip(tried, judgments, strict=True):
        if judgment.reason is None and (place not in best or judgment.similarity > best[place].similarity):
            best[place] = Rewriting(pair.rewriting, "paraphrase", judgment.similarity)
    return Plan(best, len(judgments), Counter(judgment.reason for judgment in judgments if judgment.reason))


def drop_unnatural(
    documents: Sequence[Document], rewritings: Mapping[Place, Rewriting], policy: AugmentationPolicy, lm: CausalLM
) -> Plan:
    """Score the least similar rewritings of each document and drop those the LM finds much less likely."""
    suspects = _least_similar(rewritings, policy.naturalness_sentences)
    pairs = {place: (_source(documents, place), rewritings[place].text) for place in suspects}
    deltas = logprob_deltas(list(pairs.values()), lm)
    scored = {place: replace(rewritings[place], logprob_delta=deltas[pair]) for place, pair in pairs.items()}
    unnatural = {place for place, pair in pairs.items() if deltas[pair] < policy.logprob_delta_min}
    kept = {place: scored.get(place, found) for place, found in rewritings.items() if place not in unnatural}
    return Plan(kept, len(suspects), Counter({"unnatural": len(unnatural)} if unnatural else {}))


def _source(documents: Sequence[Document], place: Place) -> str:
    return documents[place[0]].segments[place[1]].text


def _suited(document: Document, changed: Collection[int], policy: AugmentationPolicy, seed: int) -> list[int]:
    """Unchanged and plain sentences first (the LM loses quoted speech, names and what is protected), then at random."""
    texts = {index: document.segments[index].text for index in document.prose}
    suited = [index for index, text in texts.items() if len(text.split()) in _PARAPHRASE_WORDS]
    suited.sort(
        key=lambda index: (
            index in changed,
            bool(protected_counts(texts[index], document.terms)) or any(mark in texts[index] for mark in '"“”'),
            sum(word[0].isupper() for word in cased_words(texts[index])[1:]),
            derive(seed, "paraphrase_sentence", document.id, str(index)),
        )
    )
    return sorted(suited[: policy.paraphrase_sentences])


def _least_similar(rewritings: Mapping[Place, Rewriting], count: int) -> list[Place]:
    by_document: dict[int, list[Place]] = {}
    for place in sorted(rewritings):
        by_document.setdefault(place[0], []).append(place)
    return [
        place
        for places in by_document.values()
        for place in sorted(places, key=lambda place: (rewritings[place].similarity, place))[:count]
    ]
