"""Code versions: a digest of everything that shapes a stage's output, apart from its input.

Data versions (the hash of the content) belong to the lake.
"""

import ast
import hashlib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from synth_assets.home import REPOSITORY

_SHARED = ("resources/lake", "resources/lake.py", "synth_assets/records.py", "synth_assets/publication.py")
_CODE: Mapping[str, tuple[str, ...]] = {
    "raw_corpus": ("synth_assets/corpus",),
    "masked_corpus": ("synth_assets/masking", "synth_assets/privacy/rewriting.py", "resources/models"),
    "adapted_masked_lm": ("synth_assets/adaptation", "synth_assets/masking", "resources/models"),
    "augmented_corpus": ("synth_assets/augmentation", "resources/models"),
    "instruction_set": ("synth_assets/instructions", "resources/models"),
    "privacy_report": ("synth_assets/privacy", "synth_assets/sample", "resources/models"),
}


def code_version(stage: str, parts: Iterable[str]) -> str:
    """Digest of the stage's code and of `parts` (policy, suite and model digests), 16 hex digits."""
    digest = hashlib.sha256(_code_digest(stage).encode())
    for part in parts:
        digest.update(f"\0{part}".encode())
    return digest.hexdigest()[:16]


@cache
def _code_digest(stage: str) -> str:
    digest = hashlib.sha256()
    for path in _files((*_SHARED, f"synth_assets/assets/{stage}.py", *_CODE[stage])):
        digest.update(path.relative_to(REPOSITORY).as_posix().encode())
        digest.update(_meaning(path))
    return digest.hexdigest()


def _files(places: Iterable[str]) -> list[Path]:
    found: list[Path] = []
    for place in places:
        path = REPOSITORY / place
        found += [path] if path.is_file() else sorted(p for p in path.rglob("*") if _counts(p))
    return found


def _counts(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts


@cache
def _meaning(path: Path) -> bytes:
    """Digest of a file: of the syntax tree if it is Python, so that comments and line breaks make no stage stale."""
    content = path.read_bytes()
    if path.suffix == ".py":
        content = ast.dump(ast.parse(content)).encode()
    return hashlib.sha256(content).digest()
