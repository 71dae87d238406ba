"""Names of whatever kind: words with a capital inside a sentence that are no known word, where no other rule applies.

Most are places, organizations, brands or people whom neither the lists nor the model know. All other detectors come
first, so what they find keeps its type.
"""

import re
from collections.abc import Iterator

from synth_assets.masking.lexicon.gazetteer import is_distinctive, is_everyday
from synth_assets.masking.mentions import UNKNOWN, Mention

_CAPITAL = r"[^\W\d_a-z][^\W\d_]+(?:[’'-][^\W\d_]+)*"
_RUN = re.compile(
    rf"(?:(?<=[^\W\d_A-Z] )|(?<=[^\W\d_A-Z], )|(?<=[^\W\d_A-Z] [“\"«‘(]))"
    rf"{_CAPITAL}(?: (?:(?:of|for|and) (?:the )?)?{_CAPITAL})*"
)
_WORD = re.compile(r"[^\W\d_]+(?:[’'-][^\W\d_]+)*")
_SMALL = re.compile(r"(?<!\w)[^\W\d_A-Z][^\W\d_A-Z]+(?!\w)")
# Words so made are English ones that were only written with a capital: "Description", "Unavailable".
_MADE = re.compile(r"\w{3,}(?:able|ance|ed|ence|ful|ible|ing|ions?|ity|less|ly|ments?|ness|ous|ship|sion|tions?|ures?)")
_TERMS = frozenset({"code", "procedure", "rules", "email", "internet", "error", "errors", "id", "ids"})
# Other languages write nouns with a capital, or have no word here that is known.
_ENGLISH_WORDS = """
about after and are as at be been before but by did does for from had has have he her his how if is it me my no not of
on one or our she so some than that the their them then there they this to under up us was we were what when where
which who will with you your
"""
_OTHER_WORDS = """
aan als auf avec av che con de dei del den der des det die dla do du een ein eine el em en er est et för für het i
ihr ik il im in ist jag je jest la las le les los med met mit nicht nie non och og op os para per por pour que se si sie
sind som sur til um un una und une uns vi von voor wir y za zu
"""
_ENGLISH, _OTHER = frozenset(_ENGLISH_WORDS.split()), frozenset(_OTHER_WORDS.split()) - {"do", "i", "in", "me"}


def find_unknown_names(text: str) -> Iterator[Mention]:
    """In English: runs of capitalized words after a small one, of which one stands nowhere in small letters."""
    small = frozenset(word.casefold() for word in _SMALL.findall(text) if word.islower())
    if len(small & _OTHER) >= max(1, len(small & _ENGLISH)):
        return
    for run in _RUN.finditer(text):
        if any(_is_name(word, small) for word in _WORD.findall(run.group())):
            yield Mention(*run.span(), "NAME", 0.42, "cue", UNKNOWN)


def _is_name(word: str, small: frozenset[str]) -> bool:
    if not word[0].isupper() or (word.isupper() and len(word) < 5):  # an abbreviation of anything
        return False
    plain = word.casefold().removesuffix("'s").removesuffix("’s")
    if plain in small or plain.removesuffix("s") in small or plain in _TERMS or _MADE.fullmatch(plain):
        return False
    return is_distinctive(plain) and not is_everyday(plain)
