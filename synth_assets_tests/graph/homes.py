"""Homes to materialize in: real stages, real embedded models, a small corpus from the sample generator."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import dagster as dg

from resources.factory import Factory
from resources.home import Home
from resources.lake.model import Partition
from synth_assets.definitions import build_definitions
from synth_assets.lineage import STAGES
from synth_assets.partitions import SOURCES, partition_key
from synth_assets.sample.documents import generate
from synth_assets_tests.modes import REWRITTEN

REPOSITORY = Path(__file__).resolve().parents[2]
DAY = "2026-01-05"
# Every stage does all it does, on fewer items: the models of this machine are slow.
QUICK = f"""{REWRITTEN}masking: {{refill: {{per_document: 1}}}}
augmentation: {{paraphrase_share: 0.1, paraphrase_candidates: 1, naturalness: false}}
instructions: {{ifd: {{max_items: 6}}}}
privacy: {{infill_slots: 4}}
"""
PERSON = "Zebulon Quarkwright"
MAIL = "zq.marker.7731@private-clinic-marker.net"
WORD = "xylomarkerphone"
PHONE = "+44 7911 555 8842 1"
MARKERS = [PERSON, "Quarkwright", MAIL, "private-clinic-marker", WORD, "zq.marker.7731"]
WATCH = """
import sys
allowed = ("127.", "::1", "localhost")
def hook(event, args):
    if event == "socket.connect":
        address = args[1]
        host = address[0] if isinstance(address, tuple) else ""
        if isinstance(address, tuple) and not str(host).startswith(allowed):
            open(r"{log}", "a").write("connect\\n")
    if event == "socket.getaddrinfo" and args[0] and not str(args[0]).startswith(allowed):
        open(r"{log}", "a").write("getaddrinfo\\n")
sys.addaudithook(hook)
"""
NO_REFILL = f"{REWRITTEN}masking: {{refill: {{per_document: 0}}}}"
KEY_SECRET = b"a test secret of exactly 32 byte"


def make_home(
    root: Path, documents: Sequence[dict], source: str = "tickets", day: str = DAY, policy: str = QUICK
) -> Home:
    """A home with one source and a fixed secret, so that two homes give the same data versions."""
    home = Home(root)
    home.keys.mkdir(parents=True, mode=0o700)
    secret = home.keys / "secret.key"
    secret.write_bytes(KEY_SECRET)
    secret.chmod(0o600)
    home.policy_file.write_text(policy, encoding="utf-8")
    add_documents(home, documents, source, day)
    return home


def add_documents(home: Home, documents: Sequence[dict], source: str = "tickets", day: str = DAY) -> None:
    folder = home.sources / source / day
    folder.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(d, ensure_ascii=False) + "\n" for d in documents]
    (folder / "documents.jsonl").write_text("".join(lines), encoding="utf-8")


def make_dagster_home(root: Path) -> Path:
    """A folder for run history, with the settings of the repository."""
    root.mkdir(parents=True)
    shutil.copy(REPOSITORY / "dagster.yaml", root)
    return root


def make_own_dagster_home(root: Path) -> Path:
    """The same for Dagster's own programs: they take the folders it names for those of where they were started."""
    file = make_dagster_home(root) / "dagster.yaml"
    file.write_text(file.read_text().replace("base_dir: .dagster", f"base_dir: {root}/.dagster"))
    return root


def run_factory(
    home: Home, dagster_home: Path, partitions: str, *until: str, path: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run partitions, separated by commas, in a process of its own; `path`: folders to import from first."""
    env = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(filter(None, (path, str(REPOSITORY))))}
    script = str(Path(__file__).with_name("factory_process.py"))
    command = [sys.executable, script, str(home.root), str(dagster_home), partitions, *until]
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=500, check=False)


def planted_home(root: Path) -> Home:
    """A few documents, six with markers of their own (so that some fall into train), and two broken rows."""
    lines = (
        f"My name is {PERSON} and you can reach me at {MAIL} or {PHONE}. The {WORD} I bought in March "
        f"stopped working after two weeks.\n\nKind regards,\n{PERSON}"
    )
    marked = [
        {**d, "id": f"m{i}", "subject": f"marker-{i}", "text": f"{d['text']}\n\n{lines}"}
        for i, d in enumerate(generate(80, seed=99)[40:46])
    ]
    broken = {"id": "broken", "subject": PERSON, "text": None, "note": MAIL}
    home = make_home(root, [*generate(12, seed=5), *marked, broken])
    with (home.sources / "tickets" / DAY / "documents.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"text": "' + PERSON + " " + MAIL + "\n")
    return home


@dataclass(frozen=True)
class Watched:
    """A factory that ran to its end in a process of its own, all its connections watched, and what it printed."""

    home: Home
    root: Path
    output: str


class Runner:
    """Materializes stages of a home on one Dagster instance, as a run launched from anywhere would."""

    def __init__(self, home: Home, instance: dg.DagsterInstance) -> None:
        self.home, self.instance = home, instance

    def run(self, *stages: str, source: str = "tickets", day: str = DAY) -> dg.ExecuteInProcessResult:
        partition = Partition(source=source, day=day)
        self.instance.add_dynamic_partitions(SOURCES, [source])
        return (
            build_definitions(self.home)
            .resolve_job_def("factory")
            .execute_in_process(
                instance=self.instance,
                partition_key=partition_key(partition),
                asset_selection=[dg.AssetKey(s) for s in stages],
                raise_on_error=False,
            )
        )

    def versions(self, source: str = "tickets", day: str = DAY) -> dict[str, str]:
        lake = Factory.open(self.home).lake
        found = {stage: lake.published(stage, Partition(source=source, day=day)) for stage in STAGES}
        return {stage: version.data_version for stage, version in found.items() if version}
