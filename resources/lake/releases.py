"""Releases: one data version of every stage, pinned under a name in one signed JSON file.

Anyone with the public key can verify a release without the lake's secret.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from resources.errors import DataError, IntegrityError, UnpublishedError
from resources.keys import verify_signature
from resources.lake.log import RAW
from resources.lake.model import Manifest, Partition, Stored, Version, check_name, is_name
from resources.lake.reader import Reader

TREE = "_releases"


@dataclass(frozen=True)
class Release:
    """A pinned set of versions; `document` is the signed text."""

    name: str
    pinned_at: str
    versions: tuple[Version, ...]
    document: str
    signature: bytes


@dataclass(frozen=True)
class Verified:
    """The number of intact pinned files, and the raw partitions whose retention has ended."""

    files: int
    retired: tuple[str, ...]


def pin(lake: Reader, name: str, versions: Mapping[Partition, Mapping[str, str]]) -> str:
    """Pin versions under a new name; return the URI of the release.

    Raises:
        DataError: the name is taken or malformed, or no version is given.
        UnpublishedError: a version is unknown or may not be read.
    """
    check_name(name, "release")
    if not versions:
        raise DataError("a release needs at least one version")
    wanted = [(part, stage, v) for part, stages in sorted(versions.items()) for stage, v in sorted(stages.items())]
    pinned = [lake.find(stage, part, v) for part, stage, v in wanted]
    document = {
        "name": name,
        "pinned_at": datetime.now(UTC).isoformat(),
        "versions": [_entry(version) for version in pinned],
    }
    text = json.dumps(document, sort_keys=True, ensure_ascii=False)
    signature = b64encode(lake.keys.sign(text.encode())).decode()
    whole = {"release": text, "signature": signature, "public_key": lake.keys.public_key_pem().decode()}
    key = f"{TREE}/{name}.json"
    if not lake.files_under_root.create(key, json.dumps(whole, indent=1).encode()):
        raise DataError(f"the release {name!r} exists; a release is never changed")
    _intact(lake, pinned)  # a file removed while it was being pinned is an error now, not for the release's reader
    return lake.files_under_root.uri(key)


def load(lake: Reader, name: str, public_key_pem: bytes | None = None) -> Release:
    """Read a release and verify its signature, by default with the lake's own key."""
    data = lake.files_under_root.get(f"{TREE}/{name}.json") if is_name(name) else None
    if data is None:
        raise UnpublishedError(f"there is no release {name!r}")
    whole = json.loads(data)
    text, signature = whole["release"], b64decode(whole["signature"])
    if not verify_signature(text.encode(), signature, public_key_pem or lake.keys.public_key_pem()):
        raise IntegrityError(f"the signature of release {name!r} is not valid")
    document = json.loads(text)
    if document["name"] != name:
        raise IntegrityError(f"the file of release {name!r} is the release {document['name']!r}")
    return Release(name, document["pinned_at"], tuple(map(_version, document["versions"])), text, signature)


def names(lake: Reader) -> list[str]:
    """Names of all releases, sorted."""
    keys = (file.key.rpartition("/")[2] for file in lake.files_under_root.list(TREE))
    return sorted(key.removesuffix(".json") for key in keys if key.endswith(".json"))


def verify(lake: Reader, name: str, public_key_pem: bytes | None = None) -> Verified:
    """Check the signature, and the bytes of every pinned file.

    Raises:
        IntegrityError: the signature or the bytes of a file are wrong.
        UnpublishedError: a file is gone.
    """
    return _intact(lake, load(lake, name, public_key_pem).versions)


def _intact(lake: Reader, versions: Sequence[Version]) -> Verified:
    retired = tuple(f"{v.stage}/{v.partition.key}" for v in versions if is_retired(lake, v))
    present = [v for v in versions if v.file and not is_retired(lake, v)]
    for version in present:
        assert version.file
        lake.bytes_of(version.stage, version.file)
    return Verified(len(present), retired)


def is_retired(lake: Reader, version: Version) -> bool:
    """Whether a pinned version is raw text whose retention has ended."""
    if version.stage != RAW:
        return False
    later = (v for v in lake.versions(RAW, version.partition) if v.number > version.number)
    return any(v.manifest is None and not v.problem for v in later)


def _entry(version: Version) -> dict[str, Any]:
    assert version.manifest and version.file
    return {
        "stage": version.stage,
        **asdict(version.partition),
        "number": version.number,
        "at": version.at.isoformat(),
        "manifest": version.manifest.model_dump(),
        "file": asdict(version.file),
        "rejected": asdict(version.rejected) if version.rejected else None,
    }


def _version(entry: dict[str, Any]) -> Version:
    return Version(
        entry["stage"],
        Partition(entry["source"], entry["day"]),
        entry["number"],
        datetime.fromisoformat(entry["at"]),
        Manifest.parse(entry["manifest"], "manifest"),
        Stored(**entry["file"]),
        Stored(**entry["rejected"]) if entry["rejected"] else None,
    )
