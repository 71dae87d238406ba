"""Builds releases: a release pins one version of every stage and exports the instruction set.

Both the asset and the CLI call these functions.
"""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from resources.errors import IntegrityError, SynthAssetsError, UnpublishedError
from resources.factory import Factory
from resources.lake.model import Manifest, Partition, check_name
from synth_assets.factory.mode import shaped_by_mode
from synth_assets.lineage import STAGES
from synth_assets.modes import Mode, mode_of, mode_sentence, refusal, today_utc
from synth_assets.privacy.results import verdict_of
from synth_assets.records import Row
from synth_assets.release.croissant import croissant
from synth_assets.release.exports import dataset_card, export, exported
from synth_assets.release.signing import MANIFEST, checksums, sign_release, verify_release

RELEASE = "release"
GATE = "report_passes_on_these_versions"
_INCLUDED = {  # the parts of the manifests that a release includes: versions, counts and digests, but no run ids
    *("data_version", "code_version", "policy_digest", "suite_digest", "models", "seed"),
    *("rows", "rejected", "verdicts", "overrides", "statements", "release"),
}


class ReleaseRefusedError(SynthAssetsError):
    """No privacy report passes on exactly these versions."""


@dataclass(frozen=True)
class Release:
    """A finished release: its folder, the digest of its manifest, the number of rows, and its mode."""

    name: str
    path: Path
    digest: str
    rows: int
    mode: Mode


_QUOTED = 3
"""Statistics that a refusal quotes; the report has all."""


def check_release(factory: Factory, partition: Partition) -> dict[str, Manifest]:
    """The manifests of the five published stages, if a release of them is permitted.

    Raises:
        UnpublishedError: A stage has no valid published version.
        ReleaseRefusedError: The versions were not made from each other or not in one mode, the permission of the mode
            has expired, or the report does not pass on them.
    """
    manifests = {stage: factory.manifest(stage, partition) for stage in STAGES}
    report = manifests["privacy_report"]
    stale = [
        f"{stage} was made from another version of {parent}"
        for stage, manifest in manifests.items()
        for parent, version in manifest.upstream.items()
        if parent in manifests and manifests[parent].data_version != version
    ]
    if stale:
        raise ReleaseRefusedError(
            f"{partition.key}: {'; '.join(stale)}; materialize again from the first stale stage on"
        )
    modes = {name: mode_of(manifest.release) for name, manifest in manifests.items() if shaped_by_mode(STAGES[name])}
    if len(set(modes.values())) > 1:
        said = ", ".join(f"{name} {mode}" for name, mode in modes.items())
        raise ReleaseRefusedError(f"{partition.key}: made in different modes ({said}); materialize them again")
    refused = refusal(report.release, today_utc())
    if refused:
        raise ReleaseRefusedError(f"{partition.key}: {refused}, and materialize privacy_report again")
    if not report.figures.get("verdict_passed") and _override(factory, partition) is None:
        raise ReleaseRefusedError(
            f"{partition.key}: the privacy report does not permit a release ({verdict_of(report.figures)}). "
            f"{_blocked(factory, partition)} Read it, change the policy or the data, or record an override of the "
            f"check {GATE!r}"
        )
    return manifests


def _blocked(factory: Factory, partition: Partition) -> str:
    """What blocks, the leaks first, in the report's own sentences."""
    rows: list[Row] = factory.lake.read(
        "privacy_report", partition, ["id", "status", "blocking", "sentence"]
    ).to_pylist()
    blocked = [row for status in ("FAIL", "UNAVAILABLE") for row in rows if row["blocking"] and row["status"] == status]
    said = [f"{row['status']} {row['id']}: {row['sentence']}" for row in blocked[:_QUOTED]]
    return " ".join([*said, *([f"And {len(blocked) - _QUOTED} more."] if len(blocked) > _QUOTED else [])])


