"""Frequent English words from public lists: Faker's word list and spaCy's stop words."""

from functools import cache
from importlib import import_module


@cache
def stop_words() -> frozenset[str]:
    """SpaCy's English stop words: words that carry grammar and no content."""
    from spacy.lang.en.stop_words import STOP_WORDS

    return frozenset(STOP_WORDS)


@cache
def frequent_words() -> frozenset[str]:
    """Faker's list of the most frequent English words, as written there."""
    return frozenset(import_module("faker.providers.lorem.en_US").Provider.word_list)


@cache
def frequent_content_words() -> frozenset[str]:
    """Frequent lower-case English words that carry content."""
    return frozenset(word for word in frequent_words() if word.isalpha() and word.islower()) - stop_words()
