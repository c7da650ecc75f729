"""Other engines on the same checkpoint: the peers of `cargo bench -p gpt2-runner --bench forward -- --python PATH`.

Usage: python engines.py MODEL_DIR
Needs onnx with onnxruntime or openvino; says on its first line which of the two are there. Then reads lines
`ENGINE next TOKENS` or `ENGINE decode TOKENS` and answers each with the milliseconds of one run: the logits after so
many tokens, or so many tokens one after the other with a cache, after a prompt of seven.

The graph is GPT-2 as transformers computes it, with keys and values of the tokens before as inputs and outputs, and
the head at the last position only; its weights stay in MODEL_DIR/model.safetensors, which must be F32 in one file.
"""

import json
import os
import struct
import sys
import time

import numpy as np
from onnx import TensorProto, helper, numpy_helper, save

folder = sys.argv[1]
config = json.load(open(f"{folder}/config.json"))
C, H, LAYERS = config["n_embd"], config["n_head"], config["n_layer"]
D, EPSILON = C // H, config.get("layer_norm_epsilon", 1e-5)
THREADS = os.cpu_count()


def graph():
    """Writes MODEL_DIR/engines.onnx, whose weights are external data in model.safetensors."""
    with open(f"{folder}/model.safetensors", "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
    weights, nodes, inputs, outputs = {}, [], [], []

    def weight(name):
        if name not in weights:
            info = header[name]
            start, end = info["data_offsets"]
            tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=info["shape"])
            tensor.data_location = TensorProto.EXTERNAL
            for key, value in [("location", "model.safetensors"), ("offset", 8 + length + start), ("length", end - start)]:
                tensor.external_data.add(key=key, value=str(value))
            weights[name] = tensor
        return name

    def constant(name, value):
        weights[name] = numpy_helper.from_array(np.array(value), name)
        return name

    def op(kind, *arguments, **attributes):
        name = f"{kind}_{len(nodes)}"
        nodes.append(helper.make_node(kind, list(arguments), [name], **attributes))
        return name

    def value(name, kind, shape):
        return helper.make_tensor_value_info(name, kind, shape)

    def linear(x, key):
        return op("Add", op("MatMul", x, weight(key + ".weight")), weight(key + ".bias"))

    def layer_norm(x, key):
        return op("LayerNormalization", x, weight(key + ".weight"), weight(key + ".bias"), axis=-1, epsilon=EPSILON)

    constant("zero", np.int64(0)), constant("one", np.int64(1)), constant("last", np.array([-1]))
    constant("axis0", np.array([0])), constant("axis1", np.array([1]))
    constant("heads", np.array([1, -1, H, D])), constant("flat", np.array([1, -1, C]))
    constant("scale", np.float32(D**-0.5)), constant("masked", np.float32(-1e30))
    inputs.append(value("ids", TensorProto.INT64, [1, "T"]))
    inputs.append(value("past", TensorProto.INT64, []))  # how many tokens come before
    tokens = op("Squeeze", op("Slice", op("Shape", "ids"), "axis1", constant("two", np.array([2]))), "axis0")
    positions = op("Add", op("Range", "zero", tokens, "one"), "past")
    keys = op("Range", "zero", op("Add", tokens, "past"), "one")
    seen = op("LessOrEqual", op("Unsqueeze", keys, "axis0"), op("Unsqueeze", positions, "axis1"))
    mask = op("Where", seen, constant("nothing", np.float32(0)), "masked")
    x = op("Add", op("Gather", weight("wte.weight"), "ids"), op("Gather", weight("wpe.weight"), positions))
    for n in range(LAYERS):
        qkv = linear(layer_norm(x, f"h.{n}.ln_1"), f"h.{n}.attn.c_attn")
        parts = [f"{name}_{n}" for name in "qkv"]
        nodes.append(helper.make_node("Split", [qkv], parts, axis=-1, num_outputs=3))
        q, k, v = (op("Transpose", op("Reshape", part, "heads"), perm=[0, 2, 1, 3]) for part in parts)
        grown = []
        for name, new in [("keys", k), ("values", v)]:
            inputs.append(value(f"{name}.{n}", TensorProto.FLOAT, [1, H, "P", D]))
            outputs.append(value(f"{name}.{n}.out", TensorProto.FLOAT, [1, H, "S", D]))
            nodes.append(helper.make_node("Concat", [f"{name}.{n}", new], [f"{name}.{n}.out"], axis=2))
            grown.append(f"{name}.{n}.out")
        scores = op("MatMul", op("Mul", q, "scale"), op("Transpose", grown[0], perm=[0, 1, 3, 2]))
        y = op("MatMul", op("Softmax", op("Add", scores, mask), axis=-1), grown[1])
        y = op("Reshape", op("Transpose", y, perm=[0, 2, 1, 3]), "flat")
        x = op("Add", x, linear(y, f"h.{n}.attn.c_proj"))
        hidden = op("Gelu", linear(layer_norm(x, f"h.{n}.ln_2"), f"h.{n}.mlp.c_fc"), approximate="tanh")
        x = op("Add", x, linear(hidden, f"h.{n}.mlp.c_proj"))
    x = op("Gather", layer_norm(x, "ln_f"), "last", axis=1)
    head = op("MatMul", x, op("Transpose", "wte.weight", perm=[1, 0]))
    nodes.append(helper.make_node("Reshape", [head, "last"], ["logits"]))
    outputs.insert(0, value("logits", TensorProto.FLOAT, ["V"]))
    body = helper.make_graph(nodes, "gpt2", inputs, outputs, list(weights.values()))
    path = f"{folder}/engines.onnx"
    save(helper.make_model(body, opset_imports=[helper.make_opsetid("", 20)], ir_version=9), path)
    return path


def onnxruntime_engine(path):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return lambda feeds: session.run(None, feeds)


def openvino_engine(path):
    import openvino

    core = openvino.Core()
    settings = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": THREADS}
    settings["KV_CACHE_PRECISION"] = "f32"
    request = core.compile_model(path, "CPU", settings).create_infer_request()

    def run(feeds):
        result = request.infer(feeds)
        return [result[n] for n in range(1 + 2 * LAYERS)]

    return run


def feeds(ids, past, layers):
    given = {"ids": np.array([ids], np.int64), "past": np.array(past, np.int64)}
    for n in range(LAYERS):
        given[f"keys.{n}"], given[f"values.{n}"] = layers[2 * n], layers[2 * n + 1]
    return given


NOTHING = [np.zeros((1, H, 0, D), np.float32)] * (2 * LAYERS)


def prompt(tokens):
    return [n * 7919 % 50257 for n in range(tokens)]


def timed(run, what, tokens):
    if what == "next":
        given = feeds(prompt(tokens), 0, NOTHING)
        start = time.perf_counter()
        run(given)
        return time.perf_counter() - start
    layers = run(feeds(prompt(7), 0, NOTHING))[1:]
    start = time.perf_counter()
    for n in range(tokens):
        layers = run(feeds([n], 7 + n, layers))[1:]
    return time.perf_counter() - start


def main():
    path = graph()
    engines = {}
    for name, make in [("openvino", openvino_engine), ("onnxruntime", onnxruntime_engine)]:
        try:
            engines[name] = make(path)
        except ImportError:
            pass
    print(" ".join(engines), flush=True)
    for line in sys.stdin:
        engine, what, tokens = line.split()
        if what == "logits":
            print(json.dumps(np.asarray(engines[engine](feeds(prompt(int(tokens)), 0, NOTHING))[0]).tolist()), flush=True)
        else:
            print(timed(engines[engine], what, int(tokens)) * 1e3, flush=True)


main()
