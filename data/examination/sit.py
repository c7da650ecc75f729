"""Lets Python's engines sit the examination: python sit.py OUT writes OUT/ENGINE.safetensors for those installed.

An engine is a function from a type's name to its softmax, log_softmax and logsumexp (None: not offered), each from a
one-dimensional array of that type to an array; operations.py and samplers.py have the rest. python sit.py
--engine FILE OUT asks the one in FILE, as mine.py is, and no other. `cargo xtask examine` calls both, and judges; without
Rust, judge.py does.
"""

import importlib
import importlib.metadata
import logging
import pathlib
import runpy
import sys
import warnings

import numpy as np
from judge import TYPES, sit
from operations import OPERATIONS
from safetensors.numpy import save_file
from samplers import SAMPLERS


def numpy(_):
    """Not a function of NumPy's, but what everybody writes with it."""
    shifted = lambda x: x - x.max()
    softmax = lambda x: np.exp(shifted(x)) / np.exp(shifted(x)).sum()
    log_softmax = lambda x: shifted(x) - np.log(np.exp(shifted(x)).sum())
    return softmax, log_softmax, lambda x: x.max() + np.log(np.exp(shifted(x)).sum())


def scipy(_):
    special = importlib.import_module("scipy.special")
    return special.softmax, special.log_softmax, special.logsumexp


def torch(name, change=lambda f: f):
    torch = importlib.import_module("torch")
    kind = getattr(torch, name)
    to = lambda x: torch.from_numpy(x.astype(np.float64)).to(kind)
    back = lambda y: y.to(torch.float64).numpy()

    def offered(f):
        f = change(f)
        try:
            f(torch.zeros(2, dtype=kind), 0)
        except Exception:  # NotImplementedError, or the compiler's own: no kernel for this type
            return None
        return lambda x: back(f(to(x), 0))

    return [offered(f) for f in (torch.softmax, torch.log_softmax, torch.logsumexp)]


def torch_compiled(name):
    """Through a C++ compiler, which must be there; once for all lengths."""
    compile = importlib.import_module("torch").compile
    importlib.import_module("torch._dynamo").config.recompile_limit = 1000  # or it goes on uncompiled, and says so
    return torch(name, lambda f: compile(lambda x, dim: f(x, dim), dynamic=True))


def jax(name):
    jax = importlib.import_module("jax")
    jax.config.update("jax_enable_x64", True)
    to = lambda x: jax.numpy.asarray(x.astype(TYPES[name]))
    return [lambda x, f=f: f(to(x)) for f in (jax.nn.softmax, jax.nn.log_softmax, jax.nn.logsumexp)]


def onnxruntime(name):
    onnx, runtime = importlib.import_module("onnx"), importlib.import_module("onnxruntime")
    if name not in ("float16", "float32", "float64"):
        return None, None, None  # no such kernels for the CPU
    kind = getattr(onnx.TensorProto, {"float16": "FLOAT16", "float32": "FLOAT", "float64": "DOUBLE"}[name])

    def session(operation, **attributes):
        node = onnx.helper.make_node(operation, ["x"], ["y"], **attributes)
        tensors = [onnx.helper.make_tensor_value_info(n, kind, None) for n in "xy"]
        graph = onnx.helper.make_graph([node], "examination", tensors[:1], tensors[1:])
        model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=9)
        try:
            run = runtime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
        except Exception:  # its own type, of which no more is said than that there is no kernel
            return None
        return lambda x: run.run(None, {"x": x})[0]

    return session("Softmax", axis=0), session("LogSoftmax", axis=0), session("ReduceLogSumExp", axes=[0])


def openvino(name):
    ov = importlib.import_module("openvino")
    ops = importlib.import_module("openvino.opset13")
    if name != "float32":
        return None, None, None  # its CPU plugin computes in f32, whatever the tensor's type

    def compiled(operation):
        x = ops.parameter([-1], np.float32)
        hints = {"INFERENCE_PRECISION_HINT": "f32"}
        run = ov.Core().compile_model(ov.Model([operation(x)], [x]), "CPU", hints)
        return lambda x: run([x])[0]

    return compiled(lambda x: ops.softmax(x, 0)), compiled(lambda x: ops.log_softmax(x, 0)), None


def mlx(name):
    mx, nn = importlib.import_module("mlx.core"), importlib.import_module("mlx.nn")
    mx.set_default_device(mx.cpu)
    if name.startswith("float8"):
        return None, None, None
    to = lambda x: mx.array(x.astype(np.float64), dtype=mx.float64).astype(getattr(mx, name))
    back = lambda y: np.array(y.astype(mx.float64))
    return [lambda x, f=f: back(f(to(x), axis=0)) for f in (mx.softmax, nn.log_softmax, mx.logsumexp)]


# By the name of the module, and what of it after that.
ENGINES = {
    "numpy": numpy,
    "scipy": scipy,
    "torch": torch,
    "torch, compiled": torch_compiled,
    "jax": jax,
    "onnxruntime": onnxruntime,
    "openvino": openvino,
    "mlx": mlx,
}


def installed():
    """Names with versions, engines and operations."""
    nothing = lambda name: (None, None, None)
    for name in ENGINES | SAMPLERS:
        module, *rest = name.split(", ")
        try:
            found = importlib.import_module(module)
        except ImportError:
            print(f"{name} is not installed", file=sys.stderr)
            continue
        version = getattr(found, "__version__", None) or importlib.metadata.version(module.replace("_", "-"))
        version = version.split("-")[0].split("+")[0]
        operations = (OPERATIONS | SAMPLERS).get(name, lambda name: {})
        yield ", ".join([f"{module} {version}".strip(), *rest]), ENGINES.get(name, nothing), operations


def in_file(path):
    found = runpy.run_path(path)
    return [(found["NAME"], found["engine"], found.get("operations", lambda name: {}))]


def main():
    *rest, out = sys.argv[1:]
    out = pathlib.Path(out)
    out.mkdir(parents=True, exist_ok=True)
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    np.seterr(all="ignore")
    for name, engine, operations in in_file(rest[1]) if rest[:1] == ["--engine"] else installed():
        answers = sit(engine, operations)
        save_file(answers, out / f"{name.replace('/', '-')}.safetensors", metadata={"engine": name})


if __name__ == "__main__":
    main()
