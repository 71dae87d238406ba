"""What surrogates keep and what they give away, on spans that people marked, where there are any.

    python benchmarks/surrogates.py [--corpora DIRECTORY] [--documents N]

Collisions: mentions whose surrogate is, or has a word that is, a value of the corpus; countries are a closed set and
not counted. Orphans: words of names with two
surrogates in a document, and initials that stayed. Intervals: pairs of full dates of a document. Linked: values of two
documents or more with the same surrogate in the first two. Gender and locale: of names of which lists know it. Parrot:
area under the ROC curve of the privacy report's classifier, trained on half of the documents. Then `surrogate_leaks`.
"""

import argparse
import os
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from itertools import combinations
from pathlib import Path

import corpora
from gold_spans import CORPORA, Document, read
from surrogate_leaks import POLICIES, RATES, agreement, leaks

from resources.keys import Keys
from resources.models.engine import Engine
from resources.models.registry import load_registry
from synth_assets.masking.detection.linking import Linked
from synth_assets.masking.documents import real_values
from synth_assets.masking.keys import DocumentKey, RealValues, SourceMapping
from synth_assets.masking.kinds.registry import closed_sets
from synth_assets.masking.lexicon import countries
from synth_assets.masking.lexicon.gazetteer import CONNECTORS, gazetteer, name_words
from synth_assets.masking.policy import MaskingPolicy
from synth_assets.masking.surrogates.replace import DocumentSurrogates
from synth_assets.privacy.attacks.surrogates import Mention, tell_tale
from synth_assets.privacy.evidence.tokens import fold

SEED = 7
LINKING = MaskingPolicy.parse({"surrogates": {"scope": "corpus", "purpose": "benchmark"}}, "masking")
_DATES = ("%d %B %Y", "%d %b %Y", "%B %d, %Y", "%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y")
_COUNTRY_WORDS = {word.casefold() for pair in countries.countries() for name in pair for word in name.split()}
Made = list[tuple[str, str, str]]  # (type, value, surrogate)


def main() -> None:
    arguments = _arguments()
    keys = Keys.from_secret(os.urandom(32))
    with tempfile.TemporaryDirectory() as folder, Engine(load_registry(), keys, Path(folder)) as models:
        for corpus in CORPORA:
            measure(corpus, read(corpus, arguments.corpora, arguments.documents, models.recognizer), keys)


def measure(corpus: str, documents: Sequence[Document], keys: Keys) -> None:
    """Print every figure of one corpus."""
    values = {value for document in documents for value in real_values(document.text, document.linked)}
    make = partial(_surrogates, keys=keys, real=RealValues(keys, values), mapping=None)
    linking = partial(make, mapping=SourceMapping(keys, SEED, corpus, "benchmark"))
    made = {name: [_made(d, make, policy) for d in documents] for name, policy in POLICIES.items()}
    linked = [_made(d, linking, LINKING) for d in documents]
    plain = made["consistent"]
    print(f"{corpus}: {len(documents)} documents, {sum(map(len, plain))} mentions")
    for name, found in {**made, "corpus": linked}.items():
        print(f"  collisions {name}: {collisions(found, values)} of {sum(map(len, found))}")
    print(f"  orphans: {_share(_sums(orphans(one) for one in plain))}")
    print(f"  intervals kept: {_share(_sums(intervals(one) for one in plain))}")
    print(f"  linked, scope document: {_share(linkable(plain))}; scope corpus: {_share(linkable(linked))}")
    for what, kept in (("gender", genders), ("locale", locales)):
        print(f"  {what} kept: {_share(_sums(map(kept, plain)))}")
    for name, found in made.items():
        print(f"  parrot {name}: {_parrot(documents, found)}; agree {agreement(documents, make, POLICIES[name]):.2f}")
    for how, again in (("left for good", False), ("before linking", True)):
        for rate in RATES:
            for name, policy in POLICIES.items():
                print(f"  {rate:6.1%} {how}, {name:10}: {leaks(documents, make, rate, policy, again).line()}")


def _surrogates(
    document: Document,
    items: Sequence[Linked],
    policy: MaskingPolicy,
    keys: Keys,
    real: RealValues,
    mapping: SourceMapping | None,
) -> DocumentSurrogates:
    return DocumentSurrogates(document.text, items, policy, DocumentKey(keys, SEED, document.name), real, mapping)


def _made(document: Document, make: Callable[..., DocumentSurrogates], policy: MaskingPolicy) -> Made:
    surrogates = make(document, document.linked, policy)
    found = []
    for item in document.linked:
        value = document.text[item.mention.start : item.mention.end]
        found.append((item.mention.type, value, surrogates.replacement(value, item) or ""))
    return [one for one in found if one[2] and not one[2].startswith("[")]


