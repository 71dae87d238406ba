"""Back-translation of sentences, identical ones once."""

from collections.abc import Sequence

from resources.models.protocols import Translator
from synth_assets.augmentation.policy import AugmentationPolicy
from synth_assets.augmentation.protection import Protected
from synth_assets.augmentation.recipes.style import match_style


def back_translate(
    sources: Sequence[str], protected: Sequence[Protected], policy: AugmentationPolicy, translator: Translator
) -> list[str | None]:
    """The round trip of each source with protected strings put back; None where one of them was lost."""
    inputs = [" ".join(sentence.text.split()) for sentence in protected]
    unique = list(dict.fromkeys(inputs))
    pivot = translator.translate(unique, policy.language, policy.pivot)
    back = dict(zip(unique, translator.translate(pivot, policy.pivot, policy.language), strict=True))
    restored = [sentence.restore(back[text].strip()) for sentence, text in zip(protected, inputs, strict=True)]
    return [text and match_style(source, text) for source, text in zip(sources, restored, strict=True)]
