"""Writes examination.json and examination.safetensors beside this file: inputs for softmax, with exact answers.

python generate.py        needs mpmath and ml_dtypes, numpy, safetensors (written with mpmath 1.3)

Seeded: the same bytes every time. README.md explains the format and the themes.
"""

import json
import pathlib
import random
import struct

import ml_dtypes
import mpmath
import numpy as np
from safetensors.numpy import save_file

HERE = pathlib.Path(__file__).parent
TYPES = {"float16": np.float16, "bfloat16": ml_dtypes.bfloat16, "float32": np.float32, "float64": np.float64}
FLOAT8 = {"float8_e4m3fn": ml_dtypes.float8_e4m3fn, "float8_e5m2": ml_dtypes.float8_e5m2}
INF, NAN = float("inf"), float("nan")
mpmath.mp.dps = 50
RANDOM = random.Random(18)
cases, tensors = [], {}


def save(name, cases, tensors):
    """Writes the cases to name.json, one a line, and their tensors to name.safetensors."""
    save_file(tensors, HERE / f"{name}.safetensors")
    lines = ",\n".join("  " + json.dumps(case) for case in cases)
    (HERE / f"{name}.json").write_text('{"format": 1, "cases": [\n' + lines + "\n]}\n")
    print(f"{len(cases)} cases")


def exact(values, counts, t):
    """Softmax and its logarithm of each value, and ln Σ exp, of values that occur as often as counts say."""
    n = len(values)
    if any(v != v for v in values):
        return [NAN] * n, [NAN] * n, NAN
    if max(values) == INF:
        return [NAN] * n, [NAN] * n, INF
    if max(values) == -INF:
        return [NAN] * n, [NAN] * n, -INF
    t = mpmath.mpf(t)
    top = mpmath.mpf(max(values))
    e = {v: (mpmath.mpf(v) - top) / t for v in set(values) if v != -INF}
    # Terms below exp(-3000) are beyond every type and do not move 50 digits of a sum that is at least 1.
    terms = {v: mpmath.exp(x) if x > -3000 else mpmath.mpf(0) for v, x in e.items()}
    total = mpmath.fsum(terms[v] * c for v, c in zip(values, counts) if v != -INF)
    ln_total = mpmath.log(total)
    p = [float(terms[v] / total) if v != -INF else 0.0 for v in values]
    log_p = [float(e[v] - ln_total) if v != -INF else -INF for v in values]
    return p, log_p, float(top / t + ln_total)


def add(theme, values, counts=None, t=1.0, types=TYPES):
    """One input in each of the types: the values rounded to it."""
    for name in types:
        with np.errstate(over="ignore"):
            given = np.array(values, dtype=np.float64)
            x = given.astype((TYPES | FLOAT8)[name]).astype(np.float64)
        if (np.isinf(x) != np.isinf(given)).any() or (np.isnan(x) != np.isnan(given)).any():
            continue  # the input itself is beyond the type
        c = counts or [1] * len(values)
        p, log_p, lse = exact(x.tolist(), c, t)
        key = f"{len(cases):03}"
        tensors[f"{key}.x"] = x
        tensors[f"{key}.softmax"] = np.array(p)
        tensors[f"{key}.log_softmax"] = np.array(log_p)
        if counts:
            tensors[f"{key}.counts"] = np.array(counts, dtype=np.int64)
        cases.append({"id": key, "theme": theme, "type": name, "n": sum(c), "temperature": t, "logsumexp": repr(lse)})


def normal(n, mean, deviation):
    return [mean + deviation * RANDOM.gauss(0, 1) for _ in range(n)]


def recorded():
    """GPT-2 small's logits for the first of the recorded prompts."""
    data = (HERE.parent / "recorded" / "gpt2-small.safetensors").read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + size])
    name = min(n for n, about in header.items() if n != "__metadata__" and about["dtype"] == "F32")
    begin, end = header[name]["data_offsets"]
    return np.frombuffer(data[8 + size + begin : 8 + size + end], dtype="<f4").astype(np.float64).tolist()


