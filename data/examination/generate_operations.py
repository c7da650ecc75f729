"""Writes operations.json and operations.safetensors: samplers, sinks, merged pieces, softcaps and gradients, with exact
answers and the errors that are allowed.

python generate_operations.py        needs mpmath, numpy, ml_dtypes and safetensors
"""

import random

import mpmath
import numpy as np
from generate import INF, TYPES, save

EPSILON = {"float16": 2.0**-10, "bfloat16": 2.0**-7, "float32": 2.0**-23, "float64": 2.0**-52}
STEP = {"float16": 2.0**-24, "bfloat16": 2.0**-133, "float32": 2.0**-149, "float64": 2.0**-1074}
mpmath.mp.dps = 50
RANDOM = random.Random(32)
cases, tensors = [], {}


def rounded(values, name):
    with np.errstate(over="ignore"):
        return np.array(values, dtype=np.float64).astype(TYPES[name]).astype(np.float64)


def add(theme, function, name, x, answers, arguments=None, counts=None, **inputs):
    """`answers` are the right ones, each a dict of exact, allowed and, of a sampler, kept: one of them must be met."""
    key = f"o{len(cases):03}"
    tensors[f"{key}.x"] = np.array(x, dtype=np.float64)
    if counts:
        tensors[f"{key}.counts"] = np.array(counts, dtype=np.int64)
    for what, values in inputs.items():
        tensors[f"{key}.{what}"] = np.array(values, dtype=np.float64)
    for i, answer in enumerate(answers):
        for what, values in answer.items():
            tensors[f"{key}.{what}.{i}"] = np.array([float(v) for v in np.array(values, dtype=object).reshape(-1)])
    cases.append({
        "id": key, "theme": theme, "function": function, "type": name, "arguments": arguments or {},
        "answers": len(answers),
    })


def normal(n, mean=0.0, deviation=3.0):
    return [mean + deviation * RANDOM.gauss(0, 1) for _ in range(n)]


def weights(x, counts, extra=()):
    """exp(x − max) of each value, their sum and the maximum; `extra` joins the sum only."""
    finite = [v for v in [*x, *extra] if v > -INF]
    top = max(finite)
    term = lambda v: mpmath.exp(mpmath.mpf(v) - mpmath.mpf(top)) if v > -INF and v - top > -3000 else mpmath.mpf(0)
    e = [term(v) for v in x]
    return e, mpmath.fsum(w * c for w, c in zip(e, counts)) + mpmath.fsum(term(v) for v in extra), top


# Samplers: a state is, for each run of equal logits, the logit and how many tokens of it are left, least and most.
def probabilities(x, kept):
    e, total, _ = weights([v if most else -INF for v, (_, most) in zip(x, kept)], [(a + b) / 2 for a, b in kept])
    return [w / total for w in e]


def reach(p, kept, order, share, slack):
    """The fewest in this order that reach the share; of equals at the border as many as it takes, or all."""
    states = []
    for bound in {share} if share == 1 else {share * (1 - 1e-6), share, share * (1 + 1e-6)}:
        state, total = [(0, 0)] * len(p), mpmath.mpf(0)
        for i in order:
            count = kept[i][1]
            if total >= bound or count == 0:
                continue
            take = min(count, int(mpmath.ceil((bound - total) / p[i]))) if p[i] > 0 else count
            if share == 1:
                take = count
            more = int(slack * take) if take < count else 0
            state[i], whole = (take - more, min(count, take + more)), (count, count)
            total += take * p[i]
            if total >= bound and take < count:
                states.append([whole if j == i else s for j, s in enumerate(state)])
        states.append(state)
    return states


