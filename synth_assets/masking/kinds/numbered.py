"""Every number of a list after "nos." or "numbers": applications, plots, invoices. Single numbers are in `patterns`."""

import re
from collections.abc import Iterator

from synth_assets.masking.mentions import PATTERN, Mention

_ITEM = r"(?:[A-Z]{1,3}[ -]?)?\d(?:[\w./-]*\w)?"
_LIST = re.compile(
    rf"(?P<of>\w+ )?\b(?:[Nn]os?\.|[Nn]umbers)\s?(?P<items>{_ITEM}(?:(?:\s?[,;&]\s?|,? and |,? or ){_ITEM})+)"
)
_ITEMS = re.compile(_ITEM)
# Numbers of laws and rules identify nobody.
_LAW_WORDS = """
act acts article articles convention decree decrees directive directives law laws order orders protocol protocols
regulation regulations resolution resolutions rule rules section sections
"""
_LAWS = frozenset(_LAW_WORDS.split())


def find_numbered(text: str) -> Iterator[Mention]:
    """The numbers of each list as case numbers."""
    for found in _LIST.finditer(text):
        if (found["of"] or "").strip().casefold() not in _LAWS:
            for item in _ITEMS.finditer(text, *found.span("items")):
                yield Mention(*item.span(), "CASE", 0.6, "pattern", PATTERN)
