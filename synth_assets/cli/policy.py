"""`synth-assets policy`: show the policy in force and the presets, and what another policy would change.

Prints counts and settings only. Text of documents goes nowhere but into an HTML page in the lake.
"""

from collections.abc import Iterator, Mapping, Sequence
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
from synth_assets.masking.policy import PresetName, packaged_presets
from synth_assets.masking.stage import mask_corpus
from synth_assets.modes import mode_sentence
from synth_assets.records import Row

IN_FORCE = "in force"


def named_policy(home: Home, name: str) -> Policy:
    """Return the policy that `name` stands for.

    Args:
        home: The home with the policy in force.
        name: A preset, over which the home's own keys apply; a policy file; or "" for the policy in force.

    Raises:
        PolicyError: `name` is neither a preset nor a file, or the policy is not valid.
    """
    if not name:
        return load_policy(home.policy_file)
    if name in packaged_presets():
        own = read_yaml(home.policy_file) if home.policy_file.is_file() else {}
        masking = {**(own.get("masking") or {}), "preset": name}
        return Policy.parse({**own, "masking": masking}, home.policy_file.name, home.root)
    if not Path(name).is_file():
        known = get_args(PresetName)
        near = did_you_mean(name, known) or f" ({', '.join(known)})"
        raise PolicyError(f"{name!r} is neither a file nor a preset{near}")
    return load_policy(Path(name))


def show_policy(home: Home, name: str, hipaa: bool) -> None:
    """Print every key with its value, or what the policy does about the 18 Safe Harbor identifiers."""
    policy = named_policy(home, name)
    if not hipaa:
        print(f"# {mode_sentence(policy.release.mode)}")
        Console().out(yaml.safe_dump(policy.model_dump(mode="json"), sort_keys=False).rstrip(), highlight=False)
        return
    from synth_assets.masking.detection.detect import in_force
    from synth_assets.privacy.page.regulations import hipaa_rows

    table = Table("", "identifier", "policy", "note", title="45 CFR 164.514(b)(2)(i); for reading; not a determination")
    for row in hipaa_rows({}, [], in_force(policy.masking)):
        table.add_row(row.letter, row.identifier, row.action, row.note)
    Console().print(table)


def show_difference(home: Home, other: str, partition: str, documents: int, page: bool) -> None:
    """Print what another policy would change for some documents: counts by type and action, never text.

    Args:
        home: The home with the policy in force.
        other: The other policy, as for `named_policy`.
        partition: Partition whose documents are tried; "" for the embedded sample.
        documents: Number of documents to try at most.
        page: Also write an HTML page with the documents to the lake.
    """
    policies = {IN_FORCE: named_policy(home, ""), other: named_policy(home, other)}
    factory = Factory.open(home)
    rows, title = _sample(factory, partition, documents)
    console = Console()
    with (
        Engine(load_registry(home.models_file), factory.keys, home.cache) as models,
        console.status("masking") as status,
    ):

        def progress(task: str, done: int, total: int) -> None:
            status.update(f"{task}: {done:,} of {total:,}")

        report = progress if console.is_terminal else silent
        outputs = [
            mask_corpus(rows, p.masking_without_refill, p.seed, factory.keys, models, report) for p in policies.values()
        ]
    comparison = compare(rows, *outputs)
    _print(console, policies, comparison, title)
    if page:
        texts = {row["source_doc"]: row["text"] for row in rows}
        html = render(comparison, texts, (IN_FORCE, other), title)
        console.print(f"page     {factory.attachment_uri(factory.lake.attach(html.encode(), '.html'))}", soft_wrap=True)


def _sample(factory: Factory, key: str, documents: int) -> tuple[Sequence[Row], str]:
    """Choose documents of the train split by their keyed id, from a partition or, for "", the embedded sample.

    Returns:
        The documents, and a title that says which they are.
    """
    if key:
        partition = Partition.parse(key)
        rows = [r for r in factory.read("raw_corpus", partition) if r["split"] == "train" and r["role"] == "document"]
        name = partition.key
    else:
        from synth_assets.sample.documents import generate

        rows = [_raw(row) for row in generate(documents)]
        name = "the embedded sample"
    if not rows:
        raise DataError(f"{name} has no documents in the train split")
    chosen = sorted(rows, key=lambda row: str(row["id"]))[:documents]
    return chosen, f"{len(chosen):,} of {len(rows):,} documents of {name}"


def _raw(row: Row) -> Row:
    return {"id": row["id"], "source_doc": row["id"], "subject": row["subject"], "role": "document", "split": "train",
            "text": row["text"], "label": None, "language": "en"}  # fmt: skip


def _print(console: Console, policies: Mapping[str, Policy], comparison: Comparison, title: str) -> None:
    first, second = policies
    settings = Table("key", first, second, title="masking settings that differ")
    before, after = (policy.masking.model_dump(mode="json") for policy in policies.values())
    for row in differing(before, after):
        settings.add_row(*row)
    changes = Table("type", first, second, title="mentions by action", caption=f"{NOTHING}: not found")
    changes.add_column("mentions", justify="right")
    for change in comparison.changes:
        changes.add_row(change.type, change.before, change.after, f"{change.mentions:,}",
                        style="" if change.differs else "dim")  # fmt: skip
    sides = Table("", first, second, title=title)
    for label, values in _facts(comparison.before, comparison.after):
        sides.add_row(label, *values)
    for table in (settings, changes, sides):
        console.print(table)
    console.print(f"{len(comparison.documents):,} documents come out differently")


def _facts(*sides: Side) -> Iterator[tuple[str, list[str]]]:
    yield "documents masked", [f"{side.masked:,}" for side in sides]
    for reason in sorted({reason for side in sides for reason in side.rejected}):
        yield f"rejected: {reason}", [f"{side.rejected.get(reason, 0):,}" for side in sides]
    yield "mentions", [f"{side.mentions:,}" for side in sides]
    yield "characters hidden", [f"{side.hidden:.1%}" for side in sides]


def differing(one: Mapping[str, Any], other: Mapping[str, Any], place: str = "") -> list[tuple[str, str, str]]:
    """Return (key, one value, other value) where two sections differ.

    Of a list of words only the length is shown, because the words may be names.
    """
    differences: list[tuple[str, str, str]] = []
    for key in dict.fromkeys([*one, *other]):
        a, b = one.get(key), other.get(key)
        if isinstance(a, Mapping) and isinstance(b, Mapping):
            differences += differing(a, b, f"{place}{key}.")
        elif a != b:
            differences.append((f"{place}{key}", _value(a), _value(b)))
    return differences


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "declared"
    if isinstance(value, list):
        return f"{len(value)} entries"
    return NOTHING if value is None else str(value)
