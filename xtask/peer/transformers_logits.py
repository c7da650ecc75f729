"""The logits that Hugging Face transformers gives: the peer of `cargo xtask parity`.

Usage: python transformers_logits.py MODEL_DIR THREADS OUT
Needs torch 2.13.0, transformers and safetensors. Writes a safetensors file of float32:
`all.T`, [T, V]: `model(ids).logits[0]` of T tokens;
`last.T`, [V]: the same with `logits_to_keep=1`, as `generate` asks for it;
`step.N`, [V]: the logits after the Nth piece of a text that is read with a cache.
"""

import sys
import warnings

import torch
from safetensors.torch import save_file
from transformers import GPT2LMHeadModel
from transformers.utils import logging

LENGTHS = [1, 7, 64]
# A prompt, three tokens, several at once, and one more.
PIECES = [7, 1, 1, 1, 5, 1]


def ids(first, tokens):
    return torch.tensor([[n * 7919 % 50257 for n in range(first, first + tokens)]])


folder, threads, out = sys.argv[1], int(sys.argv[2]), sys.argv[3]
if torch.__version__.split("+")[0] != "2.13.0":
    sys.exit(f"torch is {torch.__version__}; the bits are those of 2.13.0")
torch.set_num_threads(threads)
logging.disable_progress_bar()
# Newer versions call the argument `cache`, and still take the old name.
warnings.simplefilter("ignore", FutureWarning)
model = GPT2LMHeadModel.from_pretrained(folder, dtype=torch.float32).eval()
logits = {}
with torch.no_grad():
    for tokens in LENGTHS:
        logits[f"all.{tokens}"] = model(ids(0, tokens)).logits[0]
        logits[f"last.{tokens}"] = model(ids(0, tokens), logits_to_keep=1).logits[0, -1]
    past, first = None, 0
    for step, tokens in enumerate(PIECES):
        answer = model(ids(first, tokens), past_key_values=past, use_cache=True, logits_to_keep=1)
        past = answer["cache"] if "cache" in answer else answer["past_key_values"]
        first += tokens
        logits[f"step.{step}"] = answer.logits[0, -1]
save_file({name: tensor.contiguous() for name, tensor in logits.items()}, out)
