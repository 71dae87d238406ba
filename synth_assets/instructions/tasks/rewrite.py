"""Rewriting pairs: a text and its variation, in both directions."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import regex

from resources.config import StrictModel
from resources.models.protocols import Span
from synth_assets.instructions.example import Draft
from synth_assets.instructions.passages import Source, TextPolicy, units
from synth_assets.instructions.tasks.task import Material, Task
from synth_assets.text.draws import digest
from synth_assets.text.words import words

_NUMBER = regex.compile(r"\d+")
_INFILLED = "infilling"


def rewrite(material: Material, _: StrictModel) -> list[Draft]:
    """For each source document, one pair of aligned passages; none where no pair aligns.

    A text is the original of its variations: a masked text in mode rewritten, a synthesized one in the other modes.
    What a masked LM filled in, in a variation or in a refilled text, says something else: it is no paraphrase.
    """
    originals = {source.row_id: source for source in material.sources if source.kind != "refilled"}
    variants: dict[str, list[Source]] = defaultdict(list)
    for source in material.sources:
        if source.parent in originals and source.recipe != _INFILLED:
            variants[source.source_doc].append(source)
    return [draft for group in variants.values() for draft in _drafts(group, originals, material)]


def aligned(original: str, variant: str, policy: TextPolicy) -> tuple[Span, Span] | None:
    """Spans of the same opening units in both texts, or None.

    Texts align if they have the same number of sentences, headings and lines. The spans cover as many as fit into a
    passage without ending on a heading, contain the same numbers, and differ in their words.
    """
    left, right = units(original), units(variant)
    if not left or len(left) != len(right):
        return None
    for count in range(len(left), 0, -1):
        first = (left[0].start, left[count - 1].end)
        second = (right[0].start, right[count - 1].end)
        a, b = original[slice(*first)], variant[slice(*second)]
        sizes = sorted((len(words(a)), len(words(b))))
        if sizes[1] <= policy.passage_words and (count == len(left) or not left[count - 1].is_line):
            usable = sizes[0] >= policy.min_words and words(a) != words(b)
            return (first, second) if usable and sorted(_NUMBER.findall(a)) == sorted(_NUMBER.findall(b)) else None
    return None


def _drafts(variants: Sequence[Source], originals: Mapping[str, Source], material: Material) -> list[Draft]:
    for variant in sorted(variants, key=lambda source: digest(material.seed, "rewrite", source.row_id)):
        original = originals[variant.parent]
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
        "In rewriting tasks a target can be model output: a variation that passed the filters of its recipe.",
    ),
)
