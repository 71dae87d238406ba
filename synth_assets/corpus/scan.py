"""Turns files into clean documents one at a time: read, select columns, normalize, identify the language, judge."""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import regex

from resources.errors import DataError, PolicyError
from resources.keys import Keys
from resources.progress import Progress
from synth_assets.corpus.normalize import normalize
from synth_assets.corpus.policy import CorpusPolicy
from synth_assets.corpus.quality import judge
from synth_assets.corpus.reading.arrivals import PartitionFiles
from synth_assets.corpus.reading.records import Problem, Record
from synth_assets.corpus.reading.sources import Column, SourceConfig, file_format, read_file
from synth_assets.records import Rejected
from synth_assets.text.near_duplicates import Signatures, sign
from synth_assets.text.words import folded_words

TEXT = ("text", "body", "content", "document", "message", "post", "note", "description")
ID = ("id", "doc_id", "document_id", "uuid", "uid", "key")
SUBJECT = ("subject", "subject_id", "author", "author_id", "user", "user_id", "patient", "patient_id", "customer",
           "customer_id", "person", "person_id", "case_id")  # fmt: skip
LABEL = ("label", "topic", "category", "class")
LANGUAGE_CHARS = 1_000  # more text does not change the identified language and costs linearly


@dataclass(frozen=True)
class Document:
    """The content of a record before any cleaning. `native_id` and `subject` are in clear and never leave the stage."""

    position: int
    text: str
    native_id: str | None
    subject: str | None
    label: str | None


def to_document(record: Record, source: SourceConfig) -> Document | Problem:
    """Pick the columns that are configured or known by name. Returns a Problem if text or subject is unusable."""
    fields = record.fields
    lower = {str(name).strip().casefold(): name for name in reversed(list(fields))}
    text = _value(fields, lower, source.text, TEXT)
    if not isinstance(text, str):
        return Problem(record.position, "missing_text")
    if not text.strip():
        return Problem(record.position, "empty_text")
    raw_subject = _value(fields, lower, source.subject, SUBJECT)
    if isinstance(raw_subject, (list, dict, bytes)):
        return Problem(record.position, "invalid_subject", "neither a string nor a number", text)
    return Document(
        record.position,
        text,
        _scalar(_value(fields, lower, source.id, ID)),
        _subject(_scalar(raw_subject), text, source.subject_pattern),
        _scalar(_value(fields, lower, source.label, LABEL)),
    )


def _value(fields: Mapping[str, Any], lower: Mapping[str, str], column: Column, names: tuple[str, ...]) -> Any:
    if column is False:
        return None
    if column is not None:
        return fields.get(column)
    name = next((lower[name] for name in names if name in lower), None)
    return None if name is None else fields[name]


def _scalar(value: Any) -> str | None:
    """Return a key as text. 7, 7.0 (from a column with gaps) and "7" are the same key."""
    if value is None or isinstance(value, (list, dict, bytes)):
        return None
    if isinstance(value, float):
        if value != value:
            return None
        value = int(value) if value.is_integer() else value
    text = unicodedata.normalize("NFC", str(value)).strip()
    return text.encode("utf-8", "replace").decode() or None  # a lone surrogate cannot be stored


def _subject(value: str | None, text: str, pattern: str | None) -> str | None:
    """Normalize a subject: case and spacing do not distinguish people."""
    if pattern is not None:
        match = regex.search(pattern, text if value is None else value)
        value = match.group(1) if match else None
    return " ".join(normalize(value).casefold().split()) or None if value else None


def identify(text: str, accepted: Sequence[str], confidence: float) -> tuple[str, float]:
    """Return the language (ISO 639 code) and its probability, by py3langid.

    Short texts are often misidentified. A language outside `accepted` is therefore returned only with a probability of
    at least `confidence`; otherwise the most likely accepted language is returned.

    Raises:
        PolicyError: an accepted language is unknown to the identifier.
    """
    _check(tuple(accepted))
    ranking = _identifier().rank(text[:LANGUAGE_CHARS])
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


