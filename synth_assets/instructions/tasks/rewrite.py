"""Rewriting pairs: an augmented text and the masked text it was made from, in both directions."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import regex

from synth_assets.instructions.example import Draft
from synth_assets.instructions.passages import Source
from synth_assets.instructions.policy import TextPolicy
from synth_assets.text.draws import digest
from synth_assets.text.sentences import Span, sentences
from synth_assets.text.words import words

_FIGURE = regex.compile(r"\d+")


def rewrite(found: Sequence[Source], policy: TextPolicy, seed: int) -> list[Draft]:
    """For each source document, one pair of aligned passages; none where no pair aligns."""
    masked = {source.row_id: source for source in found if source.kind == "masked"}
    variants: dict[str, list[Source]] = defaultdict(list)
    for source in found:
        if source.kind == "augmented" and source.parent in masked:
            variants[source.source_doc].append(source)
    return [draft for group in variants.values() for draft in _of_document(group, masked, policy, seed)]


def _of_document(
    variants: Sequence[Source], masked: Mapping[str, Source], policy: TextPolicy, seed: int
) -> list[Draft]:
    for variant in sorted(variants, key=lambda source: digest(seed, "rewrite", source.row_id)):
        original = masked[variant.parent]
        spans = aligned(original.text, variant.text, policy)
        if spans:
            there = _draft(variant, original, spans[1], spans[0], "rewrite_to_source")
            back = _draft(original, variant, spans[0], spans[1], "rewrite_to_variant")
            return [there, back]
    return []


def aligned(original: str, variant: str, policy: TextPolicy) -> tuple[Span, Span] | None:
    """Spans of the same opening sentences in both texts, or None.

    Texts align if they have the same number of sentences; the spans cover as many as fit into a
    passage, hold the same figures and do not read the same.
    """
    left, right = sentences(original), sentences(variant)
    if not left or len(left) != len(right):
        return None
    for count in range(len(left), 0, -1):
        first = (left[0][0], left[count - 1][1])
        second = (right[0][0], right[count - 1][1])
        a, b = original[slice(*first)], variant[slice(*second)]
        sizes = sorted((len(words(a)), len(words(b))))
        if sizes[1] <= policy.passage_words:
            usable = sizes[0] >= policy.min_words and words(a) != words(b)
            return (first, second) if usable and sorted(_FIGURE.findall(a)) == sorted(_FIGURE.findall(b)) else None
    return None


def _draft(source: Source, target: Source, given: Span, wanted: Span, recipe: str) -> Draft:
    output = target.text[slice(*wanted)]
    return Draft(
        source=source,
        task="rewrite",
        recipe=recipe,
        key=f"{source.row_id}/{target.row_id}",
        input=source.text[slice(*given)],
        output=output,
        gist=output,
        grounding=((0, given[1] - given[0]),),
        params={"target": target.row_id},
    )
