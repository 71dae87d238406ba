"""The `synth-assets` command line. What a command needs is imported only when it runs."""

import sys
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from resources.errors import SynthAssetsError
from resources.home import Home

if TYPE_CHECKING:
    from resources.factory import Factory

app = typer.Typer(
    name="synth-assets",
    help="Turn a sensitive text corpus into releasable training data, and measure what still leaks.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

PartitionArgument = Annotated[str, typer.Argument(help="A partition, written YYYY-MM-DD|source.", metavar="DAY|SOURCE")]
StageArgument = Annotated[str, typer.Argument(help="A stage, such as masked_corpus.")]


def find_home() -> Home:
    """Return the home of this process. Says where it is as long as the folder does not exist."""
    home = Home.find()
    if not home.root.exists():
        typer.echo(f"The home is {home.root}, a new folder. Set SYNTH_ASSETS_HOME to use another one.", err=True)
    return home


def open_factory() -> "Factory":
    """Open the factory of this process's home."""
    from resources.factory import Factory

    return Factory.open(find_home())


@app.command()
def run(
    partitions: Annotated[list[str] | None, typer.Argument(help="Partitions, written YYYY-MM-DD|source.")] = None,
    source: Annotated[str, typer.Option(help="Run every day of this source that has files.")] = "",
    sample: Annotated[bool, typer.Option("--sample", help="Write the embedded sample to the home and run it.")] = False,
    until: Annotated[str, typer.Option(help="Stop after this stage.")] = "release",
) -> None:
    """Materialize partitions through every stage and show progress. The UI shows the run's history."""
    from synth_assets.cli.run import run_partitions

    raise typer.Exit(run_partitions(find_home(), partitions or [], source, sample, until))


@app.command()
def status() -> None:
    """Show what each partition has published, what is quarantined, and which overrides are in force."""
    from synth_assets.cli.status import show_status

    show_status(find_home())


@app.command()
def leaks(
    top: Annotated[int, typer.Option(min=1, help="Show at most this many.")] = 20,
) -> None:
    """Show at which stages identifiers leak, from every published report; the largest new leak comes first."""
    from synth_assets.cli.known import check_reports
    from synth_assets.cli.status import show_leaks

    check_reports(open_factory().lake)
    show_leaks(Home.find(), top)


@app.command()
def versions(
    partition: PartitionArgument,
    stage: Annotated[str, typer.Option(help="Show only this stage.")] = "",
) -> None:
    """Show the history of a partition: data versions, rows and verdicts."""
    from synth_assets.cli.known import check_history, known_stage
    from synth_assets.cli.status import show_versions

    if stage:
        known_stage(stage)
    check_history(open_factory().lake, partition, stage)
    show_versions(Home.find(), partition, stage)


@app.command()
def masks(
    partitions: Annotated[list[str], typer.Argument(help="Partitions to train on.", metavar="DAY|SOURCE...")],
    tokenizer: Annotated[str, typer.Option(help="The model's tokenizer: a folder, a tokenizer.json, or a hub id.")],
    out: Annotated[str, typer.Option(help="The file to write: .parquet or .jsonl.")],
    epochs: Annotated[int, typer.Option(min=1, help="Number of epochs to write, each with its own masks.")] = 1,
    max_length: Annotated[int, typer.Option(min=8, help="Tokens per sequence. Longer documents are split.")] = 512,
    mask_token: Annotated[str, typer.Option(help="The mask token, if the tokenizer does not define one.")] = "",
) -> None:
    """Write a masked-LM training set from published masked corpora, masked as policy.yaml says (masking.plan)."""
    from synth_assets.cli.masks import export_masks

    export_masks(find_home(), partitions, tokenizer, out, epochs, max_length, mask_token)


@app.command()
def release(
    partitions: Annotated[list[str], typer.Argument(help="Partitions to release together.", metavar="DAY|SOURCE...")],
    name: Annotated[str, typer.Option(help="Name of the release (default: built from source, day and content).")] = "",
) -> None:
    """Export the published versions of partitions as one release. Requires a passing report on these versions."""
    from rich.console import Console

    from resources.lake.model import Partition
    from synth_assets.modes import mode_sentence
    from synth_assets.release.build import build_release

    factory = open_factory()
    built = build_release(factory, [Partition.parse(p) for p in partitions], name)
    Console().print(f"[green]released[/] {built.rows} rows as {built.name}\n{mode_sentence(built.mode)}\n{built.path}")
    print(f"signed with the key {factory.keys.fingerprint()}: give recipients this fingerprint apart from the files")


@app.command()
def verify(
    folder: Annotated[str, typer.Argument(help="The folder of a release.")],
    key: Annotated[
        str, typer.Option(help="The key that must have signed it: its fingerprint, or a file in PEM format.")
    ] = "",
) -> None:
    """Check the key, the signature and every checksum of a release folder.

    Without --key, the key must be that of the home, if it has one.

    Exit codes: 0 if the release is intact; 1 if something was changed or another key signed it; 3 if nothing was
    changed since it was signed, but no key is known to compare with.
    """
    from synth_assets.cli.verify import verify_folder

    raise typer.Exit(verify_folder(Home.find(), Path(folder), key))


@app.command()
def override(
    stage: Annotated[str, typer.Argument(help="The stage whose check is overridden, or release.")],
    partition: PartitionArgument,
    check: Annotated[str, typer.Argument(help="Name of the blocking check.")],
    reason: Annotated[str, typer.Option(help="Why. Appears in manifest, card and report.", prompt=True)],
    author: Annotated[str, typer.Option(help="The person who takes responsibility.", prompt=True)],
    days: Annotated[int, typer.Option(help="Days until the override expires.", min=1, max=90)] = 7,
) -> None:
    """Let one partition pass one failed check for a limited time, in a named person's responsibility."""
    from resources.lake.overrides import Override
    from synth_assets.cli.known import known_check, known_stage, seen_partition
    from synth_assets.release.build import RELEASE

    known_stage(stage, RELEASE)
    factory = open_factory()
    known_check(factory.home, stage, check)
    target = seen_partition(factory.lake, partition)
    expires = datetime.now(UTC) + timedelta(days=days)
    factory.overrides.add(Override(stage, target, check, reason, author, expires.isoformat()))
    print(f"{stage}/{target.key}: {check} is overridden until {expires:%Y-%m-%d %H:%M} UTC by {author}")
    print(f"materialize it again: synth-assets run '{target.key}'")


@app.command()
def vacuum(
    raw_days: Annotated[int, typer.Option(help="Delete raw text older than this many days.", min=1)] = 90,
    hours: Annotated[int, typer.Option(help="Keep replaced versions for this many hours.", min=24)] = 168,
    cache_days: Annotated[int, typer.Option(help="Delete model results older than this many days.", min=0)] = 30,
) -> None:
    """Delete versions that no release pins and nobody reads, raw text past its retention, and old model results."""
    from resources.models.cache import prune_results

    factory = open_factory()
    removed = factory.lake.vacuum(retention_hours=hours, raw_retention_days=raw_days)
    results, size = prune_results(factory.home.cache, cache_days)
    counts = {**asdict(removed), "cached_results": results, "cache_bytes": size}
    print(", ".join(f"{name}: {count:,}" for name, count in counts.items()))


@app.command()
def rollback(
    stage: StageArgument,
    partition: PartitionArgument,
    version: Annotated[str, typer.Argument(help="A data version, as `versions` lists them.")],
    reason: Annotated[str, typer.Option(help="Why; recorded in the manifest.", prompt=True)],
    author: Annotated[str, typer.Option(help="Who takes responsibility; recorded in the manifest.", prompt=True)],
) -> None:
    """Publish an older version of a partition again, as a new version."""
    from synth_assets.cli.known import known_stage, seen_partition

    known_stage(stage)
    lake = open_factory().lake
    target = seen_partition(lake, partition)
    lake.roll_back(stage, target, version, author, reason)
    print(f"{stage}/{target.key} serves {version} again; run the later stages on it")


@app.command()
def diff(
    stage: StageArgument,
    partition: PartitionArgument,
    a: Annotated[str, typer.Argument(help="A data version.", metavar="A")],
    b: Annotated[str, typer.Argument(help="Another data version.", metavar="B")],
) -> None:
    """Print the ids of the rows added, removed and changed from version A to version B, and their counts."""
    from synth_assets.cli.known import known_stage, seen_partition

    known_stage(stage)
    lake = open_factory().lake
    difference = lake.diff(stage, seen_partition(lake, partition), a, b)
    groups = {"added": difference.added, "removed": difference.removed, "changed": difference.changed}
    for group, ids in groups.items():
        for row_id in ids:
            print(f"{group} {row_id}")
    print(", ".join(f"{group}: {len(ids):,}" for group, ids in groups.items()) + f", same: {difference.same:,}")


@app.command()
def catalog(
    file: Annotated[str, typer.Argument(help="The DuckDB file to write.")],
    release: Annotated[str, typer.Option(help="Show what this release pins (default: what is published).")] = "",
) -> None:
    """Write a DuckDB file with a view for each stage; the views read the files of the lake."""
    from resources.lake.catalog import write_catalog

    print(f"wrote {write_catalog(open_factory().lake, Path(file).absolute(), release or None)}")


@app.command()
def suite(stage: StageArgument) -> None:
    """Print the expectation suite of a stage, to edit it as suites/STAGE.yaml of the home."""
    from synth_assets.cli.known import known_stage
    from synth_assets.factory.plan import load_suites

    print(load_suites(find_home())[known_stage(stage)].to_yaml(), end="")


quarantine_app = typer.Typer(help="Candidates that failed a blocking check.", no_args_is_help=True)
app.add_typer(quarantine_app, name="quarantine")


@quarantine_app.command("list")
def quarantine_list() -> None:
    """List every entry: name, stage, partition, rows, failed checks, expiry."""
    entries = open_factory().lake.quarantined()
    for entry in entries:
        what = f"{entry.stage}/{entry.partition.key}, {entry.manifest.rows:,} rows, failed {', '.join(entry.reasons)}"
        print(f"{entry.name}  {what}; deleted after {entry.expires:%Y-%m-%d}")
    if not entries:
        print("nothing is in quarantine")


@quarantine_app.command("drop")
def quarantine_drop(
    name: Annotated[str, typer.Argument(help="Name of the entry, as `quarantine list` shows it.")],
) -> None:
    """Delete an entry and its files before they expire."""
    open_factory().lake.drop_quarantined(name)
    print(f"dropped {name}")


policy_app = typer.Typer(help="Show the policy in force and the presets, and compare policies.")
app.add_typer(policy_app, name="policy")


@policy_app.callback(invoke_without_command=True)
def policy(context: typer.Context) -> None:
    """Show the policy in force, every key with its value. The subcommands show more."""
    if context.invoked_subcommand is None:
        policy_show()


@policy_app.command("show")
def policy_show(
    name: Annotated[str, typer.Argument(help="A preset or a policy file (default: the policy in force).")] = "",
    hipaa: Annotated[bool, typer.Option("--hipaa", help="Show the 18 Safe Harbor identifiers and actions.")] = False,
) -> None:
    """Show every key with its value, with the preset applied."""
    from synth_assets.cli.policy import show_policy

    show_policy(find_home(), name, hipaa)


@policy_app.command("presets")
def policy_presets() -> None:
    """List the masking presets."""
    from rich.console import Console
    from rich.table import Table

    from synth_assets.masking.policy import packaged_presets

    table = Table("preset", "what it does")
    for name, preset in packaged_presets().items():
        table.add_row(name, preset.about)
    Console().print(table)


@policy_app.command("diff")
def policy_diff(
    other: Annotated[str, typer.Argument(help="A preset (under the keys of your policy) or a policy file.")],
    partition: Annotated[str, typer.Option(help="Documents of this DAY|SOURCE (default: the embedded sample).")] = "",
    documents: Annotated[int, typer.Option(min=1, help="Number of documents to try at most.")] = 100,
    html: Annotated[bool, typer.Option("--html", help="Also write a page with the documents, in the lake.")] = False,
) -> None:
    """Show what another masking policy would change: mentions by type and action, share hidden, documents rejected."""
    from synth_assets.cli.policy import show_difference

    show_difference(find_home(), other, partition, documents, html)


@app.command()
def doctor() -> None:
    """Check this machine and this home: packages, weights, keys, disk, settings, sources."""
    from synth_assets.cli.doctor import examine

    raise typer.Exit(examine(find_home()))


@app.command()
def ui(port: Annotated[int, typer.Option(help="Port on 127.0.0.1.")] = 3000) -> None:
    """Start the web UI (webserver and daemon) on 127.0.0.1. Run history stays on this machine, in DAGSTER_HOME."""
    from resources.folders import private_folder
    from synth_assets.cli.run import serve

    home = find_home()
    private_folder(home.root)  # the run history may lie in it
    raise typer.Exit(serve(home, port))


def main() -> None:
    """Run the command line. Prints the project's own errors as one line, with exit code 1; others keep a traceback."""
    try:
        app()
    except SynthAssetsError as error:
        typer.secho(f"{type(error).__name__}: {error}", fg=typer.colors.RED, err=True)
        sys.exit(1)
