"""`synth-assets masks`: published masked corpora to a training set for a masked LM.

How masks are drawn and files written belongs to `synth_assets.masked_lm`.
"""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from resources.factory import Factory
from resources.home import Home
from resources.lake.model import Partition
from synth_assets.factory.policy import load_policy
from synth_assets.masked_lm.masker import Masker
from synth_assets.masked_lm.tokenization import load_subword_tokenizer
from synth_assets.masked_lm.training_set import write_training_set
from synth_assets.records import Row

STAGE = "masked_corpus"


def export_masks(
    home: Home, keys: Sequence[str], tokenizer: str, out: str, epochs: int, max_length: int, mask_token: str = ""
) -> None:
    """Write the training set of the partitions `keys` to `out`, and say what is in it.

    Raises:
        UnpublishedError: where the gate has let no masked corpus through; nothing is written then.
        PolicyError, MachineError: see `load_subword_tokenizer`, `Masker` and `write_training_set`.
    """
    policy = load_policy(home.policy_file)
    factory = Factory.open(home)
    partitions = sorted({Partition.parse(key) for key in keys}, key=lambda partition: partition.key)
    pins = {partition.key: factory.pins([STAGE], partition) for partition in partitions}
    rows: list[Row] = [row for partition in partitions for row in factory.read(STAGE, partition)]
    loaded = load_subword_tokenizer(tokenizer, mask_token)
    masker = Masker.of(rows, loaded, policy.masking.plan, policy.seed, epochs, max_length)
    written = write_training_set(rows, masker, Path(out), {"pins": pins})
    console = Console()
    counts = f"{written.sequences:,} sequences of {written.tokens:,} tokens, {written.masked:,} of them hidden"
    console.print(f"[green]wrote[/] {counts}")
    console.print("This is masked text as token ids. It is no release: nothing here has asked the privacy report.")
