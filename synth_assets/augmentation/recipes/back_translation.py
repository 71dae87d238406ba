"""Back-translation: a sentence goes through another language and back."""

from collections.abc import Collection

from pydantic import Field

from synth_assets.augmentation.documents import DocumentPolicy
from synth_assets.augmentation.protection import protect
from synth_assets.augmentation.recipes.recipe import Material, Place, SentenceRecipe
from synth_assets.augmentation.recipes.style import match_style


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


BACK_TRANSLATION = SentenceRecipe(
    name="back_translation",
    order=1,
    settings=BackTranslationPolicy,
    is_on=lambda policy: policy.back_translation,
    roles=("translator",),
    propose=back_translate,
    params=lambda policy: {"pivot": policy.pivot},
    rejected="sentence_rejected",
)
