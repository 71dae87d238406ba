"""From the masked corpus of a partition to an adapter of the masked LM, with figures of its gain and leakage."""

import hashlib
import json
import shutil
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from resources.folders import private_folder
from resources.keys import Keys
from resources.models.engine import Engine, fingerprint
from resources.models.engines.masked.trainable import Trainable, open_trainable
from resources.models.protocols import Slot
from resources.models.registry import Registry
from resources.models.weights.sources import digest, weights_dir
from resources.progress import Progress
from synth_assets.adaptation.evaluation import Loss, exposure, hidden_words, hit_rates, learned_auc, measure_losses
from synth_assets.adaptation.objectives import maker
from synth_assets.adaptation.policy import AdaptationPolicy
from synth_assets.adaptation.training import Checkpoints, Trained, train
from synth_assets.masked_lm.policy import PlanPolicy
from synth_assets.records import Row

MEASURED = 64
"""Most documents of a group whose losses are measured."""


@dataclass(frozen=True)
class Adapted:
    """A folder with `adapter_model.safetensors`, its digest, and figures that are safe to show."""

    folder: Path
    digest: str
    figures: Mapping[str, float]


@dataclass(frozen=True)
class Setting:
    """What a training needs beside data and policy.

    Attributes:
        folder: where adapters and checkpoints are written.
        cache: cache of model results.
        key: the `training_key`; seeds and checkpoints depend on it.
        keys: keys that encrypt checkpoints and derive seeds.
        registry: the models; its masked LM is adapted.
        progress: called after every step.
    """

    folder: Path
    cache: Path
    key: str
    keys: Keys
    registry: Registry
    progress: Progress


def adapt(
    masked: Sequence[Row],
    outsiders: Sequence[Row],
    policy: AdaptationPolicy,
    plan: PlanPolicy,
    context: int,
    setting: Setting,
) -> Adapted:
    """Train an adapter, measure it before and after, and write it.

    Args:
        masked: rows of the published masked corpus; nothing else is learned from.
        outsiders: masked canaries that were kept out of the corpus; they are only measured on.
        policy: settings of the training.
        plan: the mask plan that a bidirectional model learns from.
        context: characters shown on each side of a hidden word.
        setting: folders, keys, models.

    Raises:
        DataError: there are too few subjects.
        PolicyError, MachineError: as `open_trainable`.
    """
    entry = setting.registry["masked_lm"]
    alone = {role: model for role, model in setting.registry.items() if role != "second_masked_lm"}
    learned, held_out = split(masked, policy.held_out, setting.keys)
    documents: dict[str, list[Row]] = defaultdict(list)
    for row in learned:
        documents[row["subject"]].append(row)
    words = hidden_words(held_out, policy.probe_words, context, _seeds(setting, "adaptation_words"))
    before_words = _hit_rates(alone, words, setting)
    trainable = open_trainable(entry, policy.rank, weights_dir(), setting.keys.seed("adaptation_weights", setting.key))
    make = maker(trainable, plan)
    groups = {
        "held_out": held_out[:MEASURED],
        "learned": [row for row in learned if row["role"] != "canary"][:MEASURED],
        "canaries_in": [row for row in learned if row["role"] == "canary"],
        "canaries_out": outsiders,
    }
    measure = _seeds(setting, "adaptation_measure")
    before = measure_losses(trainable, make, policy.tokens, measure, **groups)
    checkpoints = Checkpoints(setting.folder / "checkpoint", setting.keys, setting.key)
    seeds = _seeds(setting, "adaptation_step")
    trained = train(trainable, documents, make, policy, lambda step: seeds(str(step)), checkpoints, setting.progress)
    after = measure_losses(trainable, make, policy.tokens, measure, **groups)
    folder, sha256 = _write(trainable, setting)
    checkpoints.remove()
    adapted = entry.model_copy(update={"adapter": str(folder), "adapter_digest": sha256})
    after_words = _hit_rates(alone | {"masked_lm": adapted}, words, setting)
    figures = _figures(before, after, before_words, after_words, trained)
    return Adapted(
        folder, sha256, figures | {"subjects": len(documents), "documents": len(learned), "words": len(words)}
    )


def training_key(data_version: str, policy: AdaptationPolicy, plan: PlanPolicy, registry: Registry, code: str) -> str:
    """A name of 16 hex digits for a training, derived from everything that shapes it."""
    model = fingerprint("masked_lm", registry["masked_lm"])
    parts = (data_version, policy.model_dump_json(), plan.model_dump_json(), model, code)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def split(rows: Sequence[Row], share: float, keys: Keys) -> tuple[list[Row], list[Row]]:
    """Rows to learn from and rows held out, by a keyed draw of the subject; canaries are always learned from."""
    ordered = sorted(rows, key=lambda row: str(row["id"]))

    def is_held_out(row: Row) -> bool:
        drawn = keys.seed("adaptation_held_out", row["subject"]) % 10_000
        return row["role"] != "canary" and drawn < share * 10_000

    return [row for row in ordered if not is_held_out(row)], [row for row in ordered if is_held_out(row)]


def _write(trainable: Trainable, setting: Setting) -> tuple[Path, str]:
    """Write the adapter to a folder named by its content; return the folder and its digest."""
    private_folder(setting.folder)
    fresh = setting.folder / f"{setting.key}.new"
    trainable.model.save_pretrained(str(fresh), safe_serialization=True)
    for path in fresh.iterdir():  # peft adds a model card that names local folders
        if path.name not in ("adapter_model.safetensors", "adapter_config.json"):
            path.unlink()
    config = fresh / "adapter_config.json"
    settings = json.loads(config.read_text()) | {"base_model_name_or_path": None}
    config.write_text(json.dumps(settings, sort_keys=True, indent=1))
    sha256 = digest(fresh)
    final = setting.folder / sha256[:16]
    if final.exists():
        shutil.rmtree(fresh)
    else:
        fresh.rename(final)
    return final, sha256


def _seeds(setting: Setting, purpose: str) -> Callable[[str], int]:
    return lambda name: setting.keys.seed(purpose, setting.key, name)


def _hit_rates(registry: Registry, words: Sequence[Slot], setting: Setting) -> dict[str, float]:
    with Engine(registry, setting.keys, setting.cache, setting.progress) as models:
        return hit_rates(models.masked_lm, words)


def _figures(
    before: Loss, after: Loss, before_words: Mapping[str, float], after_words: Mapping[str, float], trained: Trained
) -> dict[str, float]:
    figures: dict[str, float | None] = {
        "held_out_documents": len(before.held_out),
        "held_out_nats_before": fmean(before.held_out) if before.held_out else None,
        "held_out_nats_after": fmean(after.held_out) if after.held_out else None,
        "learned_nats_before": fmean(before.learned) if before.learned else None,
        "learned_nats_after": fmean(after.learned) if after.learned else None,
        **{f"held_out_words_{name}_before": value for name, value in before_words.items()},
        **{f"held_out_words_{name}_after": value for name, value in after_words.items()},
        "canaries_in": len(before.canaries_in),
        "canaries_out": len(before.canaries_out),
        "canary_exposure_bits": exposure(before, after),
        "learned_told_from_held_out_auc": learned_auc(before, after),
        "steps": trained.steps,
        "resumed_at_step": trained.resumed_at,
        "sampling_rate": trained.rate,
        "epsilon": trained.epsilon,
        "noise_multiplier": trained.noise_multiplier,
    }
    return {name: float(value) for name, value in figures.items() if value is not None}
