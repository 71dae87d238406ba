"""`synth-assets masks`: write a masked-LM training set from published masked corpora."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from resources.factory import Factory
from resources.home import Home
from resources.lake.model import Partition
from synth_assets.factory.policy import load_policy
from synth_assets.masked_lm.tokenization import load_subword_tokenizer
from synth_assets.masked_lm.training_set import Masker, write_training_set
from synth_assets.records import Row

STAGE = "masked_corpus"


def export_masks(
    home: Home, keys: Sequence[str], tokenizer: str, out: str, epochs: int, max_length: int, mask_token: str = ""
) -> None:
    """Write the training set of partitions to a file, and print its counts.

    Args:
        home: The home with the published corpora and the policy.
        keys: Partitions, as `YYYY-MM-DD|source`.
        tokenizer: The model's tokenizer: a folder, a tokenizer.json, or a hub id.
        out: The file to write, .parquet or .jsonl.
        epochs: Number of epochs to write, each with its own masks.
        max_length: Tokens per sequence.
        mask_token: The mask token, if the tokenizer does not define one.

    Raises:
        UnpublishedError: A partition has no published masked corpus. Nothing is written.
        PolicyError: The masks, the tokenizer or the output file cannot be used as configured.
        MachineError: The tokenizer cannot be loaded.
    """
    policy = load_policy(home.policy_file)
    factory = Factory.open(home)
    partitions = sorted({Partition.parse(key) for key in keys}, key=lambda partition: partition.key)
    pins = {partition.key: factory.pins([STAGE], partition) for partition in partitions}
    rows: list[Row] = [row for partition in partitions for row in factory.read(STAGE, partition)]
    loaded = load_subword_tokenizer(tokenizer, mask_token)
    masker = Masker.of(rows, loaded, policy.masking.plan, policy.seed, epochs, max_length)
    written = write_training_set(rows, masker, Path(out), {"pins": pins})
    counts = f"{written.sequences:,} sequences of {written.tokens:,} tokens, {written.masked:,} of them masked"
    Console().print(f"[green]wrote[/] {counts}")
    Console().print("This is masked text as token ids. It is not a release: no privacy report was required.")
