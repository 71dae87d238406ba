"""Normalizes texts: repairs encoding damage, removes invisible characters, and keeps the layout.

Everything a reader sees stays as it is: quotes, ligatures, paragraphs and lists.
"""

import re
import unicodedata

import regex

ROUNDS = 8  # one repair can expose another; two rounds suffice for all but crafted text

_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_ESCAPE = re.compile("\x1b\\[[0-?]*[ -/]*[@-~]")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1b\x1f\x7f-\x9f]")
# zero-width space, word joiner, soft hyphen, byte-order mark, directional marks and overrides, tag characters:
# they hide a word from every detector
_INVISIBLE = re.compile(
    "[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
# joiners have a meaning inside emoji and in scripts that join letters; elsewhere they hide words too
_JOINER = regex.compile(
    r"(?<![\p{Emoji_Modifier}\p{Extended_Pictographic}\uFE0F\p{Arabic}\p{Syriac}\p{Devanagari}\p{Bengali}\p{Gurmukhi}"
    r"\p{Gujarati}\p{Oriya}\p{Tamil}\p{Telugu}\p{Kannada}\p{Malayalam}\p{Sinhala}\p{Khmer}\p{Mongolian}])[\u200c\u200d]+"
)
_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_TRAILING = re.compile(r"[ \t]+$", re.MULTILINE)
_BLANK = re.compile(r"\n{3,}")


def normalize(text: str) -> str:
    """Normalize a text; the function is idempotent."""
    for _ in range(ROUNDS):
        before, text = text, _once(text)
        if text == before:
            break
    return text


def _once(text: str) -> str:
    text = _BREAKS.sub("\n", text)
    if not text.isascii():
        text = _repair(text)
        text = _SPACES.sub(" ", _JOINER.sub("", _INVISIBLE.sub("", text)))
    text = _CONTROL.sub("", _ESCAPE.sub("", text))
    text = _BLANK.sub("\n\n", _TRAILING.sub("", text))
    return unicodedata.normalize("NFC", text).strip("\n").rstrip()


def _repair(text: str) -> str:
    from ftfy import TextFixerConfig, fix_text

    config = TextFixerConfig(
        unescape_html=False,  # "&lt;" may be what the writer meant
        fix_latin_ligatures=False,
        fix_character_width=False,
        uncurl_quotes=False,
        explain=False,
    )
    return _SURROGATE.sub("\ufffd", fix_text(text, config))
