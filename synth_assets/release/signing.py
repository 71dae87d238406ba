"""Signs and verifies the folder of a release: a manifest with the checksum of every file, and one signature of it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from resources.errors import IntegrityError
from resources.keys import Keys, fingerprint, verify_signature

MANIFEST = "manifest.json"
_SIGNATURE, _PUBLIC_KEY, _SUMS = "manifest.sig", "public_key.pem", "SHA256SUMS"


@dataclass(frozen=True)
class Verified:
    """A folder in which nothing was changed since it was signed: number of files, fingerprint of the key."""

    files: int
    signer: str


def sign_release(folder: Path, body: Mapping[str, Any], keys: Keys) -> None:
    """Write `body` with the checksums of all files in `folder` as its manifest, and sign it."""
    text = json.dumps({**body, "files": checksums(folder)}, indent=1, sort_keys=True).encode()
    (folder / MANIFEST).write_bytes(text)
    (folder / _SIGNATURE).write_bytes(keys.sign(text))
    (folder / _PUBLIC_KEY).write_bytes(keys.public_key_pem())
    (folder / _SUMS).write_bytes(_listing(checksums(folder)))


def verify_release(folder: Path, known: str | None) -> Verified:
    """Check the signature and every checksum of a release.

    Args:
        folder: The folder of the release.
        known: Fingerprint of the key that must have signed it. None takes any key, and then the result shows only that
            the folder agrees with itself: whoever changes a release can sign it again with a key of their own.

    Raises:
        IntegrityError: Another key signed the release, or a file was changed, is missing, or is not listed.
    """
    missing = [name for name in (MANIFEST, _SIGNATURE, _PUBLIC_KEY, _SUMS) if not (folder / name).is_file()]
    if missing:
        raise IntegrityError(f"not a complete release, missing: {', '.join(missing)}")
    text, key = (folder / MANIFEST).read_bytes(), (folder / _PUBLIC_KEY).read_bytes()
    signer = fingerprint(key)
    if known is not None and signer != known:
        raise IntegrityError(f"signed with the key {signer}, not with {known}")
    if not verify_signature(text, (folder / _SIGNATURE).read_bytes(), key):
        raise IntegrityError(f"{MANIFEST} was changed: its signature with the key {signer} does not match")
    listed, present = _files(text), checksums(folder)
    changed = sorted(name for name in {*listed, *present} if listed.get(name) != present.get(name))
    if (folder / _SUMS).read_bytes() != _listing(present):
        changed.append(_SUMS)
    if changed:
        raise IntegrityError(
            f"changed, missing or added since the key {signer} signed it: {changed[0]!r} ({len(changed)} in all)"
        )
    return Verified(len(listed) + 1, signer)


def checksums(folder: Path) -> dict[str, str]:
    """SHA-256 of every file by its path, without the signed manifest and what belongs to it."""
    outside = {MANIFEST, _SIGNATURE, _PUBLIC_KEY, _SUMS}
    files = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items() if name not in outside}


def _files(manifest: bytes) -> Mapping[str, str]:
    """The checksums that a manifest states."""
    try:
        files: Mapping[str, str] = json.loads(manifest)["files"]
        return dict(files)
    except (ValueError, KeyError, TypeError):
        raise IntegrityError(f"{MANIFEST} is not the manifest of a release") from None


def _listing(files: Mapping[str, str]) -> bytes:
    """A file for `sha256sum -c`."""
    return "".join(f"{digest}  {name}\n" for name, digest in files.items()).encode()
