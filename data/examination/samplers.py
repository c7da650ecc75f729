"""Samplers of Python's packages, for sit.py: functions from a type's name to a dict of what they have."""

import importlib

import numpy as np


def float32_only(operations):
    return lambda name: operations() if name == "float32" else {}


def transformers():
    """The warpers that `generate` applies, and torch.multinomial, which it draws with."""
    torch = importlib.import_module("torch")
    process = importlib.import_module("transformers.generation.logits_process")
    warpers = {
        "temperature": process.TemperatureLogitsWarper,
        "top_k": process.TopKLogitsWarper,
        "top_p": process.TopPLogitsWarper,
        "min_p": process.MinPLogitsWarper,
        "typical": process.TypicalLogitsWarper,
    }
    # What generate does not accept or, for 1, does not apply.
    skipped = {"typical": lambda p: p == 1.0}

    def sample(x, stages):
        scores = torch.from_numpy(x.copy())[None]
        for stage, value in stages:
            if not skipped.get(stage, lambda value: False)(value):
                scores = warpers[stage](value)(None, scores)
        return scores.softmax(-1)[0].numpy()

    def draw(x, uniforms):
        torch.manual_seed(0)
        return torch.multinomial(torch.from_numpy(x).softmax(-1), 20 * len(uniforms), replacement=True).numpy()

    return {"sample": sample, "draw": draw}


def x_transformers():
    """The filters of its autoregressive wrapper."""
    torch = importlib.import_module("torch")
    filters = importlib.import_module("x_transformers.autoregressive_wrapper")

    def sample(x, stages):
        scores = torch.from_numpy(x.copy())[None]
        for stage, value in stages:
            if stage == "typical":
                return None
            if stage == "temperature":
                scores = scores / value
            elif stage == "top_k":
                scores = filters.top_k(scores, k=value)
            else:
                scores = {"top_p": filters.top_p, "min_p": filters.min_p}[stage](scores, value)
        return scores.softmax(-1)[0].numpy()

    return {"sample": sample}


def rwkv():
    """Its pipeline's sample_logits, which has top-p, top-k and temperature in this order, and draws with NumPy."""
    torch = importlib.import_module("torch")
    pipeline = importlib.import_module("rwkv.utils").PIPELINE
    order = ["top_p", "top_k", "temperature"]

    def sample(x, stages):
        names = [stage for stage, _ in stages]
        if names != [name for name in order if name in names]:
            return None
        found, choice = [], np.random.choice
        np.random.choice = lambda a, p: found.append(p) or 0
        try:
            pipeline.sample_logits(None, torch.from_numpy(x.copy()), **{"top_p": 1.0} | dict(stages))
        finally:
            np.random.choice = choice
        return found[0]

    def draw(x, uniforms):
        np.random.seed(0)
        logits = torch.from_numpy(x.copy())
        return np.array([pipeline.sample_logits(None, logits, top_p=1.0) for _ in range(20 * len(uniforms))])

    return {"sample": sample, "draw": draw}


def mlx_lm():
    """Its functions on log-probabilities; it has no locally typical sampling, and min-p comes before top-k."""
    mx = importlib.import_module("mlx.core")
    utils = importlib.import_module("mlx_lm.sample_utils")
    mx.set_default_device(mx.cpu)

    def sample(x, stages):
        scores = mx.array(x)[None]
        for stage, value in stages:
            if stage == "typical":
                return None
            scores = scores - mx.logsumexp(scores, keepdims=True)
            if stage == "temperature":
                scores = scores / value
            elif stage == "top_k":
                scores = utils.apply_top_k(scores, value) if value < len(x) else scores
            elif stage == "top_p":
                scores = utils.apply_top_p(scores, value) if value < 1 else scores
            elif value > 0:
                scores = utils.apply_min_p(scores, value)
        return np.array(mx.softmax(scores[0]))

    def draw(x, uniforms):
        mx.random.seed(0)
        return np.array(mx.random.categorical(mx.array(x)[None], num_samples=20 * len(uniforms)))[0]

    return {"sample": sample, "draw": draw}


def xllamacpp():
    """llama.cpp's samplers, through the functions of its C interface in the package's library."""
    c = importlib.import_module("ctypes")
    llama = c.CDLL(importlib.import_module("xllamacpp.xllamacpp").__file__)

    class Candidate(c.Structure):
        _fields_ = [("id", c.c_int32), ("logit", c.c_float), ("p", c.c_float)]

    class Candidates(c.Structure):
        _fields_ = [
            ("data", c.POINTER(Candidate)), ("size", c.c_size_t), ("selected", c.c_int64), ("sorted", c.c_bool),
        ]

    def apply(sampler, candidates):
        llama.llama_sampler_apply(c.c_void_p(sampler), c.byref(candidates))

    def made(name, *arguments):
        make = getattr(llama, f"llama_sampler_init_{name}")
        make.restype = c.c_void_p
        return make(*arguments)

    one = c.c_size_t(1)  # candidates that it keeps at least
    new = {
        "temperature": lambda v: made("temp", c.c_float(v)),
        "top_k": lambda v: made("top_k", c.c_int32(v)),
        "top_p": lambda v: made("top_p", c.c_float(v), one),
        "min_p": lambda v: made("min_p", c.c_float(v), one),
        "typical": lambda v: made("typical", c.c_float(v), one),
    }

    def candidates(x):
        data = (Candidate * len(x))(*[Candidate(i, float(v), 0.0) for i, v in enumerate(x)])
        return data, Candidates(data, len(x), -1, False)

    def sample(x, stages):
        data, left = candidates(x)
        for stage, value in stages:
            sampler = new[stage](value)
            apply(sampler, left)
            llama.llama_sampler_free(c.c_void_p(sampler))
        logits = np.full(len(x), -np.inf)
        for i in range(left.size):
            logits[left.data[i].id] = left.data[i].logit
        e = np.exp(logits - logits.max())
        return e / e.sum()

    def draw(x, uniforms):
        sampler, drawn = made("dist", c.c_uint32(1)), []
        for _ in range(20 * len(uniforms)):
            data, left = candidates(x)
            apply(sampler, left)
            drawn.append(left.data[left.selected].id)
        llama.llama_sampler_free(c.c_void_p(sampler))
        return np.array(drawn)

    return {"sample": sample, "draw": draw}


SAMPLERS = {
    "transformers": float32_only(transformers),
    "x_transformers": float32_only(x_transformers),
    "rwkv": float32_only(rwkv),
    "mlx_lm": float32_only(mlx_lm),
    "xllamacpp": float32_only(xllamacpp),
}
