"""Sinks, merged pieces, softcaps and gradients of Python's engines, for sit.py.

Each is a function from a type's name to a dict of the operations that the engine has. Where a library has no such
function, it is written with its softmax, the way its users write it.
"""

import importlib

import numpy as np


def written_with(softmax, logsumexp, tanh, concat):
    """The operations as people write them with a library's functions."""

    def sink(x, s):
        return softmax(concat(x, s))[:-1]

    def merge(lse, outputs):
        return concat((softmax(lse)[:, None] * outputs).sum(0), logsumexp(lse))

    def softcap(x, cap, hidden):
        y = tanh(x / cap) * cap
        y[hidden] = -np.inf
        return softmax(y)

    return {"sink": sink, "merge": merge, "softcap": softcap}


def numpy(name):
    def softmax(x):
        e = np.exp(x - x.max())
        return e / e.sum()

    concat = lambda a, b: np.append(a, a.dtype.type(b))
    logsumexp = lambda x: x.max() + np.log(np.exp(x - x.max()).sum())

    def log_softmax_gradient(x, g):
        return g - softmax(x) * g.sum()

    def cross_entropy_gradient(x, target):
        p = softmax(x)
        p[target] -= 1
        return p

    return written_with(softmax, logsumexp, np.tanh, concat) | {
        "log_softmax_gradient": log_softmax_gradient,
        "cross_entropy_gradient": cross_entropy_gradient,
    }


def scipy(name):
    special = importlib.import_module("scipy.special")
    concat = lambda a, b: np.append(a, a.dtype.type(b))
    return written_with(special.softmax, special.logsumexp, np.tanh, concat)


def torch(name, change=lambda f: f):
    torch = importlib.import_module("torch")
    if not hasattr(torch, name) or name.startswith("float8"):
        return {}
    kind = getattr(torch, name)
    number = lambda v: torch.tensor(float(v), dtype=kind)
    to = lambda x: torch.from_numpy(np.asarray(x, dtype=np.float64)).to(kind)
    back = lambda y: y.detach().to(torch.float64).numpy()
    concat = lambda a, b: torch.cat([a, torch.as_tensor(b, dtype=kind).reshape(1)])
    written = written_with(
        lambda x: torch.softmax(x, 0), lambda x: torch.logsumexp(x, 0), torch.tanh, concat
    )

    def gradient(loss):
        def of(x, given):
            x = to(x).requires_grad_()
            change(loss)(x, given).backward(torch.ones((), dtype=kind))
            return back(x.grad)

        return of

    log_softmax = change(lambda x: torch.log_softmax(x, 0))

    def log_softmax_gradient(x, g):
        x = to(x).requires_grad_()
        log_softmax(x).backward(to(g))
        return back(x.grad)

    cross_entropy = lambda x, target: torch.nn.functional.cross_entropy(x[None], torch.tensor([target]))
    return {
        "sink": lambda x, s: back(change(written["sink"])(to(x), number(s))),
        "merge": lambda x, o: back(change(written["merge"])(to(x), to(o))),
        "softcap": lambda x, c, h: back(written["softcap"](to(x), number(c), torch.from_numpy(h))),
        "log_softmax_gradient": log_softmax_gradient,
        "cross_entropy_gradient": gradient(cross_entropy),
    }


def jax(name):
    jax = importlib.import_module("jax")
    jax.config.update("jax_enable_x64", True)
    if name.startswith("float8"):
        return {}
    j, nn = jax.numpy, jax.nn
    concat = lambda a, b: j.append(a, j.asarray(b, dtype=a.dtype))

    def softcap(x, cap, hidden):
        return nn.softmax(j.where(hidden, -j.inf, j.tanh(x / cap) * cap))

    return {
        "sink": lambda x, s: nn.softmax(concat(j.asarray(x), s))[:-1],
        "merge": lambda x, o: written_with(nn.softmax, nn.logsumexp, j.tanh, concat)["merge"](j.asarray(x), j.asarray(o)),
        "softcap": lambda x, c, h: softcap(j.asarray(x), c, j.asarray(h)),
        "log_softmax_gradient": lambda x, g: jax.vjp(nn.log_softmax, j.asarray(x))[1](j.asarray(g))[0],
        "cross_entropy_gradient": lambda x, target: jax.grad(lambda x: -nn.log_softmax(x)[target])(j.asarray(x)),
    }