def apply(x, kept, stage, value, slack):
    if stage == "temperature":
        return [([v / mpmath.mpf(value) for v in x], kept)]
    alive = [i for i in range(len(x)) if kept[i][1]]
    descending = sorted(alive, key=lambda i: -x[i])
    p = probabilities(x, kept)
    if stage == "top_k":
        states, left = [[(0, 0)] * len(x)], value
        for i in descending:
            count = kept[i][1]
            if left <= 0:
                break
            if count > left:
                states = [s[:i] + [n] + s[i + 1 :] for s in states for n in ((left, left), (count, count))]
            else:
                states = [s[:i] + [(count, count)] + s[i + 1 :] for s in states]
            left -= count
        return [(x, s) for s in states]
    if stage == "min_p":
        states = []
        for bound in (value * (1 - 1e-6), value * (1 + 1e-6)):
            states.append([k if p[i] and p[i] >= min(bound, 1) * max(p) else (0, 0) for i, k in enumerate(kept)])
        return [(x, s) for s in states]
    if stage == "top_p":
        order = descending
    else:
        entropy = -mpmath.fsum(p[i] * kept[i][1] * mpmath.log(p[i]) for i in alive if p[i])
        order = sorted((i for i in alive if p[i]), key=lambda i: abs(-mpmath.log(p[i]) - entropy))
    return [(x, s) for s in reach(p, kept, order, value, slack)]


def sampler(theme, x, stages, counts=None, slack=0.0):
    x = rounded(x, "float32").tolist()
    counts = counts or [1] * len(x)
    start = [(0, 0) if v == -INF else (c, c) for v, c in zip(x, counts)]
    states = [([mpmath.mpf(v) if v > -INF else v for v in x], start)]
    for stage, value in stages:
        states = [s for state in states for s in apply(*state, stage, value, slack)]
    answers = []
    for values, kept in states:
        p = probabilities([float(v) if v == -INF else v for v in values], kept)
        exact = [q if most else 0 for q, (_, most) in zip(p, kept)]
        # A sampler is asked for its set; how exact a softmax is, the first part asks.
        allowed = [(2e-4 + 2 * slack) * q for q in exact]
        answer = {"exact": exact, "allowed": allowed, "kept": [[a for a, _ in kept], [b for _, b in kept]]}
        if not any(answer["kept"] == known["kept"] for known in answers):
            answers.append(answer)
    counts = counts if any(c > 1 for c in counts) else None
    add(theme, "sample", "float32", x, answers, {"stages": stages}, counts)


def shares(*p):
    return [float(mpmath.log(v)) for v in p]


