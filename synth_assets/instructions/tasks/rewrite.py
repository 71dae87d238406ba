"""Rewriting pairs: an augmented text and the masked text it was made from, in both directions."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import regex

from resources.config import StrictModel
from synth_assets.instructions.example import Draft, Source, TextPolicy
from synth_assets.instructions.tasks.task import Material, Task
from synth_assets.text.draws import digest
from synth_assets.text.sentences import Span, sentences
from synth_assets.text.words import words

_NUMBER = regex.compile(r"\d+")


def rewrite(material: Material, _: StrictModel) -> list[Draft]:
    """For each source document, one pair of aligned passages; none where no pair aligns."""
    masked = {source.row_id: source for source in material.sources if source.kind == "masked"}
    variants: dict[str, list[Source]] = defaultdict(list)
    for source in material.sources:
        if source.kind == "augmented" and source.parent in masked:
            variants[source.source_doc].append(source)
    return [draft for group in variants.values() for draft in _drafts(group, masked, material)]


def aligned(original: str, variant: str, policy: TextPolicy) -> tuple[Span, Span] | None:
    """Spans of the same opening sentences in both texts, or None.

    Texts align if they have the same number of sentences. The spans cover as many as fit into a passage, contain
    the same numbers, and differ in their words.
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
            return (first, second) if usable and sorted(_NUMBER.findall(a)) == sorted(_NUMBER.findall(b)) else None
    return None


def _drafts(variants: Sequence[Source], masked: Mapping[str, Source], material: Material) -> list[Draft]:
    for variant in sorted(variants, key=lambda source: digest(material.seed, "rewrite", source.row_id)):
        original = masked[variant.parent]
        spans = aligned(original.text, variant.text, material.text)
        if spans:
            to_source = _draft(variant, original, spans[1], spans[0], "rewrite_to_source")
            to_variant = _draft(original, variant, spans[0], spans[1], "rewrite_to_variant")
            return [to_source, to_variant]
    return []


def _draft(source: Source, target: Source, shown: Span, wanted: Span, recipe: str) -> Draft:
    output = target.text[slice(*wanted)]
    return Draft(
        source=source,
        task=REWRITE.name,
        recipe=recipe,
        key=f"{source.row_id}/{target.row_id}",
        input=source.text[slice(*shown)],
        output=output,
        gist=output,
        grounding=((0, shown[1] - shown[0]),),
        params={"target": target.row_id},
    )


REWRITE = Task(
    name="rewrite",
    order=3,
    purpose="rewriting",
    category="text-generation",
    draft=rewrite,
    grounded=lambda row, spans: list(spans) == [row["input"]] and bool(row["output"].strip()),
    limitations=(
        "In rewriting tasks a target can be an augmented text: model output that passed the augmentation filters.",
    ),
)
