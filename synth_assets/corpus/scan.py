"""Turns files into clean documents one at a time: read, select columns, normalize, identify the language, judge."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from resources.errors import DataError
from resources.keys import Keys
from resources.progress import Progress
from synth_assets.corpus.language import identify
from synth_assets.corpus.normalize import normalize
from synth_assets.corpus.policy import CorpusPolicy
from synth_assets.corpus.quality import judge
from synth_assets.corpus.reading.columns import Document, to_document
from synth_assets.corpus.reading.files import PartitionFiles
from synth_assets.corpus.reading.readers import file_format, read_file
from synth_assets.corpus.reading.records import Problem
from synth_assets.corpus.reading.sources import SourceConfig
from synth_assets.records import Rejected
from synth_assets.text.near_duplicates import Signatures, sign
from synth_assets.text.words import folded_words


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
