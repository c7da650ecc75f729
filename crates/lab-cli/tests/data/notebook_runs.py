"""Writes notebook-runs.txt: what the notebook prints for other prompts, for the demo pair in both orders, and for the
recorded logits of GPT-2 small.

python notebook_runs.py        needs torch and transformers (written with torch 2.13 and transformers 5.24)

PyTorch adds up 50,257 numbers in two halves wherever it has more than one thread.
"""

import json
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, GPT2Tokenizer

HERE = Path(__file__).parent
DATA = HERE / "../../../../data"
PROMPTS = [
    "It was a dark and stormy",
    "The Doctor said to",
    "Call me Ishmael.",
    "Once upon a time",
    "A plethora of platypuses.",
    "Call",
]

torch.set_num_threads(2)
tokenizer = GPT2Tokenizer(str(DATA / "tokenizer/vocab.json"), str(DATA / "tokenizer/merges.txt"))
lines = []


def part3(prompt, ids, logits):
    logits_sm = F.softmax(logits, dim=-1)
    lines.append(repr(torch.tensor([ids])))
    lines.append(f"The text comprises {len(ids)} tokens.")
    for t in torch.tensor(ids):
        lines.append(f'{t:5} is "{tokenizer.decode(t)}"')
    lines.append(repr(torch.Size([1, len(ids), len(logits)])))
    lines.append(repr(logits.shape))
    lines.append(f"The sum of the raw logits is {logits.sum():.3f}")
    lines.append(f"The sum of the softmax logits is {logits_sm.sum():.3f}")
    max_logit = logits_sm.argmax()
    lines.append(f"The maximum softmax logit is #{max_logit} with a value of {logits_sm[max_logit]:.3f}")
    lines.append(f'The max word is "{tokenizer.decode(max_logit)}"')
    lines.append(f"{prompt} ___")
    top_k = torch.topk(logits_sm, 10)
    for val, tok in zip(top_k.values, top_k.indices):
        lines.append(f'{tok:5} ({100 * val:4.1f}%) is "{tokenizer.decode(tok)}"')


def part5(logits):
    sm_manual = torch.exp(logits) / torch.sum(torch.exp(logits))
    lines.append(repr((logits[3000], sm_manual[1000])))


for number, prompt in enumerate(json.loads((DATA / "recorded/gpt2-small.json").read_text())):
    logits = load_file(DATA / "recorded/gpt2-small.safetensors")[f"prompt_{number}"]
    lines.append(f"# recorded {number}")
    part3(prompt["prompt"], prompt["token_ids"], logits)
    part5(logits)
models = {size: AutoModelForCausalLM.from_pretrained(DATA / "demo" / size, dtype=torch.float32) for size in ("small", "large")}
for first in models:
    for prompt in PROMPTS:
        lines.append(f"# demo-{first} {prompt}")
        ids = tokenizer.encode(prompt)
        with torch.no_grad():
            logits = models[first](torch.tensor([ids])).logits[0, -1]
        part3(prompt, ids, logits)
        part5(logits)
# A token with a line break stays on its line.
(HERE / "notebook-runs.txt").write_text("\n".join(line.replace("\n", "\\n") for line in lines) + "\n")
