"""Attention over a shared prefix is attention over whole rows, for every architecture that is said to allow it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pytest

from resources.models.engines.causal.prefix import FAMILIES, RowCache, common_prefix, enable

if TYPE_CHECKING:
    import torch

TINY = {
    "vocab_size": 40,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 256,
    "pad_token_id": 0,
    "sliding_window": None,
}


def tiny(family: str, **fields: Any) -> Any:
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    torch.manual_seed(1)
    return AutoModelForCausalLM.from_config(AutoConfig.for_model(family, **TINY | fields)).eval()


def logits(model: Any, rows: Sequence[Sequence[int]], new: Sequence[Sequence[int]], length: int) -> "torch.Tensor":
    """After `rows` of one width and after each of `new` (steps x rows), read with `length` tokens shared."""
    import torch

    prefix, cache, seen = RowCache(), RowCache(), torch.tensor(rows)
    options: dict[str, Any] = {}
    if length:
        model.model(input_ids=seen[:1, :length], past_key_values=prefix, use_cache=True)
        options = {"shared": prefix.layers}
    mask = torch.ones_like(seen[:, length:])
    mask[0, 0] = 0  # one row is shorter by a token
    places = length + (mask.cumsum(1) - 1).clamp(min=0)
    found, inputs = [], seen[:, length:]
    for step in [*new, None]:
        out = model(
            input_ids=inputs,
            attention_mask=mask,
            position_ids=places,
            past_key_values=cache,
            use_cache=True,
            **options,
        )
        found.append(out.logits[:, -1])
        if step is not None:
            inputs, places = torch.tensor(step)[:, None], places[:, -1:] + 1
            mask = torch.cat([mask, mask.new_ones(len(rows), 1)], 1)
    return torch.stack(found)


def alone(model: Any, row: Sequence[int], new: Sequence[int]) -> "torch.Tensor":
    """The same for one row without padding, read as a whole."""
    import torch

    whole = torch.tensor([[*row, *new]])
    return torch.stack([model(input_ids=whole[:, : len(row) + i]).logits[0, -1] for i in range(len(new) + 1)])


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_a_shared_prefix_gives_the_logits_of_whole_rows(family: str) -> None:
    import torch

    plain, model = tiny(family), tiny(family)
    assert enable(model)
    draw = torch.Generator().manual_seed(2)
    prefix = torch.randint(1, 40, (20,), generator=draw).tolist()
    rests = torch.randint(1, 40, (3, 6), generator=draw).tolist()
    new = torch.randint(1, 40, (70, 3), generator=draw).tolist()  # more than a block of the cache
    with torch.inference_mode():
        found = logits(model, [prefix + rest for rest in rests], new, len(prefix))
        for i, rest in enumerate(rests):
            expected = alone(plain, prefix + (rest[1:] if i == 0 else rest), [step[i] for step in new])
            torch.testing.assert_close(found[:, i], expected, atol=1e-5, rtol=1e-4)
        assert (found[:, 1] - found[:, 2]).abs().max() > 1e-3


def test_other_architectures_work_as_before() -> None:
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    windowed, ids = tiny("mistral", sliding_window=8), torch.arange(1, 30)[None]
    before = windowed(input_ids=ids).logits
    assert not enable(windowed)
    assert torch.equal(windowed(input_ids=ids).logits, before)
    assert not enable(AutoModelForCausalLM.from_config(AutoConfig.for_model("gpt2", n_embd=32, n_layer=1, n_head=2)))


def test_a_prefix_leaves_every_row_a_token_and_is_worth_reading() -> None:
    head = list(range(20))
    assert common_prefix([[*head, 1, 2], [*head, 3], [*head, 1]]) == 20
    assert common_prefix([[*head, 1], head]) == 19
    assert common_prefix([head]) == 19
    assert common_prefix([head, head]) == 19
    assert common_prefix([head[:16], head]) == 0
    assert common_prefix([[*head, 1], [9, *head]]) == 0
    assert common_prefix([[], head]) == 0


def test_rows_of_a_cache_can_be_dropped_and_repeated() -> None:
    import torch

    cache = RowCache()
    states = torch.arange(3.0)[:, None, None, None].expand(3, 1, 2, 4)
    cache.update(states, -states, 0)
    cache.batch_select_indices(torch.tensor([2, 0, 0, 1]))
    keys, values = cache.update(torch.full((4, 1, 1, 4), 9.0), torch.full((4, 1, 1, 4), 8.0), 0)
    assert keys[:, 0, :, 0].tolist() == [[2, 2, 9], [0, 0, 9], [0, 0, 9], [1, 1, 9]]
    assert values[:, 0, :, 0].tolist() == [[-2, -2, 8], [0, 0, 8], [0, 0, 8], [-1, -1, 8]]
    assert (cache.get_seq_length(0), cache.get_seq_length(1), cache.get_mask_sizes(2, 0)) == (3, 0, (5, 0))
