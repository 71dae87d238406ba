"""Public corpora as the benchmarks read them: rows of JSON Lines files, and where the files lie."""

import json
import os
from pathlib import Path
from typing import Any


def folder() -> Path:
    """SYNTH_ASSETS_CORPORA, or `shared/corpora` beside the repository."""
    return Path(os.environ.get("SYNTH_ASSETS_CORPORA") or Path(__file__).parents[2] / "shared" / "corpora")


def rows(file: Path) -> list[dict[str, Any]]:
    """The records of a JSON Lines file."""
    with file.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def texts(file: Path, most: int) -> list[str]:
    """At most so many distinct texts of a JSON Lines file with a column `text`, in its order."""
    return list(dict.fromkeys(row["text"] for row in rows(file)))[:most]
