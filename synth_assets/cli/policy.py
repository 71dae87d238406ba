"""The policy on the terminal: what is in force, the presets, and what another policy would change.

Counts and settings only: text of documents goes into a page of the lake and nowhere else.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import yaml
from rich.console import Console
from rich.table import Table

from resources.config import did_you_mean, read_yaml
from resources.errors import DataError, PolicyError
from resources.factory import Factory
from resources.home import Home
from resources.lake.model import Partition
from resources.models.engine import Engine
from resources.models.registry import load_registry
from resources.progress import silent
from synth_assets.factory.policy import Policy, load_policy
from synth_assets.masking.comparison.compare import NOTHING, Comparison, Side, compare, render
from synth_assets.masking.presets import PresetName, packaged_presets
from synth_assets.masking.stage import mask_corpus
from synth_assets.records import Row

IN_FORCE = "in force"


def named_policy(home: Home, name: str) -> Policy:
    """The policy of a preset (the home's own keys over it), of a file, or, for an empty name, the one in force."""
    if not name:
        return load_policy(home.policy_file)
    if name in packaged_presets():
        said = read_yaml(home.policy_file) if home.policy_file.is_file() else {}
        masking = {**(said.get("masking") or {}), "preset": name}
        return Policy.parse({**said, "masking": masking}, home.policy_file.name, home.root)
    if not Path(name).is_file():
        known = get_args(PresetName)
        near = did_you_mean(name, known) or f" ({', '.join(known)})"
        raise PolicyError(f"{name!r} is neither a file nor a preset{near}")
    return load_policy(Path(name))


def show_policy(home: Home, name: str, hipaa: bool) -> None:
    """Every key with its value, or the 18 identifiers of Safe Harbor with what the policy does about them."""
    policy = named_policy(home, name)
    if not hipaa:
        Console().out(yaml.safe_dump(policy.model_dump(mode="json"), sort_keys=False).rstrip(), highlight=False)
        return
    from synth_assets.masking.detection.declared import in_force
    from synth_assets.privacy.page.hipaa import hipaa_rows

    table = Table(
        "", "identifier", "policy", "note", title="45 CFR 164.514(b)(2)(i); a table to read, no determination"
    )
    for row in hipaa_rows({}, [], in_force(policy.masking)):
        table.add_row(row.letter, row.identifier, row.action, row.note)
    Console().print(table)


def show_presets() -> None:
    """The presets, one line each."""
    table = Table("preset", "what it does")
    for name, preset in packaged_presets().items():
        table.add_row(name, preset.about)
    Console().print(table)


@dataclass(frozen=True)
class Sample:
    """Raw documents to try policies on, and what they are called."""

    rows: Sequence[Row]
    title: str


def show_difference(home: Home, other: str, partition: str, documents: int, page: bool) -> None:
    """What `other` would change for documents of a partition: counts by type and action, never text."""
    policies = {IN_FORCE: named_policy(home, ""), other: named_policy(home, other)}
    factory = Factory.open(home)
    sample = _sample(factory, partition, documents)
    console = Console()
    with (
        Engine(load_registry(home.models_file), factory.keys, home.cache) as models,
        console.status("masking") as status,
    ):

        def progress(task: str, done: int, total: int) -> None:
            status.update(f"{task}: {done:,} of {total:,}")

        shown = progress if console.is_terminal else silent
        made = [
            mask_corpus(sample.rows, _unrefilled(p), p.seed, factory.keys, models, shown) for p in policies.values()
        ]
    found = compare(sample.rows, *made)
    _print(console, policies, found, sample)
    if page:
        texts = {row["source_doc"]: row["text"] for row in sample.rows}
        html = render(found, texts, (IN_FORCE, other), sample.title)
        console.print(f"page     {factory.attachment_uri(factory.lake.attach(html.encode(), '.html'))}", soft_wrap=True)


def _unrefilled(policy: Policy) -> Any:
    """The masking section without refilling, which is slow and decides about no identifier."""
    refill = policy.masking.refill.model_copy(update={"per_document": 0})
    return policy.masking.model_copy(update={"refill": refill})


def _sample(factory: Factory, key: str, documents: int) -> Sample:
    """Documents of split train, chosen by their keyed id; of the embedded sample where no partition is named."""
    if key:
        partition = Partition.parse(key)
        rows = [r for r in factory.read("raw_corpus", partition) if r["split"] == "train" and r["role"] == "document"]
        name = partition.key
    else:
        from synth_assets.sample.documents import generate

        rows = [_raw(row) for row in generate(documents)]
        name = "the embedded sample"
    if not rows:
        raise DataError(f"{name} has no documents of split train")
    chosen = sorted(rows, key=lambda row: str(row["id"]))[:documents]
    return Sample(chosen, f"{len(chosen):,} of {len(rows):,} documents of {name}")


def _raw(row: Row) -> Row:
    return {"id": row["id"], "source_doc": row["id"], "subject": row["subject"], "role": "document", "split": "train",
            "text": row["text"], "label": None, "language": "en"}  # fmt: skip


def _print(console: Console, policies: Mapping[str, Policy], found: Comparison, sample: Sample) -> None:
    first, second = policies
    settings = Table("key", first, second, title="settings of masking that differ")
    before, after = (policy.masking.model_dump(mode="json") for policy in policies.values())
    for row in differing(before, after):
        settings.add_row(*row)
    changes = Table("type", first, second, title="mentions by action", caption=f"{NOTHING}: not found")
    changes.add_column("mentions", justify="right")
    for change in found.changes:
        changes.add_row(change.type, change.before, change.after, f"{change.mentions:,}",
                        style="" if change.differs else "dim")  # fmt: skip
    sides = Table("", first, second, title=sample.title)
    for label, values in _facts(found.before, found.after):
        sides.add_row(label, *values)
    for table in (settings, changes, sides):
        console.print(table)
    console.print(f"{len(found.documents):,} documents come out differently")


def _facts(*sides: Side) -> Iterator[tuple[str, list[str]]]:
    yield "documents masked", [f"{side.masked:,}" for side in sides]
    for reason in sorted({reason for side in sides for reason in side.rejected}):
        yield f"rejected: {reason}", [f"{side.rejected.get(reason, 0):,}" for side in sides]
    yield "mentions", [f"{side.mentions:,}" for side in sides]
    yield "characters hidden", [f"{side.hidden:.1%}" for side in sides]


def differing(one: Mapping[str, Any], other: Mapping[str, Any], place: str = "") -> list[tuple[str, str, str]]:
    """(key, value, value) where two sections differ; of lists of words only their length, for words may be names."""
    found: list[tuple[str, str, str]] = []
    for key in dict.fromkeys([*one, *other]):
        a, b = one.get(key), other.get(key)
        if isinstance(a, Mapping) and isinstance(b, Mapping):
            found += differing(a, b, f"{place}{key}.")
        elif a != b:
            found.append((f"{place}{key}", _value(a), _value(b)))
    return found


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "declared"
    if isinstance(value, list):
        return f"{len(value)} entries"
    return NOTHING if value is None else str(value)