def collisions(found: Sequence[Made], values: set[str]) -> int:
    """Surrogates outside the closed sets that are a value, or have a new word that is a value, of the corpus."""
    real = {" ".join(value.casefold().split()) for value in values if len(value) > 2}
    count = 0
    for kind, value, made in (one for document in found for one in document):
        own = {word.casefold() for word in name_words(value)}
        words = {word.casefold() for word in name_words(made)} if kind in ("PERSON", "ORGANIZATION", "LOCATION") else ()
        new = [word for word in words if word not in own | _COUNTRY_WORDS]
        whole = len(made) > 4 and made.casefold() in real and countries.lookup(made) is None
        count += kind not in closed_sets() and (whole or any(word in real for word in new))
    return count


def orphans(document: Made) -> tuple[int, int]:
    """Words of names whose surrogate is not the document's first one, and initials that stayed; of how many."""
    first: dict[str, str] = {}
    bad = total = 0
    for old, new in _words(document):
        total += 1
        bad += old == new if len(old) == 1 else first.setdefault(old, new) != new
    return bad, total


def intervals(document: Made) -> tuple[int, int]:
    """Pairs of full dates whose difference in days was kept."""
    dated = [(_day(value), _day(made)) for kind, value, made in document if kind == "DATE"]
    full = [(old, new) for old, new in dated if old and new]
    pairs = list(combinations(full, 2))
    return sum(a[1] - b[1] == a[0] - b[0] for a, b in pairs), len(pairs)


def linkable(found: Sequence[Made]) -> tuple[int, int]:
    """Values of two documents or more whose surrogates in the first two are equal."""
    by_value: dict[tuple[str, str], list[str]] = defaultdict(list)
    for document in found:
        for kind, value, made in {(k, v.casefold(), m.casefold()): None for k, v, m in document}:
            if kind not in closed_sets() and countries.lookup(value) is None:
                by_value[kind, value].append(made)
    shared = [made[:2] for made in by_value.values() if len(made) > 1]
    return sum(a == b for a, b in shared), len(shared)


def genders(document: Made) -> tuple[int, int]:
    """Full names whose given name has a gender in the lists and whose surrogate has the same."""
    known = gazetteer().gender
    pairs = [(known.get(_given(old)), known.get(_given(new))) for old, new in _names(document)]
    both = [(old, new) for old, new in pairs if old and new]
    return sum(old == new for old, new in both), len(both)


def locales(document: Made) -> tuple[int, int]:
    """Full names that some locale lists whole, and whose surrogate one of these locales lists whole."""
    both = [(_listed(old), _listed(new)) for old, new in _names(document)]
    known = [(old, new) for old, new in both if old]
    return sum(bool(old & new) for old, new in known), len(known)


def _names(document: Made) -> Iterator[tuple[list[str], list[str]]]:
    for kind, value, made in document:
        old, new = _full(value), _full(made)
        if kind == "PERSON" and len(old) == len(new) > 1:
            yield old, new


def _full(surface: str) -> list[str]:
    words = [word.casefold() for word in name_words(surface)]
    return [word for word in words if len(word) > 1 and word not in CONNECTORS]


def _given(words: Sequence[str]) -> str:
    return words[0] if words[0] in gazetteer().given else ""


def _listed(words: Sequence[str]) -> frozenset[int]:
    return frozenset.intersection(*(gazetteer().locales.get(word, frozenset()) for word in words))


def _words(document: Made) -> Iterator[tuple[str, str]]:
    for kind, value, made in document:
        old, new = name_words(value), name_words(made)
        if kind == "PERSON" and len(old) == len(new):
            pairs = ((a.casefold(), b.casefold()) for a, b in zip(old, new, strict=True))
            yield from ((a, b) for a, b in pairs if a not in CONNECTORS)


def _day(written: str) -> datetime | None:
    for form in _DATES:
        with suppress(ValueError):
            return datetime.strptime(written, form)
    return None


def _parrot(documents: Sequence[Document], found: Sequence[Made]) -> str:
    mentions = {
        Mention(document.name, kind, value, made)
        for document, one in zip(documents, found, strict=True)
        for kind, value, made in one
        if fold(value) != fold(made)
    }
    estimate = tell_tale(sorted(mentions), min_subjects=20)[0]
    if estimate.value is None:
        return "too few"
    return f"AUC {estimate.value:.2f} ({estimate.low:.2f} to {estimate.high:.2f}), {estimate.n} documents"


def _sums(pairs: Iterator[tuple[int, int]]) -> tuple[int, int]:
    hits, total = zip(*pairs, strict=True)
    return sum(hits), sum(total)


def _share(pair: tuple[int, int]) -> str:
    return f"{pair[0]} of {pair[1]} ({pair[0] / max(1, pair[1]):.3f})"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpora", type=Path, default=corpora.folder())
    parser.add_argument("--documents", type=int, default=1000, help="at most so many documents a corpus")
    return parser.parse_args()


if __name__ == "__main__":
    main()
