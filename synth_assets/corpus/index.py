"""Per-partition index used to deduplicate later days: keyed hashes and signatures, never text. It is only a cache."""

import hashlib
import io
import os
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np

from resources.code import code_digest
from resources.errors import DataError
from resources.folders import private_folder
from resources.keys import Keys
from resources.progress import Progress
from synth_assets.corpus.policy import CorpusPolicy
from synth_assets.corpus.reading.arrivals import PartitionFiles, file_hash
from synth_assets.corpus.reading.sources import SourceConfig
from synth_assets.corpus.scan import Clean, Scan
from synth_assets.text.near_duplicates import Signatures

LIBRARIES = ("rensa", "ftfy", "py3langid", "charset-normalizer", "pyarrow", "regex")  # a new version may change entries
MAC_CHARS = 64


@dataclass(frozen=True)
class Entries:
    """Clean documents in order, without their text; an unknown subject is empty."""

    ids: list[str]
    text_hashes: list[str]
    subjects: list[str]
    signatures: Signatures

    @classmethod
    def of(cls, documents: Iterable[Clean], permutations: int) -> "Entries":
        """Keep only what comparison needs."""
        kept = [(d.id, d.text_hash, d.subject, d.signature) for d in documents]
        signatures = np.array([entry[3] for entry in kept], dtype=np.uint32).reshape(len(kept), permutations)
        return cls([entry[0] for entry in kept], [entry[1] for entry in kept], [entry[2] for entry in kept], signatures)

    @classmethod
    def joined(cls, parts: Sequence["Entries"]) -> "Entries":
        """Concatenate entries."""
        return cls(
            [key for part in parts for key in part.ids],
            [text_hash for part in parts for text_hash in part.text_hashes],
            [subject for part in parts for subject in part.subjects],
            np.concatenate([part.signatures for part in parts]),
        )


@dataclass(frozen=True)
class Index:
    """Entries of partitions, computed from their files and cached until anything they depend on changes."""

    directory: Path
    source: SourceConfig
    policy: CorpusPolicy
    keys: Keys

    def entries(self, partition: PartitionFiles, progress: Progress) -> Entries:
        """Entries of a partition, from the cache or from its files; none if no file is readable.

        A broken day has no rows of its own and must not block other days.
        """
        digest = self.digest(partition)
        entries = self._load(partition, digest)
        if entries is None:
            scan = Scan(partition, self.source, self.policy, self.keys, progress)
            try:
                documents = (d for d in scan.documents() if isinstance(d, Clean))
                entries = Entries.of(documents, self.policy.permutations)
            except DataError:
                entries = Entries.of([], self.policy.permutations)
            self.store(partition, entries, digest)
        return entries

    def digest(self, partition: PartitionFiles) -> str:
        """Digest of the files, the configuration, the code, the libraries and the key."""
        parts = [partition.source, self.source.model_dump_json(), self.policy.model_dump_json()]
        parts += [code_digest(__name__), self.keys.fingerprint(), *(f"{name}={version(name)}" for name in LIBRARIES)]
        parts += [
            f"{self.keys.hash('file', path.name)} {file_hash(path) if path.is_file() else 'gone'}"
            for path in partition.files
        ]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def store(self, partition: PartitionFiles, entries: Entries, digest: str) -> None:
        """Replace the partition's cached entries, atomically."""
        private_folder(self.directory)
        buffer = io.BytesIO()
        columns = {"ids": entries.ids, "text_hashes": entries.text_hashes, "subjects": entries.subjects}
        packed = {name: np.array(values, dtype="S32") for name, values in columns.items()}
        np.savez(buffer, digest=np.array(digest), signatures=entries.signatures, **packed)  # type: ignore[arg-type]
        payload = buffer.getvalue()
        handle, temporary = tempfile.mkstemp(dir=self.directory)
        with os.fdopen(handle, "wb") as file:
            file.write(self.keys.mac(payload).encode() + payload)
        Path(temporary).replace(self._path(partition))

    def _load(self, partition: PartitionFiles, digest: str) -> Entries | None:
        path = self._path(partition)
        data = path.read_bytes() if path.is_file() else b""
        payload = data[MAC_CHARS:]
        if not payload or not self.keys.verify_mac(payload, data[:MAC_CHARS].decode("ascii", "replace")):
            return None
        with np.load(io.BytesIO(payload), allow_pickle=False) as arrays:
            if str(arrays["digest"]) != digest:
                return None
            columns = [[value.decode() for value in arrays[n].tolist()] for n in ("ids", "text_hashes", "subjects")]
            return Entries(columns[0], columns[1], columns[2], arrays["signatures"])

    def _path(self, partition: PartitionFiles) -> Path:
        return self.directory / f"{partition.source}-{partition.day}.index"
