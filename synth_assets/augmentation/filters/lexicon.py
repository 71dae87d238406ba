"""The word lists of `lexicon.yaml`."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from resources.config import read_yaml


@cache
def word_set(section: str) -> frozenset[str]:
    """The words of a section that is one list."""
    return frozenset(_lexicon()[section].split())


@cache
def named_words(section: str) -> Mapping[str, str]:
    """Word to name, for a section that lists the forms of each name."""
    return {word: name for name, forms in _lexicon()[section].items() for word in forms.split()}


@cache
def axis_sides() -> Mapping[str, tuple[str, ...]]:
    """Word to the sides it indicates, as `axis:side`."""
    table: dict[str, tuple[str, ...]] = {}
    for axis, named in _lexicon()["axes"].items():
        for side, forms in named.items():
            table |= {word: (*table.get(word, ()), f"{axis}:{side}") for word in forms.split()}
    return table


@cache
def _lexicon() -> Mapping[str, Any]:
    lexicon: Mapping[str, Any] = read_yaml(Path(__file__).with_name("lexicon.yaml"))
    return lexicon
