"""Writes tests/data/softmax_50_digits.csv, tests/data/pytorch.txt and tests/data/sums.csv.

python tests/reference.py        needs mpmath, numpy and torch (written with mpmath 1.3, numpy 2.4 and torch 2.13)

The inputs are those of tests/it/input.rs: SplitMix64, and IEEE operations that give the same bits everywhere.
"""

import math
import pathlib

import mpmath
import numpy
import torch

DATA = pathlib.Path(__file__).parent / "data"
MASK = (1 << 64) - 1


class Random:
    def __init__(self, seed):
        self.state = seed

    def bits(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def uniform(self):
        return (self.bits() >> 11) * 2.0**-53

    def normal(self):
        total = -6.0
        for _ in range(12):
            total += self.uniform()
        return total

    def below(self, n):
        return self.bits() % n


def mixed(random):
    v = random.normal()
    return {0: 1e30 * v, 1: -1e30, 2: 1e30}.get(random.below(8), v)


KINDS = {
    "Normal": lambda r: 10.0 * r.normal(),
    "Huge": lambda r: 50000.0 + 1000.0 * r.normal(),
    "Tiny": lambda r: 1e-30 * r.normal(),
    "Mixed": mixed,
    "Shifted": lambda r: -130.0 + 8.0 * r.normal(),
    "Wide": lambda r: 7.3 - 110.0 * r.uniform(),
    "Flat": lambda r: 0.1,
}


def fifty_digits():
    mpmath.mp.dps = 50
    cases = [(kind, n, t) for kind in KINDS for n in (1, 2, 7, 64, 1000, 4097) for t in (1.0, 0.3, 250.0)]
    cases += [("Normal", 70000, 1.0), ("Shifted", 50257, 0.7)]
    lines = ["kind,n,seed,t,logsumexp,index,softmax,log_softmax"]
    for seed, (kind, n, t) in enumerate(cases, start=1):
        random = Random(seed)
        x = [mpmath.mpf(KINDS[kind](random)) for _ in range(n)]
        largest = max(x)
        e = [(v - largest) / mpmath.mpf(t) for v in x]
        ln_sum = mpmath.log(mpmath.fsum(mpmath.exp(v) for v in e))
        logsumexp = mpmath.nstr(largest / mpmath.mpf(t) + ln_sum, 20)
        for index in sorted({x.index(largest), *((i * 7919 + seed) % n for i in range(5))}):
            log_p = e[index] - ln_sum
            p = mpmath.exp(log_p) if log_p > -2000 else mpmath.mpf(0)
            lines.append(f"{kind},{n},{seed},{t},{logsumexp},{index},{mpmath.nstr(p, 20)},{mpmath.nstr(log_p, 20)}")
    (DATA / "softmax_50_digits.csv").write_text("\n".join(lines) + "\n")


def pytorch():
    inf, nan = math.inf, math.nan
    inputs = [
        [0.0],
        [-inf],
        [inf],
        [nan],
        [-inf, -inf, -inf],
        [inf, inf],
        [1.0, inf, 2.0],
        [inf, -inf],
        [1.0, nan, 2.0],
        [nan, inf],
        [nan, -inf],
        [-inf, 1.0, 2.0],
        [-inf, 0.0],
        [0.0, -0.0],
        [3e38, -3e38],
        [1e30, -1e30, 1e30],
        [-90.0, -180.0, -130.5],
        [2.0, 2.0, 1.0, 2.0],
        [1.0, 3.0, nan, 3.0, nan],
        [-inf] * 40 + [1.0] + [-inf] * 29,
        [0.5] * 33 + [nan] + [0.5] * 36,
        [0.5] * 66 + [inf],
        [-200.0] * 20 + [0.0],
        [0.0, -104.0, -103.0, -88.0, -87.0],
    ]
    lines = [f"torch {torch.__version__.split('+')[0]}, f32: x; softmax; log_softmax; logsumexp; argmax"]
    show = lambda values: " ".join(f"{v:.9g}" for v in values)
    for x in inputs:
        x = torch.tensor(x, dtype=torch.float32)
        parts = [x.tolist(), x.softmax(-1).tolist(), x.log_softmax(-1).tolist(), [x.logsumexp(-1).item()]]
        lines.append("; ".join(show(p) for p in parts) + f"; {x.argmax().item()}")
    (DATA / "pytorch.txt").write_text("\n".join(lines) + "\n")


def sums():
    """torch.sum in float32 on two threads and numpy.sum in float64, as the bits of their results."""
    torch.set_num_threads(2)
    lengths = [*range(1, 80), 127, 128, 129, 136, 255, 257, 511, 513, 1000, 1025, 2047, 2049, 4097, 8191, 20000, 32767]
    lengths += [32768, 32769, 50257, 65535, 65536, 65537, 100001, 600001]
    lines = ["kind,n,seed,torch,numpy"]
    for kind in ("Normal", "Shifted", "Mixed"):
        for seed, n in enumerate(lengths, start=1):
            random = Random(seed)
            x = numpy.array([KINDS[kind](random) for _ in range(n)])
            float32 = torch.tensor(x, dtype=torch.float32).sum().numpy().view(numpy.uint32)
            lines.append(f"{kind},{n},{seed},{float32:08x},{x.sum().view(numpy.uint64):016x}")
    (DATA / "sums.csv").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    DATA.mkdir(exist_ok=True)
    fifty_digits()
    pytorch()
    sums()