def build_release(factory: Factory, partitions: Sequence[Partition], name: str = "") -> Release:
    """Export the pinned versions of `partitions` under `home.releases`; the same versions give the same release.

    Raises:
        UnpublishedError, ReleaseRefusedError: As in `check_release`; nothing is written then.
        DataError: `name` is not the name of a release.
        IntegrityError: A release of that name has other versions, was changed, or was signed with another key.
    """
    if not partitions:
        raise UnpublishedError("a release needs at least one partition")
    if name:
        check_name(name, "release")
    manifests = {partition.key: check_release(factory, partition) for partition in partitions}
    modes = {mode_of(by["privacy_report"].release) for by in manifests.values()}
    if len(modes) > 1:
        raise ReleaseRefusedError(f"a release has one mode, these partitions have {', '.join(sorted(modes))}")
    pins = {key: {stage: m.data_version for stage, m in by.items()} for key, by in manifests.items()}
    digest = hashlib.sha256(json.dumps(pins, sort_keys=True).encode()).hexdigest()[:12]
    # Of a long source's name a part is enough: the digest tells releases apart.
    name = name or f"{partitions[0].source[:40]}-{partitions[0].day}-{digest}"
    target = factory.home.releases / name
    if target.exists():
        return _existing(factory, target, pins)
    factory.home.releases.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=factory.home.releases))
    try:
        rows = _write(factory, partitions, manifests, pins, name, staging)
        if name not in factory.lake.releases():  # a run that was killed may have pinned it already
            factory.lake.pin(name, {partition: pins[partition.key] for partition in partitions})
        staging.chmod(0o755)
        staging.rename(target)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return Release(name, target, _digest(target), rows, modes.pop())


def _write(
    factory: Factory,
    partitions: Sequence[Partition],
    manifests: Mapping[str, Mapping[str, Manifest]],
    pins: Mapping[str, Mapping[str, str]],
    name: str,
    folder: Path,
) -> int:
    rows: list[Row] = [row for partition in partitions for row in factory.read("instruction_set", partition)]
    overrides = [o.model_dump() for by in manifests.values() for m in by.values() for o in m.overrides]
    overrides += [o for o in (_override(factory, partition) for partition in partitions) if o is not None]
    passed = all(by["privacy_report"].figures.get("verdict_passed") for by in manifests.values())
    reports = {
        (file if len(partitions) == 1 else f"reports/{partition.day}-{partition.source}-{file}"): attachment
        for partition in partitions
        for file, attachment in manifests[partition.key]["privacy_report"].attachments.items()
    }
    verdict = {
        "passed": passed,
        "overrides": overrides,
        "reports": {file: attachment.partition(".")[0] for file, attachment in reports.items()},
        "statements": sorted(
            {text for by in manifests.values() for m in by.values() for text in m.statements.values()}
        ),
    }
    stages = {
        key: {stage: manifest.model_dump(mode="json", include=_INCLUDED) for stage, manifest in by.items()}
        for key, by in manifests.items()
    }
    mode = mode_of(next(iter(manifests.values()))["privacy_report"].release)
    provenance = {
        "name": name,
        "mode": mode,
        "claim": mode_sentence(mode),
        "signed_by": factory.keys.fingerprint(),
        "pins": pins,
        "stages": stages,
    }
    export(rows, folder, dataset_card(rows, provenance, verdict))
    for file, attachment in reports.items():
        path = folder / file
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(factory.lake.attachment(attachment))
    described = checksums(folder)
    sizes = {file: (folder / file).stat().st_size for file in described}
    metadata = croissant(described, sizes, exported(rows), provenance, verdict)
    (folder / "croissant.json").write_text(json.dumps(metadata, indent=1) + "\n", encoding="utf-8")
    sign_release(folder, {"schema_version": 1, **provenance, "verdict": verdict}, factory.keys)
    return len(rows)


def _override(factory: Factory, partition: Partition) -> dict[str, str] | None:
    notes = (o.note.model_dump() for o in factory.overrides.active(RELEASE, partition) if o.check == GATE)
    return next(notes, None)


def _existing(factory: Factory, target: Path, pins: Mapping[str, Mapping[str, str]]) -> Release:
    verify_release(target, factory.keys.fingerprint())
    body = json.loads((target / MANIFEST).read_bytes())
    if body["pins"] != pins:
        raise IntegrityError(f"release {target.name!r} exists with other versions: choose another name")
    rows = sum(by["instruction_set"]["rows"] for by in body["stages"].values())
    return Release(target.name, target, _digest(target), rows, mode_of(body))


def _digest(target: Path) -> str:
    return hashlib.sha256((target / MANIFEST).read_bytes()).hexdigest()[:16]