def eight_bits():
    """What asks more of eight bits than to round the logits well."""
    for n in (2, 10, 257):
        add("ordinary", normal(n, 0, 3), types=FLOAT8)
    add("near -110", normal(7, -110, 8), types=FLOAT8)
    for shift in (12, 90, 400):
        add("beyond exp, up", [shift, shift * 0.9, shift * 0.8, shift * 0.5], types=FLOAT8)
        add("beyond exp, down", [-shift, -shift * 0.9, -shift * 0.8, -shift * 0.5], types=FLOAT8)
    for n, gap in ((20, 2), (1000, 5)):
        add("one huge among many", [0.0, -gap], [1, n], types=FLOAT8)
    for n in (2, 30, 500):
        add("ties", [0.25], [n], types=FLOAT8)
    for x in ([0, -INF], [-INF, 1, 2, -INF], [-INF] * 3, [INF, 0], [NAN, 0, 1]):
        add("infinities and NaN", x, types=FLOAT8)
    add("subnormal results", [0, -3, -4, -4.5, -5, -5.5, -6, -7], types=["float8_e4m3fn"])
    add("subnormal results", [0, -8, -9, -10, -11, -12], types=["float8_e5m2"])
    add("long tails", [0, -3, -3.5], [1, 200, 200], types=FLOAT8)
    for mask in (-INF, -448.0, -57344.0):
        add("masks", normal(12, 0, 4) + [mask] * 8, types=FLOAT8)


def main():
    for n in (2, 10, 257):
        add("ordinary", normal(n, 0, 3))
    add("ordinary", [1, 1.1, 2, 3, 5, 6, 6.1])
    for n in (7, 300):
        add("near -110", normal(n, -110, 8))
    for shift in (12, 90, 720, 30000, 1e30):
        add("beyond exp, up", [shift, shift * 0.999, shift * 0.99, shift * 0.9])
        add("beyond exp, down", [-shift, -shift * 0.999, -shift * 0.99, -shift * 0.9])
    for n, gap in ((1000, 5), (200_000, 9), (200_000, 11)):
        add("one huge among many", [0.0, -gap], [1, n])
    for n in (2, 1000, 70_000, 1_000_000):
        add("ties", [0.25], [n])
    add("ties", [1.5, 0.5, -1.5], [3, 500, 20_000])
    for x in ([0, -INF], [-INF, 1, 2, -INF], [-INF], [-INF] * 3, [INF, 0], [INF, INF], [NAN, 0, 1], [INF, -INF, NAN]):
        add("infinities and NaN", x)
    add("infinities and NaN", [0.5, NAN, 0.5], [40, 1, 40])
    add("infinities and NaN", [-INF, 1.0, -INF], [100, 1, 37])
    add("subnormal results", [0, -8, -9.5, -10, -11, -12, -14, -16, -17], types=["float16"])
    add("subnormal results", [0, -80, -86, -87, -88, -90, -95, -100, -103, -104, -110], types=["bfloat16", "float32"])
    add("subnormal results", [0, -700, -708, -709, -715, -730, -740, -744, -745, -746, -800], types=["float64"])
    for n in (1, 3, 8, 15, 17, 31, 33, 63, 65, 127, 1023, 1025):
        add("lengths", normal(n, 0, 2), types=["float32", "float64"])
    add("lengths", normal(4097, 0, 2))
    add("lengths", normal(30_000, 0, 2), types=["float32"])
    for n, gap in ((4096, 4), (50_000, 8), (1_000_000, 12)):
        add("long tails", [0, -gap, -gap - 0.5], [1, n // 2, n // 2])
    for t in (1e-3, 0.1, 0.7, 1.4, 100.0, 1e6):
        add("temperatures", [1.5, 1, 0.25, -3, -8], t=t)
        add("temperatures", normal(50, -110, 8), t=t, types=["float32", "float64"])
    add("temperatures", [2.9e-39, 0], t=2.9e-39, types=["float32", "float64"])
    add("temperatures", [3e38, -3e38, 1e38], t=1e38, types=["float32", "float64"])
    logits = recorded()
    add("GPT-2's logits", logits, types=["float32"])
    add("GPT-2's logits", logits[:2000], types=["float16", "bfloat16", "float64"])
    for mask in (-INF, -10_000.0, -65504.0, float(np.finfo(np.float32).min)):
        scores = normal(20, 0, 4)
        add("masks", scores[:12] + [mask] * 8)
        add("masks", [mask] * 19 + [0.5])
    add("masks", [-65504.0] * 6, types=["float16", "float32"])
    eight_bits()
    save("examination", cases, tensors)


if __name__ == "__main__":
    main()
