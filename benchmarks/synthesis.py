"""What each mode of a release is worth and what it gives away, on one corpus, beside raw and public text.

    python benchmarks/synthesis.py news.jsonl --label topic --documents 500 --out n.json --work FOLDER --plot n.svg
    python benchmarks/synthesis.py sample --label topic --out sample.json --plot sample.svg

The corpus is split by subject into train, holdout and control, and the train split is masked once. Each arm then makes
the same number of documents for each seed: `raw` and `masked` are drawn from train, `rewritten` are masked ones
reworded, `synthesized` and `formal` are those of the modes, without variations; `public prompts` are what formal
synthesis writes where nobody votes (epsilon 0), `public text` comes from the sample generator. All are tested on the
real holdout, and attacked; attacks count train beside holdout. A cell is the mean over the seeds with its 95 % interval
(Student's t). The noise of a formal draw has no seed. In raw and masked text, the interval is that of drawing documents
from train. Shares of train are of all its subjects: where fewer documents are drawn than train has, only the subjects
who have a row can be found in raw, masked and rewritten text.

Calls with the same `--out` go on where the last one stopped, and `--work` keeps what was made, as text. An arm is
measured whether it loses or not.
"""

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean, stdev
from typing import Annotated, Any

import typer
from synthesis_arms import KEYS, Arms, Corpus, names_of
from synthesis_measures import MEASURES, Measures

from resources.models.engine import Engine
from resources.models.registry import load_registry
from synth_assets.privacy.page.drawing import Mark
from synth_assets.privacy.page.trade_off import Floor, Place, picture

MODES = "raw,masked,rewritten,synthesized,formal,public"
LEAKS = {"linkage_agreed": "own rows found beyond chance", "words_8": "8 words in a row beyond the holdout"}
Seeds = Mapping[str, Mapping[str, float]]
"""By seed, the measures of an arm."""


def main(
    file: Annotated[str, typer.Argument(help="JSON Lines with a column `text`, or `sample`")],
    label: Annotated[str | None, typer.Option(help="Column of the label; `subjects.0.pii.SEX` goes into it")] = None,
    modes: Annotated[str, typer.Option(help="Modes, separated by commas")] = MODES,
    documents: Annotated[
        int | None, typer.Option(help="Documents of an arm; by default as many as train has", min=20)
    ] = None,
    epsilons: Annotated[str, typer.Option(help="Epsilons of mode formal, separated by commas")] = "1,2,4,8",
    seeds: Annotated[int, typer.Option(help="Seeds of an arm", min=1)] = 5,
    most: Annotated[int | None, typer.Option(help="Documents of the corpus that are read", min=60)] = None,
    out: Annotated[Path | None, typer.Option(help="JSON file of the results, to go on with")] = None,
    work: Annotated[Path | None, typer.Option(help="Folder for masked and made documents")] = None,
    plot: Annotated[Path | None, typer.Option(help="SVG file of privacy against utility")] = None,
    leak: Annotated[str, typer.Option(help=f"What is drawn as leak: {' or '.join(LEAKS)}")] = "linkage_agreed",
) -> None:
    """Make, measure, print."""
    arms = names_of(modes.split(","), [float(epsilon) for epsilon in epsilons.split(",")], file)
    setting = {"file": Path(file).name, "label": label, "documents": documents, "most": most}
    results = earlier(out, setting)
    missing = [(arm, seed) for seed in range(seeds) for arm in arms if str(seed) not in results.get(arm, {})]
    if missing:
        corpus = Corpus.read(file, label, most)
        with tempfile.TemporaryDirectory() as folder, Engine(load_registry(), KEYS, Path(folder)) as models:
            kept = (work or Path(folder) / "work") / "-".join(str(value) for value in setting.values())
            kept.mkdir(parents=True, exist_ok=True)
            wanted = documents or len(corpus.split("train"))
            making = Arms(corpus, models, kept, wanted)
            measures = Measures(corpus, making.masked, models, wanted)
            for number, (arm, seed) in enumerate(missing, 1):
                results.setdefault(arm, {})[str(seed)] = measures.of(making.make(arm, seed))
                typer.echo(f"{number} of {len(missing)}: {arm}, seed {seed}", err=True)
                if out:
                    out.write_text(json.dumps({"setting": setting, "results": results}, indent=1))
    chosen = {
        arm: {seed: found for seed, found in results[arm].items() if int(seed) < seeds}
        for arm in arms
        if arm in results
    }
    typer.echo(table(chosen))
    if plot:
        plot.write_text(drawn(chosen, leak))


def earlier(out: Path | None, setting: Mapping[str, Any]) -> dict[str, dict[str, dict[str, float]]]:
    """The results of earlier calls with the same settings."""
    if out is None or not out.is_file():
        return {}
    kept = json.loads(out.read_text())
    if kept["setting"] != setting:
        raise typer.BadParameter(f"{out} holds results of other settings: {kept['setting']}")
    results: dict[str, dict[str, dict[str, float]]] = kept["results"]
    return results


def over_seeds(values: Sequence[float]) -> Mark:
    """Mean and 95 % interval by Student's t; without an interval for one value."""
    from scipy.stats import t

    if not values:
        return Mark(None, None, None)
    mean = fmean(values)
    if len(values) < 2:
        return Mark(mean, None, None)
    half = float(t.ppf(0.975, len(values) - 1)) * stdev(values) / len(values) ** 0.5
    return Mark(mean, mean - half, mean + half)


def table(results: Mapping[str, Seeds]) -> str:
    """Measures down, arms across."""
    lines = [f"| | {' | '.join(results)} |", f"| --- |{' ---: |' * len(results)}"]
    for measure, title in MEASURES.items():
        cells = [
            cell(over_seeds([found[measure] for found in by.values() if measure in found])) for by in results.values()
        ]
        if any(said != "-" for said in cells):
            lines.append(f"| {title} | {' | '.join(cells)} |")
    return "\n".join(lines)


def cell(mark: Mark) -> str:
    """A mean with its interval."""
    if mark.value is None:
        return "-"
    digits = 0 if mark.value >= 10 else 3
    if mark.low is None or mark.high is None or mark.low == mark.high:
        return f"{mark.value:,.{digits}f}"
    return f"{mark.value:,.{digits}f} ({mark.low:,.{digits}f} to {mark.high:,.{digits}f})"


def drawn(results: Mapping[str, Seeds], leak: str) -> str:
    """Privacy against utility: by label where there is one, else the frontier. Public arms are levels."""
    labeled = any("topic_tfidf" in found for by in results.values() for found in by.values())
    use = "topic_tfidf" if labeled else "frontier"
    places, floors = [], []
    for arm, by in results.items():
        found = [measures for measures in by.values() if use in measures and f"{leak}_train" in measures]
        good = over_seeds([measures[use] for measures in found])
        if good.value is not None and arm.startswith("public"):
            floors.append(Floor(arm, good.value))
            continue
        excess = over_seeds([measures[f"{leak}_train"] - measures[f"{leak}_holdout"] for measures in found])
        formal = arm.startswith("formal")
        places.append(Place(arm.replace("formal ", "formal ε "), excess, good, "formal" if formal else ""))
    return picture(places, floors, LEAKS[leak], MEASURES[use], alone=True)


if __name__ == "__main__":
    typer.run(main)
