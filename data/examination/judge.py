"""Judges what a softmax, a sampler and the like answer to this examination. Needs nothing but numpy.

python judge.py mine.py               asks the engine in that file, and prints its table and its first wrong answers
python judge.py OUT/*.safetensors     judges answers that sit.py or a Rust engine has written
python judge.py --json ...            prints each answer's error, in units of the allowed one

Copy judge.py and an engine like mine.py with examination.* and operations.* to use it elsewhere. bfloat16 and float8 are
asked for where ml_dtypes is installed.
"""

import functools
import json
import pathlib
import runpy
import struct
import sys

import numpy as np

HERE = pathlib.Path(__file__).parent
FUNCTIONS = ("softmax", "log_softmax", "logsumexp")
# The distance from 1 to the next number, the smallest positive number and the largest.
NUMBERS = {
    "float8_e4m3fn": (2.0**-3, 2.0**-9, 448.0),
    "float8_e5m2": (2.0**-2, 2.0**-16, 57344.0),
    "float16": (2.0**-10, 2.0**-24, 65504.0),
    "bfloat16": (2.0**-7, 2.0**-133, (2 - 2.0**-7) * 2.0**127),
    "float32": (2.0**-23, 2.0**-149, float(np.finfo(np.float32).max)),
    "float64": (2.0**-52, 2.0**-1074, float(np.finfo(np.float64).max)),
}
TYPES = {"float16": np.float16, "float32": np.float32, "float64": np.float64}
try:
    import ml_dtypes

    TYPES |= {name: getattr(ml_dtypes, name) for name in ("float8_e4m3fn", "float8_e5m2", "bfloat16")}
except ImportError:
    pass


def read(path):
    """The tensors of a .safetensors file, and its metadata."""
    data = pathlib.Path(path).read_bytes()
    (size,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + size])
    about = header.pop("__metadata__", {})
    kinds = {"F64": np.float64, "I64": np.int64}
    tensors = {}
    for name, entry in header.items():
        begin, end = (8 + size + offset for offset in entry["data_offsets"])
        tensors[name] = np.frombuffer(data[begin:end], dtype=kinds[entry["dtype"]]).reshape(entry["shape"])
    return tensors, about


@functools.cache
def examination():
    """The cases of both parts, and their tensors."""
    cases, tensors = [], {}
    for part in ("examination", "operations"):
        cases += json.loads((HERE / f"{part}.json").read_text())["cases"]
        tensors |= read(HERE / f"{part}.safetensors")[0]
    return cases, tensors


def sit(engine, operations=lambda name: {}):
    """The answers of an engine: from a type's name to its softmax, log_softmax and logsumexp (None: not offered), and
    to a dict of the operations that it has."""
    cases, tensors = examination()
    functions = {name: engine(name) for name in TYPES}
    others = {name: operations(name) for name in TYPES}
    answers = {}
    for case in cases:
        key, name = case["id"], case["type"]
        if name not in TYPES:
            continue
        kind = TYPES[name]
        x = tensors[f"{key}.x"].astype(kind)
        counts = tensors.get(f"{key}.counts", np.ones(len(x), dtype=np.int64))
        x = np.repeat(x, counts)
        starts = np.cumsum(counts) - counts

        def runs(y):
            """Of equal logits, the least and the largest answer."""
            at = starts if len(y) == len(x) else np.arange(len(y))
            return np.stack([f.reduceat(y, at) for f in (np.minimum, np.maximum)])

        if "function" not in case:
            x = x if case["temperature"] == 1 else x / kind(case["temperature"])
            for what, function in zip(FUNCTIONS, functions[name]):
                if function is not None:
                    y = np.asarray(function(x)).astype(np.float64).reshape(-1)
                    answers[f"{key}.{what}"] = runs(y)
            continue
        operation = others[name].get(case["function"])
        given = arguments(case, x, counts, tensors, kind)
        y = operation(*given) if operation else None
        if y is None:
            continue
        y = np.asarray(y)
        if case["function"] == "draw":
            y = np.bincount(y.astype(np.int64), minlength=len(x))
        if case["function"] == "sample":
            kept = np.add.reduceat((y > 0).astype(np.float64), starts)
            if y.dtype == bool:
                answers[f"{key}.answer"] = kept[None]
                continue
            y = y.astype(np.float64)
            least = np.minimum.reduceat(np.where(y > 0, y, np.inf), starts)
            largest = np.maximum.reduceat(y, starts)
            answers[f"{key}.answer"] = np.stack([kept, np.where(kept > 0, least, 0.0), largest])
        else:
            answers[f"{key}.answer"] = runs(y.astype(np.float64).reshape(-1))
    return answers


def arguments(case, x, counts, tensors, kind):
    """What the operation of a case is given, in order."""
    other = lambda what: tensors[f"{case['id']}.{what}"]
    given = case["arguments"]
    return {
        "sample": lambda: (x, given["stages"]),
        "draw": lambda: (x, other("uniforms")),
        "sink": lambda: (x, kind(given["sink"])),
        "merge": lambda: (x, other("outputs").reshape(len(x), -1).astype(kind)),
        "softcap": lambda: (x, kind(given["cap"]), other("hidden") != 0),
        "log_softmax_gradient": lambda: (x, np.repeat(other("upstream").astype(kind), counts)),
        "cross_entropy_gradient": lambda: (x, given["target"]),
    }[case["function"]]()