def onnxruntime(name):
    """Sink and softcap as graphs; it has neither gradients nor, on the CPU, bfloat16."""
    onnx, runtime = importlib.import_module("onnx"), importlib.import_module("onnxruntime")
    if name not in ("float16", "float32", "float64"):
        return {}
    kind = getattr(onnx.TensorProto, {"float16": "FLOAT16", "float32": "FLOAT", "float64": "DOUBLE"}[name])
    node, tensor = onnx.helper.make_node, onnx.helper.make_tensor_value_info

    def session(nodes, inputs, outputs):
        graph = onnx.helper.make_graph(
            nodes, "examination", [tensor(n, k, s) for n, k, s in inputs], [tensor(n, kind, None) for n in outputs]
        )
        model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=9)
        try:
            return runtime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
        except Exception:  # no kernel for this type
            return None

    dtype = {"float16": np.float16, "float32": np.float32, "float64": np.float64}[name]
    sink = session(
        [node("Concat", ["x", "s"], ["xs"], axis=0), node("Softmax", ["xs"], ["y"], axis=0)],
        [("x", kind, ["n"]), ("s", kind, [1])], ["y"],
    )
    softcap = session(
        [
            node("Div", ["x", "c"], ["d"]), node("Tanh", ["d"], ["t"]), node("Mul", ["t", "c"], ["m"]),
            node("Where", ["h", "i", "m"], ["w"]), node("Softmax", ["w"], ["y"], axis=0),
        ],
        [("x", kind, ["n"]), ("c", kind, [1]), ("i", kind, [1]), ("h", onnx.TensorProto.BOOL, ["n"])], ["y"],
    )
    one = lambda v: np.array([v], dtype=dtype)
    merge = session(
        [
            node("ReduceLogSumExp", ["x"], ["l"], axes=[0], keepdims=1),
            node("Softmax", ["x"], ["w"], axis=0), node("MatMul", ["w", "o"], ["y"]),
        ],
        [("x", kind, ["n"]), ("o", kind, ["n", "d"])], ["y", "l"],
    )
    offered = {}
    if sink:
        offered["sink"] = lambda x, s: sink.run(None, {"x": x, "s": one(s)})[0][:-1]
    if softcap:
        offered["softcap"] = lambda x, c, h: softcap.run(None, {"x": x, "c": one(c), "i": one(-np.inf), "h": h})[0]
    if merge:
        offered["merge"] = lambda x, o: np.concatenate(merge.run(None, {"x": x, "o": o}))
    return offered


def mlx(name):
    mx, nn = importlib.import_module("mlx.core"), importlib.import_module("mlx.nn")
    mx.set_default_device(mx.cpu)
    if name.startswith("float8"):
        return {}
    kind = getattr(mx, name)
    to = lambda x: mx.array(np.asarray(x, dtype=np.float64), dtype=mx.float64).astype(kind)
    back = lambda y: np.array(y.astype(mx.float64))
    concat = lambda a, b: mx.concatenate([a, b.reshape(1)])
    softmax, logsumexp = lambda x: mx.softmax(x, axis=0), lambda x: mx.logsumexp(x, axis=0)
    written = written_with(softmax, logsumexp, mx.tanh, concat)

    def softcap(x, cap, hidden):
        return softmax(mx.where(mx.array(hidden), mx.array(-np.inf, dtype=kind), mx.tanh(x / cap) * cap))

    def log_softmax_gradient(x, g):
        return mx.vjp(lambda x: nn.log_softmax(x, axis=0), [x], [g])[1][0]

    def cross_entropy_gradient(x, target):
        return mx.grad(lambda x: nn.losses.cross_entropy(x[None], mx.array([target]))[0])(x)

    return {
        "sink": lambda x, s: back(written["sink"](to(x), to(s))),
        "merge": lambda x, o: back(written["merge"](to(x), to(o))),
        "softcap": lambda x, c, h: back(softcap(to(x), to(c), h)),
        "log_softmax_gradient": lambda x, g: back(log_softmax_gradient(to(x), to(g))),
        "cross_entropy_gradient": lambda x, target: back(cross_entropy_gradient(to(x), target)),
    }


# As in sit.py: by the name of the module, and what of it after that.
OPERATIONS = {
    "numpy": numpy,
    "scipy": scipy,
    "torch": torch,
    "jax": jax,
    "onnxruntime": onnxruntime,
    "mlx": mlx,
}