@dataclass(frozen=True)
class Clean:
    """A document that passed all checks that need no other document; keys are hashes, an unknown subject is empty."""

    rejected_id: str
    id: str
    subject: str
    text: str
    text_hash: str
    label: str | None
    language: str
    words: int
    scores: dict[str, float]
    file: str
    position: int
    signature: Signatures = field(repr=False, compare=False)


@dataclass(frozen=True)
class Scan:
    """Scans one partition; each record becomes a clean document or a rejection."""

    partition: PartitionFiles
    source: SourceConfig
    policy: CorpusPolicy
    keys: Keys
    progress: Progress

    def documents(self) -> Iterator[Clean | Rejected]:
        """Yield documents and rejections in order of (file, position).

        An unreadable file is a rejection too.

        Raises:
            DataError: there is no file, or none is readable.
        """
        files = self.partition.files
        if not files:
            raise DataError(f"source {self.partition.source}, day {self.partition.day}: the partition has no files")
        failures: list[str] = []
        total = sum(path.stat().st_size for path in files if path.is_file())
        done = 0
        for number, path in enumerate(files):
            try:
                for item in self._file(number, path):
                    done = min(total, done + len(item.text))
                    self.progress("read", done, total)
                    yield item
            except DataError as error:
                failures.append(f"file {number + 1} of {len(files)}: {error}")
                yield self._problem(number, Problem(-1, "unreadable_file", str(error)))
        self.progress("read", total, total)
        if len(failures) == len(files):
            raise DataError(f"source {self.partition.source}, day {self.partition.day}: {failures[0]}")

    def _file(self, number: int, path: Path) -> Iterator[Clean | Rejected]:
        kind = file_format(path, self.source.format)
        name = self.keys.hash("file", path.name)[:12]
        with_text = without = 0
        for record in read_file(path, kind, self.source.encoding, self.policy.max_chars):
            document = record if isinstance(record, Problem) else to_document(record, self.source)
            without += isinstance(document, Problem) and document.reason == "missing_text"
            with_text += isinstance(document, Document)
            yield (
                self._problem(number, document)
                if isinstance(document, Problem)
                else self._document(number, name, document)
            )
        if without and not with_text:
            wanted = "the configured text column" if self.source.text else "a text column (text, body, content ...)"
            raise DataError(f"no row has {wanted}: name it with `text` in sources.yaml")

    def _document(self, number: int, file: str, document: Document) -> Clean | Rejected:
        raw, policy = document.text, self.policy
        text = normalize(raw) if len(raw) <= policy.max_chars else raw
        folded = folded_words(text) if len(raw) <= policy.max_chars else [raw]
        text_hash = self.keys.hash("text", " ".join(folded))
        key = self.keys.hash("document", self.partition.source, document.native_id or text_hash)
        namespace = self.source.subject_namespace or self.partition.source
        subject = self.keys.hash("subject", namespace, document.subject) if document.subject else ""
        rejected = replace(
            self._problem(number, Problem(document.position, "", text=text)), source_doc=key, subject=subject
        )
        if len(raw) > policy.max_chars:
            return replace(rejected, reason="too_long", detail=f"{len(raw)} characters")
        if not folded:
            return replace(rejected, reason="empty_text")
        language, confidence = identify(text, policy.languages, policy.min_language_confidence)
        reason, scores, words = judge(text, language, policy)
        if not reason and policy.languages and language not in policy.languages:
            reason = "language"
        if reason:
            return replace(rejected, reason=reason, detail=language if reason == "language" else f"{words} words")
        seed = self.keys.seed("minhash")
        return Clean(
            rejected_id=rejected.id,
            id=key,
            subject=subject,
            text=text,
            text_hash=text_hash,
            label=document.label,
            language=language,
            words=words,
            scores={"language": confidence} | scores,
            file=file,
            position=document.position,
            signature=sign(folded, policy.shingle_words, policy.permutations, seed),
        )

    def _problem(self, number: int, problem: Problem) -> Rejected:
        where = (self.partition.source, self.partition.day, str(number), str(problem.position))
        key = self.keys.hash("rejected", *where)
        text = problem.text[: self.policy.max_chars].encode("utf-8", "replace").decode()
        return Rejected(key, key, "", "document", problem.reason, problem.detail, text)