def samplers():
    ten = [2.0, 0.5, 1.25, -0.75, 1.625, -1.5, 0.0, 3.0, -2.25, 0.875]
    for k in (1, 2, 5, 10, 11, 100_000):
        sampler("top-k", ten, [["top_k", k]])
    for p in (1e-9, 0.05, 0.4, 0.7, 0.9, 0.99, 1.0):
        sampler("top-p", ten, [["top_p", p]])
    for p in (0.3, 0.55, 0.85, 0.97):  # after 0.5, 0.8 and 0.95: the token that crosses p is kept
        sampler("top-p", shares(0.5, 0.3, 0.15, 0.05), [["top_p", p]])
    sampler("top-p", shares(0.98, 0.01, 0.01 - 1e-3, 1e-3), [["top_p", 0.5]])
    sampler("top-p", normal(200), [["top_p", 0.95]])
    for p in (0.0, 0.02, 0.1, 0.5, 1.0):
        sampler("min-p", ten, [["min_p", p]])
    sampler("min-p", normal(200), [["min_p", 0.05]])
    for p in (1e-9, 0.2, 0.5, 0.9, 1.0):
        sampler("locally typical", ten, [["typical", p]])
    sampler("locally typical", shares(0.7, 0.1, 0.08, 0.07, 0.03, 0.02), [["typical", 0.2]])
    for t in (0.5, 2.0):
        temperature = ["temperature", t]
        for stage in (["top_p", 0.8], ["min_p", 0.1], ["typical", 0.6], ["top_k", 4]):
            sampler("orders", ten, [temperature, stage])
            sampler("orders", ten, [stage, temperature])
        sampler("orders", ten, [["top_k", 6], ["top_p", 0.8]])
        sampler("orders", ten, [["top_p", 0.8], ["top_k", 6]])
        sampler("orders", ten, [temperature, ["top_k", 7], ["top_p", 0.9], ["min_p", 0.1]])
        sampler("orders", ten, [["top_k", 7], ["top_p", 0.9], ["min_p", 0.1], temperature])
    ties = [3.0, 1.0, 0.0], [1, 4, 2]
    for stage in (["top_k", 3], ["top_k", 5], ["top_k", 6], ["top_p", 0.75], ["min_p", 0.1353352832366127], ["typical", 0.3]):
        sampler("ties at the border", ties[0], [stage], ties[1])
    for stage in (["top_p", 0.75], ["top_p", 0.5], ["min_p", 0.5]):
        sampler("ties at the border", shares(0.5, 0.25, 0.125, 0.1, 0.025), [stage])
    masked = [-INF, 2.0, 1.0, -INF, 0.5, -1.0, -INF]
    for stage in (["top_k", 2], ["top_k", 6], ["top_p", 0.8], ["top_p", 1.0], ["min_p", 0.0], ["min_p", 0.2], ["typical", 0.8]):
        sampler("masked logits", masked, [stage])
    sampler("masked logits", [-INF, -INF, 1.5], [["top_p", 0.9]])
    for stage in (["top_k", 50], ["top_p", 0.9], ["top_p", 1e-9], ["top_p", 1.0], ["min_p", 0.5], ["typical", 0.9]):
        sampler("flat, 50,257 tokens", [0.25], [stage], [50_257], slack=2e-3)
    for x in ([-INF, 1.0, 0.0, -INF], [0.0, -INF, 1.0, -200.0], [-INF, -INF, 5.0], [-200.0, 0.0, -INF], [0.0, -INF]):
        e, total, _ = weights(x, [1] * len(x))
        # exp(−200) is 0 in float32 and small in float64: only what is masked can never be drawn.
        allowed = [0.0 if v == -INF else INF for v in x]
        uniforms = [0.0, 2.0**-53, 0.25, 0.5, 0.75, 1 - 2.0**-24, 1 - 2.0**-53] + [RANDOM.random() for _ in range(93)]
        add("draws", "draw", "float32", x, [{"exact": [0.0] * len(x), "allowed": allowed}], uniforms=uniforms)


def softmax_answer(x, counts, extra, name, error=lambda v: 0.0):
    e, total, top = weights(x, counts, extra)
    p = [w / total for w in e]
    epsilon, step = EPSILON[name], STEP[name]
    distance = lambda v: abs(v - top) + error(v) + error(top) if v > -INF else 0.0
    return {"exact": p, "allowed": [epsilon * (4 + distance(v)) * q + step for v, q in zip(x, p)]}


def sinks(name):
    rows = [([1.0, 2.0, 3.0], None), (normal(40), None), (normal(7, -110, 8), None), ([12.0, 11.0, 3.0], None)]
    rows += [([0.0, -5.0], [1, 1000]), ([-INF, 1.0, 0.5, -INF], None), ([-30.0, -31.0], None), ([60.0, 59.0], None)]
    for x, counts in rows:
        x = rounded(x, name).tolist()
        for sink in (0.0, 4.0, -120.0, 70.0):
            sink = float(rounded([sink], name)[0])
            add("sink", "sink", name, x, [softmax_answer(x, counts or [1] * len(x), [sink], name)], {"sink": sink}, counts)
    hidden = [-INF] * 3  # nothing but the sink is left
    add("sink", "sink", name, hidden, [{"exact": [0.0] * 3, "allowed": [STEP[name]] * 3}], {"sink": 0.0})