def errors(got, exact, allowed, largest):
    """Errors in units of the allowed ones: up to 1 is right."""
    got, exact, allowed = np.broadcast_arrays(got, exact, allowed)
    finite = np.isfinite(got) & np.isfinite(exact)
    error = np.where(finite, np.abs(got - exact) / allowed, np.inf)
    beyond = (np.abs(exact) > largest) & np.isinf(got) & (np.signbit(got) == np.signbit(exact))
    return np.where((got == exact) | (np.isnan(got) & np.isnan(exact)) | beyond, 0.0, error)


def judge(answers):
    """For each answer: the case, its function, its error, and of the worst place the logit, the answer and what is exact."""
    cases, tensors = examination()
    for case in cases:
        if "function" in case:
            got = answers.get(f"{case['id']}.answer")
            if got is not None:
                yield case, case["function"], *judge_operation(case, got, tensors)
            continue
        for what in FUNCTIONS:
            got = answers.get(f"{case['id']}.{what}")
            if got is not None:
                yield case, what, *judge_function(case, what, got, tensors)


def judge_function(case, what, got, tensors):
    epsilon, step, largest = NUMBERS[case["type"]]
    x, t = tensors[f"{case['id']}.x"], case["temperature"]
    top = max([v for v in x.tolist() if v == v], default=-np.inf)
    quotients = 0.0 if t == 1 else (np.abs(x) + abs(top)) / t
    exponent = np.abs((x - top) / t) + quotients
    if what == "logsumexp":
        exact = float(case["logsumexp"])
        allowed = epsilon * (4.0 + abs(exact) + abs(top / t)) + step
        return float(errors(got[0, 0], exact, allowed, largest)), top, float(got[0, 0]), exact
    exact = tensors[f"{case['id']}.{what}"]
    if what == "softmax":
        allowed = np.where(exact == 0.0, step, epsilon * (4.0 + exponent) * exact + step)
    else:
        allowed = epsilon * (4.0 + exponent + np.abs(exact)) + step
    return worst(errors(got, exact, allowed, largest), got, exact, x)


def judge_operation(case, got, tensors):
    """The best of the right answers: each is met, or missed by the largest of its errors."""
    largest = NUMBERS[case["type"]][2]
    best = None
    for i in range(case["answers"]):
        exact, allowed = (tensors[f"{case['id']}.{what}.{i}"] for what in ("exact", "allowed"))
        x = tensors[f"{case['id']}.x"]
        if case["function"] == "sample":
            least, most = tensors[f"{case['id']}.kept.{i}"].reshape(2, -1)
            count = np.where((got[0] >= least) & (got[0] <= most), 0.0, np.inf)
            found = worst(count[None], got[:1], most, x)
            if found[0] == 0.0 and len(got) == 3:
                found = worst(errors(got[1:], exact, allowed, largest), got[1:], exact, x)
        else:
            found = worst(errors(got, exact, allowed, largest), got, exact, x)
        if best is None or found[0] < best[0]:
            best = found
    return best


def worst(error, got, exact, x):
    """The first of the largest errors, logit by logit, and what was answered there."""
    at, side = divmod(int(np.argmax(error.T)), len(error))
    logit = float(x[at]) if at < len(x) else float("nan")
    return float(error[side, at]), logit, float(got[side, at]), float(exact[at])


def table(name, answers):
    """Prints what passed by type and theme, and the first wrong answer of each."""
    rows, first = {}, {}
    for case, what, error, x, got, exact in judge(answers):
        place = case["type"], case["theme"]
        row = rows.setdefault(place, [0, 0, 0.0])
        row[0], row[1], row[2] = row[0] + (error <= 1), row[1] + 1, max(row[2], error)
        if error > 1:
            first.setdefault(place, (case["id"], what, x, got, exact))
    print(f"{name}\n\n| type | theme | right | worst error |\n|---|---|---|---|")
    for (kind, theme), (passed, asked, error) in rows.items():
        print(f"| {kind} | {theme} | {passed}/{asked} | {error:.3g} |")
    if first:
        print("\n| type | theme | case | function | logit | answer | exact |\n|---|---|---|---|---|---|---|")
        for (kind, theme), (key, what, x, got, exact) in first.items():
            print(f"| {kind} | {theme} | {key} | {what} | {x:.8g} | {got:.9g} | {exact:.9g} |")
    return not first


def main(paths):
    as_json = paths[:1] == ["--json"]
    paths = paths[as_json:]
    if not paths or paths[0].startswith("-"):
        sys.exit(__doc__)
    np.seterr(all="ignore")
    right = True
    for path in paths:
        if path.endswith(".py"):
            found = runpy.run_path(path)
            name, answers = found["NAME"], sit(found["engine"], found.get("operations", lambda name: {}))
        else:
            answers, about = read(path)
            name = about.get("engine", path)
        if as_json:
            judged = [[case["id"], what, repr(error)] for case, what, error, *_ in judge(answers)]
            print(json.dumps({"engine": name, "answers": judged}))
        else:
            right &= table(name, answers)
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
