"""Checks with transformers that the variations of tests/it/variations.rs have the logits of the fixture that they vary.

python variations.py (transformers 5.24, torch 2.13, safetensors); run it in this folder.
"""
import json
import os
import tempfile

import torch
import transformers
from safetensors.torch import load_file, save_file

transformers.logging.set_verbosity_error()


def logits(fixture, change_tensors=lambda t: t, config_text=None, **config):
    """The largest difference from the fixture's expected logits."""
    folder = tempfile.mkdtemp()
    tensors = change_tensors(load_file(f"{fixture}/model.safetensors"))
    save_file(tensors, f"{folder}/model.safetensors", metadata={"format": "pt"})
    original = json.load(open(f"{fixture}/config.json"))
    open(f"{folder}/config.json", "w").write(config_text or json.dumps({**original, **config}))
    model = transformers.GPT2LMHeadModel.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager")
    expected = load_file(f"{fixture}/expected.safetensors")
    differences = []
    with torch.no_grad():
        for n, ids in enumerate(json.load(open(f"{fixture}/ids.json"))):
            differences.append((model(torch.tensor([ids])).logits[0] - expected[f"logits_{n}"]).abs().max().item())
    return max(differences)


def renamed(old, new):
    return lambda tensors: {new if name == old else name: tensor for name, tensor in tensors.items()}


def both(change=lambda wte: wte):
    return lambda tensors: {**tensors, "lm_head.weight": change(tensors["wte.weight"].clone())}


original = json.load(open("hub-layout/config.json"))
other = {k: v for k, v in original.items() if k not in ("n_embd", "n_head", "n_layer", "n_positions")}
names = {"hidden_size": "n_embd", "num_attention_heads": "n_head", "num_hidden_layers": "n_layer", "max_position_embeddings": "n_positions"}
SAME = {
    "tied by the configuration, two different heads": logits("untied-head", tie_word_embeddings=True),
    "tied, both there and equal": logits("hub-layout", both()),
    "tied, both there and equal in another dtype": logits("float16", lambda t: {**t, "lm_head.weight": t["transformer.wte.weight"].float()}),
    "tied, the head alone": logits("hub-layout", renamed("wte.weight", "lm_head.weight")),
    "other names": logits("hub-layout", config_text=json.dumps({**other, **{new: original[old] for new, old in names.items()}})),
    "other names before GPT-2's": logits("hub-layout", config_text=json.dumps({**other, **{new: original[old] for new, old in names.items()}, "n_embd": 999, "n_head": 7})),
    "as Python writes it": logits("hub-layout", config_text=json.dumps({**original, "a": float("nan"), "b": [float("inf"), -float("inf")]})[:-1] + ', "n_layer": 9, "n_layer": 2}'),
    "reorder_and_upcast_attn": logits("hub-layout", reorder_and_upcast_attn=True),
    **{name: logits("hub-layout", activation_function=name) for name in ("gelu_fast", "gelu_accurate", "gelu_pytorch_tanh", "gelu_python_tanh")},
    "gelu_python": logits("exact-gelu", activation_function="gelu_python"),
}
for name, difference in SAME.items():
    print(f"{difference:.1e} {name}")
    assert difference < 1e-5, name
# What must not be the same.
assert logits("hub-layout", both(lambda wte: wte.roll(1, 0))) > 0.1
