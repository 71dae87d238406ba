"""Short forms that a text defines for an organization: "Lakeside Appeal Tribunal (“LAT”)"."""

import re
from collections.abc import Sequence

from synth_assets.masking.mentions import Mention

_DEFINED = re.compile(r"[\"”’']?\s?\(\s?(?:the\s)?[\"“‘'«]?(?:the\s)?(?P<short>[^\W\d_a-z]{2,6})[\"”’'»]?\s?\)")
_INITIAL = re.compile(r"(?<!\w)[^\W\d_a-z]")


def acronyms(text: str, mentions: Sequence[Mention]) -> dict[str, str]:
    """Each short form that stands in parentheses behind an organization and is made of its initials -> its full name.

    The letters must be initials of the name's capitalized words in order; every second word may be left out.
    """
    found: dict[str, str] = {}
    for mention in mentions:
        if mention.type != "ORGANIZATION" or not (match := _DEFINED.match(text, mention.end)):
            continue
        full = text[mention.start : mention.end]
        initials = iter(_INITIAL.findall(full))
        if all(letter in initials for letter in match["short"]):
            found.setdefault(match["short"], full)
    return found
