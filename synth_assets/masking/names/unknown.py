"""Names of unknown kind: capitalized words inside a sentence that are not known words.

Most are places, organizations, brands or people that neither the lists nor the model know. All other detectors have
precedence, so their mentions keep their type.
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
_LOWER = re.compile(r"(?<!\w)[^\W\d_A-Z][^\W\d_A-Z]+(?!\w)")
# Endings of English words that are merely capitalized: "Description", "Unavailable".
_ENDS = re.compile(r"\w{3,}(?:able|ance|ed|ence|ful|ible|ing|ions?|ity|less|ly|ments?|ness|ous|ship|sion|tions?|ures?)")
_TERMS = frozenset({"code", "procedure", "rules", "email", "internet", "error", "errors", "id", "ids"})
# Function words that tell English from other languages, some of which capitalize nouns.
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
    """Find runs of capitalized words inside an English sentence, one of which never occurs in lower case."""
    lower = frozenset(word.casefold() for word in _LOWER.findall(text) if word.islower())
    if len(lower & _OTHER) >= max(1, len(lower & _ENGLISH)):
        return
    for run in _RUN.finditer(text):
        if any(_is_name(word, lower) for word in _WORD.findall(run.group())):
            yield Mention(*run.span(), "NAME", 0.42, "cue", UNKNOWN)


def _is_name(word: str, lower: frozenset[str]) -> bool:
    if not word[0].isupper() or (word.isupper() and len(word) < 5):  # an abbreviation
        return False
    plain = word.casefold().removesuffix("'s").removesuffix("’s")
    if plain in lower or plain.removesuffix("s") in lower or plain in _TERMS or _ENDS.fullmatch(plain):
        return False
    return is_distinctive(plain) and not is_everyday(plain)
