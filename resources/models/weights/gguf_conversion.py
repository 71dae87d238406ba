"""Converts a Llama GGUF file once into a safetensors folder that loads in a second.

Written by hand because the loader of transformers takes twenty seconds and then refuses to save. The folder has Hugging
Face's layout: config.json, tokenizer.json, chat_template.jinja, model.safetensors.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from resources.errors import PolicyError
from resources.models.weights.sources import digest, kept_folder

if TYPE_CHECKING:
    import numpy as np
    import torch
    from gguf import GGUFReader

VERSION = 1
_NAMES = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
_TOP = {"token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head"}


def converted(gguf_file: Path, dtype: "torch.dtype", cache: Path) -> Path:
    """The safetensors folder of a GGUF file under `cache`, by `kept_folder`.

    Raises:
        PolicyError: not a Llama model with a SmolLM byte-level tokenizer.
        MachineError, IntegrityError: as `kept_folder`.
    """
    key = f"{digest(gguf_file)}:{str(dtype).removeprefix('torch.')}:{VERSION}"
    return kept_folder(key, cache, lambda folder: _convert(gguf_file, dtype, folder))


def _convert(gguf_file: Path, dtype: "torch.dtype", folder: Path) -> None:
    from gguf import GGUFReader
    from safetensors.torch import save_file

    reader = GGUFReader(gguf_file)
    meta = {name: field.contents() for name, field in reader.fields.items()}
    expected = ("llama", "gpt2", "smollm")
    if tuple(meta.get(k) for k in ("general.architecture", "tokenizer.ggml.model", "tokenizer.ggml.pre")) != expected:
        raise PolicyError(f"{gguf_file.name}: only SmolLM GGUF files are read, use a safetensors folder instead")
    config = _config(meta)
    save_file(_tensors(reader, config, dtype), folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "config.json").write_text(json.dumps(config, indent=1), encoding="utf-8")
    (folder / "tokenizer.json").write_text(_tokenizer(meta), encoding="utf-8")
    (folder / "chat_template.jinja").write_text(meta.get("tokenizer.chat_template") or "", encoding="utf-8")


def _config(meta: dict[str, Any]) -> dict[str, Any]:
    end_of_text = meta["tokenizer.ggml.tokens"].index("<|endoftext|>")
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "vocab_size": len(meta["tokenizer.ggml.tokens"]),
        "hidden_size": meta["llama.embedding_length"],
        "intermediate_size": meta["llama.feed_forward_length"],
        "num_hidden_layers": meta["llama.block_count"],
        "num_attention_heads": meta["llama.attention.head_count"],
        "num_key_value_heads": meta["llama.attention.head_count_kv"],
        "max_position_embeddings": meta["llama.context_length"],
        "rms_norm_eps": meta["llama.attention.layer_norm_rms_epsilon"],
        "rope_parameters": {"rope_type": "default", "rope_theta": meta["llama.rope.freq_base"]},
        "bos_token_id": end_of_text,
        "eos_token_id": [meta["tokenizer.ggml.eos_token_id"], end_of_text],
        "pad_token_id": end_of_text,
        "tie_word_embeddings": True,
    }


def _tensors(reader: "GGUFReader", config: dict[str, Any], dtype: "torch.dtype") -> dict[str, "torch.Tensor"]:
    import torch
    from gguf.quants import dequantize

    tensors = {}
    for tensor in reader.tensors:
        values = dequantize(tensor.data, tensor.tensor_type)
        kind = tensor.name.split(".")[-2]
        if kind in ("attn_q", "attn_k"):
            heads = config["num_attention_heads" if kind == "attn_q" else "num_key_value_heads"]
            values = _rotate_half_order(values, heads)
        tensors[_name(tensor.name)] = torch.from_numpy(values.copy()).to(dtype)
    return tensors


def _name(gguf_name: str) -> str:
    parts = gguf_name.split(".")
    if parts[0] == "blk":
        return f"model.layers.{parts[1]}.{_NAMES[parts[2]]}.{parts[3]}"
    return f"{_TOP[parts[0]]}.{parts[1]}"


def _rotate_half_order(weight: "np.ndarray", heads: int) -> "np.ndarray":
    """Undo llama.cpp's interleaving of rotary pairs: (heads, dim/2, 2, in) -> (heads, 2, dim/2, in)."""
    half = weight.shape[0] // heads // 2
    return weight.reshape(heads, half, 2, -1).swapaxes(1, 2).reshape(weight.shape)


def _tokenizer(meta: dict[str, Any]) -> str:
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    tokens = meta["tokenizer.ggml.tokens"]
    merges = [tuple(merge.split(" ")) for merge in meta["tokenizer.ggml.merges"]]
    tokenizer = Tokenizer(models.BPE({token: i for i, token in enumerate(tokens)}, merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    control = [t for t, kind in zip(tokens, meta["tokenizer.ggml.token_type"], strict=True) if kind == 3]
    tokenizer.add_special_tokens([AddedToken(token, normalized=False) for token in control])
    return str(tokenizer.to_str())