def merges(name):
    epsilon, step = EPSILON[name], STEP[name]
    rows = [[1.5, 2.5], [0.0, 0.0, 0.0], normal(6), [-110.0, -112.0, -115.0], [400.0, 395.0], [-400.0, -403.0]]
    rows += [[-INF, 2.0], [2.0, -INF, 1.0, -INF], [-INF, -300.0], [80.0, -80.0], [0.0], [-INF], [-INF, -INF]]
    for lse in rows:
        lse = rounded(lse, name).tolist()
        # A piece that is empty or fully masked has weight 0, and its output is 0.
        outputs = [[0.0] * 3 if v == -INF else rounded(normal(3, 0, 1), name).tolist() for v in lse]
        if max(lse) == -INF:
            nothing = {"allowed": [0.0] * 4}
            answers = [{"exact": [v] * 3 + [-INF], **nothing} for v in (0.0, float("nan"))]
        else:
            e, total, top = weights(lse, [1] * len(lse))
            w = [v / total for v in e]
            exact = [mpmath.fsum(a * mpmath.mpf(o[d]) for a, o in zip(w, outputs)) for d in range(3)]
            size = lambda d: sum(a * abs(o[d]) * (6 + abs(v - top)) for a, o, v in zip(w, outputs, lse) if v > -INF)
            l = mpmath.mpf(top) + mpmath.log(total)
            allowed = [epsilon * size(d) + step for d in range(3)] + [epsilon * (4 + abs(l) + abs(top)) + step]
            answers = [{"exact": exact + [l], "allowed": allowed}]
        add("split and merge", "merge", name, lse, answers, outputs=outputs)


def softcaps(name):
    rows = [normal(12, 0, 20), [100.0, 90.0, -100.0, 3.0], [1e4, -1e4, 25.0, 0.0], normal(9, -110, 30)]
    for x in rows:
        x = rounded(x, name).tolist()
        for cap in (30.0, 50.0):
            for hidden in ([0] * len(x), [i % 3 == 0 for i in range(len(x))], [i > 0 for i in range(len(x))]):
                capped = [cap * mpmath.tanh(mpmath.mpf(v) / cap) if not h else -INF for v, h in zip(x, hidden)]
                answer = softmax_answer(capped, [1] * len(x), [], name, lambda v: 3 * abs(v))
                add("softcap before mask", "softcap", name, x, [answer], {"cap": cap}, hidden=hidden)


def gradients(name):
    epsilon, step = EPSILON[name], STEP[name]
    rows = [([1.0, 2.0, 3.0], None), (normal(40), None), (normal(7, -110, 8), None), ([60.0, 59.0, -60.0], None)]
    rows += [([0.0, -5.0], [1, 1000]), ([-INF, 1.0, 0.5, -INF], None), ([0.25], [70_000]), ([0.0, -12.0], [1, 200_000])]
    rows += [([30000.0, 29000.0, -30000.0], None)]
    for x, counts in rows:
        x = rounded(x, name).tolist()
        c = counts or [1] * len(x)
        e, total, top = weights(x, c)
        p = [w / total for w in e]
        distance = [abs(v - top) if v > -INF else 0.0 for v in x]
        upstreams = [rounded([0.0 if v == -INF else g for v, g in zip(x, normal(len(x), 0, 1))], name).tolist()]
        upstreams += [[0.0 if v == -INF else 1.0 for v in x]]
        for g in upstreams:
            sum_g = mpmath.fsum(mpmath.mpf(v) * n for v, n in zip(g, c))
            size = sum(abs(v) * n for v, n in zip(g, c))
            exact = [mpmath.mpf(v) - q * sum_g for v, q in zip(g, p)]
            allowed = [epsilon * (abs(v) + q * size * (6 + d)) + step for v, q, d in zip(g, p, distance)]
            add("gradient of log_softmax", "log_softmax_gradient", name, x, [{"exact": exact, "allowed": allowed}],
                counts=counts, upstream=g)
        # The target is a token of the first run that is not masked.
        run = next(i for i, v in enumerate(x) if v > -INF)
        if c[run] == 1:
            exact = [q - (i == run) for i, q in enumerate(p)]
            allowed = [epsilon * ((4 + d) * q + (i == run)) + step for i, (q, d) in enumerate(zip(p, distance))]
            add("gradient of cross-entropy", "cross_entropy_gradient", name, x, [{"exact": exact, "allowed": allowed}],
                {"target": sum(c[:run])}, counts)


def main():
    samplers()
    for name in TYPES:
        sinks(name)
        merges(name)
        softcaps(name)
        gradients(name)
    save("operations", cases, tensors)


if __name__ == "__main__":
    main()
