"""The five parts as the notebook computes and draws them, on two given models: the peer of `cargo xtask bench`.

Usage: python notebook.py SMALL_DIR LARGE_DIR TOKENIZER_DIR OUT_DIR
Needs numpy, matplotlib, torch and transformers. Prints, as its last line, where the time went (JSON, seconds).
"""

import json
import resource
import sys
import time

CLOCK = [("start", time.perf_counter())]


def lap(name):
    CLOCK.append((name, time.perf_counter()))


import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from transformers import AutoModelForCausalLM, GPT2Tokenizer

lap("imports")
small_dir, large_dir, tokenizer_dir, out = sys.argv[1:5]
plt.rcParams.update(
    {
        "axes.spines.right": False,
        "axes.spines.top": False,
        "axes.titleweight": "bold",
        "axes.labelweight": "bold",
        "savefig.dpi": 300,
    }
)


def save(part):
    plt.tight_layout()
    plt.savefig(f"{out}/ch4_proj16_part{part}.png")
    plt.close()


# Parts 1 and 2
z = [1, 1.1, 2, 3, 5, 6, 6.1]
manual = np.exp(z) / np.sum(np.exp(z))
print(manual, np.sum(manual))
library = F.softmax(torch.tensor(z), dim=-1)
plt.figure(figsize=(10, 5))
plt.plot(z, manual, "ks-", markerfacecolor=[0.9, 0.7, 0.7], markersize=10, label="Manual")
plt.plot(z, library, "bx:", markersize=8, label="PyTorch")
plt.legend()
plt.gca().set(
    xlabel="Original number (z)",
    ylabel="Softmax probability $\\sigma (z)$",
    title="$\\sum\\sigma (z)$ = %g" % np.sum(manual),
)
save(1)
x = torch.linspace(-5, 5, 55)
plt.figure(figsize=(10, 5))
for shape, temperature in zip("soh^", [0.3, 0.6, 1, 1.4]):
    plt.plot(x, F.softmax(x / temperature, dim=-1), shape + "-", linewidth=2, label="T = %g" % temperature)
plt.legend()
plt.gca().set(xlabel="Original number", ylabel="Softmax probability")
save(2)
lap("parts 1 and 2")

# Part 3
small = AutoModelForCausalLM.from_pretrained(small_dir, dtype=torch.float32).eval()
large = AutoModelForCausalLM.from_pretrained(large_dir, dtype=torch.float32).eval()
tokenizer = GPT2Tokenizer(f"{tokenizer_dir}/vocab.json", f"{tokenizer_dir}/merges.txt")
lap("load")
print(f"{small.num_parameters():,} {large.num_parameters():,}")
text = "It was a dark and stormy"
tokens = tokenizer.encode(text, return_tensors="pt")
logits = small(tokens).logits[0, -1, :].detach()
probabilities = F.softmax(logits, dim=-1)
lap("forward small")
limits = [-10, tokenizer.vocab_size + 9]
_, axs = plt.subplots(1, 3, figsize=(12, 3))
axs[0].plot(logits, "ks", markerfacecolor=[0.9, 0.7, 0.7, 0.3])
axs[0].set(xlim=limits, xlabel="Token index", ylabel="Output logits", title="A) All final token logits")
axs[1].plot(probabilities, "o", markerfacecolor=[0.7, 0.9, 0.7, 0.3])
axs[1].set(xlim=limits, xlabel="Token index", ylabel="Probabilities", title="B) Softmax probabilities")
axs[2].plot(logits, probabilities, "^", markerfacecolor=[0.7, 0.7, 0.9, 0.7])
axs[2].set(xlabel='"Raw" logits', ylabel="Softmax logits", title="C) Logits by probabilities")
save(3)
best = probabilities.argmax()
print(f'#{best} {probabilities[best]:.3f} "{tokenizer.decode(best)}"')

# Part 4
top = torch.topk(probabilities, 10)
for value, index in zip(top.values, top.indices):
    print(f'{index:5} ({100 * value:4.1f}%) is "{tokenizer.decode(index)}"')
plt.figure(figsize=(10, 5))
for i, temperature in enumerate([0.5, 1, 1.5]):
    color = [0.7, 0.7, 0.7]
    color[i] = 0.9
    plt.plot(
        torch.topk(F.softmax(logits / temperature, dim=-1), 10).values,
        "so^"[i] + "-",
        markerfacecolor=color,
        color=color,
        markeredgecolor="k",
        markersize=10,
        label=f"T = {temperature}",
    )
plt.legend()
plt.gca().set(xlabel="Top-10 indices", ylabel="Softmax probabilities (log)", yscale="log")
save(4)
lap("figures 3 and 4")

# Part 5
tokens = tokenizer.encode("A plethora of platypuses.", return_tensors="pt")
small_logits = small(tokens).logits[0, -1, :].detach()
large_logits = large(tokens).logits[0, -1, :].detach()
lap("forward both")


def three_panels(part, values_small, values_large, label):
    _, axs = plt.subplots(1, 3, figsize=(12, 3.5))
    for ax, values, title in zip(axs, [values_small, values_large], ["A) GPT-2 SMALL", "B) GPT-2 LARGE"]):
        ax.plot(values, "k.", alpha=0.2)
        ax.set(xlim=limits, xlabel="Token index", ylabel=label, title=title)
    axs[2].plot(values_small, values_large, "m.", alpha=0.2)
    axs[2].set(xlabel="GPT-2 SMALL", ylabel="GPT-2 LARGE", title="C) Comparison of both models")
    save(part)


def softmax_by_hand(z):
    return torch.exp(z) / torch.sum(torch.exp(z))


small_norm, large_norm = small_logits - small_logits.max(), large_logits - large_logits.max()
three_panels("5a", small_logits, large_logits, "Output logits")
three_panels("5b", softmax_by_hand(small_logits), softmax_by_hand(large_logits), "Softmax probabilities")
print(small_logits[3000], softmax_by_hand(small_logits)[1000])
three_panels("5c", small_norm, large_norm, "Raw logits (max-norm)")
three_panels("5d", softmax_by_hand(small_norm), softmax_by_hand(large_norm), "Softmax probabilities")
three_panels("5e", F.softmax(small_logits, dim=-1), F.softmax(large_logits, dim=-1), "Softmax probabilities")
lap("figures 5a to 5e")

seconds = {name: round(end - start, 3) for (_, start), (name, end) in zip(CLOCK, CLOCK[1:])}
seconds["peak memory, GB"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 2)
print(json.dumps(seconds))
