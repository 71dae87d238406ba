"""Croissant metadata of a release: its files, its records, and the statements of responsible AI (RAI).

Croissant 1.0 (http://mlcommons.org/croissant/1.0) with RAI 1.0 (http://mlcommons.org/croissant/RAI/1.0). The document
contains counts, digests and fixed sentences, never a row. What only a publisher knows (license, creator, address,
date) is left out.

The JSON is written by hand: mlcroissant would build it in as many lines, but its import takes 4 seconds and brings
pandas, rdflib and networkx into every installation. The tests read the document with it.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

import pyarrow as pa

from synth_assets.differential_privacy.ledger import NONE_CLAIMED
from synth_assets.instructions.policy import purposes
from synth_assets.modes import Mode, mode_of, mode_sentence
from synth_assets.records import Row
from synth_assets.release.exports import DESCRIPTIONS, PERSONAL, SCHEMAS

_SPLITS = "splits"
_FORMATS: Mapping[str, str] = {
    ".parquet": "application/x-parquet",
    ".jsonl": "application/jsonlines",
    ".json": "application/json",
    ".html": "text/html",
    ".md": "text/markdown",
}
_MADE: Mapping[Mode, str] = {
    "synthesized": "summed up in sets of words that several persons' documents have in common, from which a language "
    "model wrote passages",
    "formal": "summed up in differentially private statistics, from which a language model wrote passages",
    "rewritten": "masked (found identifiers replaced by surrogates), rewritten by back-translation and paraphrase",
}
"""By mode, what was done with the train split."""
_TERMS = (
    "citeAs column equivalentProperty extract field fileProperty fileObject fileSet format includes isLiveDataset "
    "jsonPath key md5 parentField path recordSet references regex repeated replace samplingRate separator source "
    "subField transform"
)
_CONTEXT: Mapping[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    **{term: f"cr:{term}" for term in _TERMS.split()},
}
_RESPONSIBLE: Mapping[str, str | list[str]] = {
    "rai:dataLimitations": [
        "Answers are spans of the text or built from them by rule; questions and instructions are made by rule, in "
        "English. Where the target of a rewriting task is an augmented text, a small language model wrote it.",
        "Persons, addresses, numbers and dates are surrogates: the set teaches no facts about the world.",
        "A passed privacy test has found no leak as large as the one it states; it shows no more than that. Masking "
        "misses names; the report counts what is left.",
    ],
    "rai:dataBiases": [
        "The set inherits the topics, groups and attitudes of its source; nothing was balanced or removed for that.",
        "Text that a recognizer finds, a filter keeps or a language model can rephrase is over-represented; unusual "
        "names, rare wording and languages other than English are under-represented.",
        "Surrogate names come from lists of common names: the set has fewer different names, and fewer rare ones, "
        "than the source.",
    ],
    "rai:dataSocialImpact": (
        "The set lets models be trained on the form of a sensitive text where the text itself may not be shared. Harm "
        "can come from identifiers that masking missed, from rare details that single out a person without being "
        "identifiers, and from assuming that the set is anonymous: whether it is depends on what its holder knows."
    ),
    "rai:dataAnnotationProtocol": [
        "No person annotated anything. Instructions, questions and labels of tasks come from rules and templates; "
        "class labels are those of the source; every answer is checked against the text it stands under.",
    ],
    "rai:dataReleaseMaintenancePlan": (
        "A release is never changed: its manifest pins the version of every stage and is signed, and a correction is "
        "a new release with another name. Whoever publishes it names license, contact and the date until which it "
        "is kept, and withdraws it when a leak is found or a person objects."
    ),
}


def croissant(
    files: Mapping[str, str],
    sizes: Mapping[str, int],
    by_split: Mapping[str, Sequence[Row]],
    manifest: Mapping[str, Any],
    verdict: Mapping[str, Any],
) -> dict[str, Any]:
    """The JSON-LD of a release folder; the same release gives the same document.

    Args:
        files: SHA-256, in hexadecimal, of each file by its path in the folder.
        sizes: Bytes of each of `files`.
        by_split: Exported rows of each split that was written.
        manifest: `name` and `mode` of the release and `pins`, {"day|source": {stage: data version}}.
        verdict: `passed`, `overrides` (a sequence), `reports` (SHA-256 of each privacy report by its path) and, if
            one is claimed, the `epsilon` statement.
    """
    mode = mode_of(manifest)
    pins = json.dumps(manifest["pins"], sort_keys=True).encode()
    tasks = {row["task"] for rows in by_split.values() for row in rows}
    tables = [name for name in SCHEMAS if any(PurePosixPath(file).parent.name == name for file in files)]
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": ["http://mlcommons.org/croissant/1.0", "http://mlcommons.org/croissant/RAI/1.0"],
        "name": manifest["name"],
        "description": f"{DESCRIPTIONS[mode]} {mode_sentence(mode)}",
        "version": f"1.0.0+{hashlib.sha256(pins).hexdigest()[:12]}",
        "keywords": ["synthetic", "instruction-tuning", "privacy"],
        "isLiveDataset": False,
        "distribution": [
            *[
                _named(
                    "FileObject",
                    name,
                    contentUrl=name,
                    contentSize=f"{sizes[name]} B",
                    encodingFormat=_FORMATS.get(PurePosixPath(name).suffix, "application/octet-stream"),
                    sha256=files[name],
                )
                for name in sorted(files)
            ],
            *[
                _named("FileSet", _files_of(name), encodingFormat=_FORMATS[".parquet"], includes=f"{name}/*.parquet")
                for name in tables
            ],
        ],
        "recordSet": [*([_splits(by_split)] if tables else []), *[_record_set(name) for name in tables]],
        "rai:dataCollection": _collection(manifest["pins"], mode),
        "rai:personalSensitiveInformation": _personal(verdict, mode),
        "rai:dataUseCases": [
            f"Intended: supervised fine-tuning and evaluation on {purposes(tasks)} tasks over text like the source's, "
            "mixed with natural data.",
            "Not intended: learning facts, decisions about people, attempts to re-identify anybody.",
        ],
        **_RESPONSIBLE,
    }


def _named(kind: str, name: str, **properties: Any) -> dict[str, Any]:
    return {"@type": f"cr:{kind}", "@id": name, "name": name, **properties}


def _splits(by_split: Mapping[str, Sequence[Row]]) -> dict[str, Any]:
    name, count = f"{_SPLITS}/name", f"{_SPLITS}/rows"
    return _named(
        "RecordSet",
        _SPLITS,
        description="Splits and their rows. A person, a source document and its near-duplicates are in one only.",
        dataType="cr:Split",
        key={"@id": name},
        field=[
            {"@type": "cr:Field", "@id": name, "dataType": "sc:Text"},
            {"@type": "cr:Field", "@id": count, "dataType": "sc:Integer"},
        ],
        data=[{name: split, count: len(rows)} for split, rows in by_split.items()],
    )


def _record_set(name: str) -> dict[str, Any]:
    split = {
        "@type": "cr:Field",
        "@id": f"{name}/split",
        "dataType": "sc:Text",
        "references": {"field": {"@id": f"{_SPLITS}/name"}},
        "source": {
            "fileSet": {"@id": _files_of(name)},
            "extract": {"fileProperty": "filename"},
            "transform": {"regex": r"^([^.]+)(?:\.parquet)?$"},  # optional suffix: a reader that joins applies it twice
        },
    }
    description = f"The rows as {name}; every configuration holds the same rows."
    return _named(
        "RecordSet", name, description=description, field=[split, *[_field(name, column) for column in SCHEMAS[name]]]
    )


def _field(name: str, column: pa.Field) -> dict[str, Any]:
    head = {"@type": "cr:Field", "@id": f"{name}/{column.name}", "name": column.name}
    if not pa.types.is_list(column.type):
        return {**head, "dataType": "sc:Text", "source": _column(name, column.name)}
    parts = [
        {
            "@type": "cr:Field",
            "@id": f"{name}/{column.name}/{part.name}",
            "name": part.name,
            "dataType": "sc:Text",
            "source": {**_column(name, column.name), "transform": {"jsonPath": part.name}},
        }
        for part in column.type.value_type
    ]
    return {**head, "repeated": True, "subField": parts}


def _column(name: str, column: str) -> dict[str, Any]:
    return {"fileSet": {"@id": _files_of(name)}, "extract": {"column": column}}


def _files_of(name: str) -> str:
    return f"{name}-files"


def _collection(pins: Mapping[str, Any], mode: Mode) -> str:
    sources = sorted({key.partition("|")[2] for key in pins})
    days = sorted({key.partition("|")[0] for key in pins})
    period = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
    return (
        f"Nothing was collected for this release. Documents that arrived in {len(sources)} source(s) "
        f"({', '.join(sources)}) on {len(days)} day(s) ({period}) were repaired, deduplicated and split by person. One "
        f"split was {_MADE[mode]}, and turned into instructions. The other splits are in no row: the privacy "
        "report compares with them."
    )


def _personal(verdict: Mapping[str, Any], mode: Mode) -> Sequence[str]:
    overrides = len(verdict["overrides"])
    outcome = "The privacy report permits the release" if verdict["passed"] else "The privacy report did not pass"
    used = f"; {overrides} override(s) of checks were used." if overrides else "; no check was overridden."
    return [
        PERSONAL[mode],
        f"{outcome}{used}",
        f"{verdict.get('epsilon', NONE_CLAIMED)}.",
        *[f"{name}: SHA-256 {digest}" for name, digest in sorted(verdict["reports"].items())],
    ]
