"""Identifies languages with py3langid, whose model ships with the package and loads on first use."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from resources.errors import PolicyError

CHARS = 1_000  # more text does not change the result and costs linearly


def identify(text: str, accepted: Sequence[str], confidence: float) -> tuple[str, float]:
    """Return the language (ISO 639 code) and its probability.

    Short texts are often misidentified. A language outside `accepted` is therefore returned only with a probability of
    at least `confidence`; otherwise the most likely accepted language is returned.

    Raises:
        PolicyError: an accepted language is unknown to the identifier.
    """
    _check(tuple(accepted))
    ranking = _identifier().rank(text[:CHARS])
    language, probability = ranking[0]
    if accepted and language not in accepted and probability < confidence:
        language, probability = next(((code, p) for code, p in ranking if code in accepted), ranking[0])
    return language, round(float(probability), 4)


@cache
def _check(accepted: tuple[str, ...]) -> None:
    unknown = [code for code in accepted if code not in _identifier().labels]
    if unknown:
        raise PolicyError(f"corpus.languages: {unknown} cannot be identified: use ISO 639 codes such as 'en' or 'pt'")


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
