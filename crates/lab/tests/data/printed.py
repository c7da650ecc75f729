"""Writes printed.json: vectors and how numpy 2.4 and PyTorch 2.13 print them. Needs numpy and torch."""
import json, random
import numpy as np, torch

random.seed(16)
vectors = [
    [1, 1.1, 2, 3, 5, 6, 6.1],
    [0.00263681, 0.5, 0.25],
    [1.0], [0.0], [0.0, 0.0], [-1.5, 2.0, 3.25], [1e-5, 1.0], [1e8, 1.0], [123456.789, 1000.0], [1e-300, 1.5e-12],
    [1.0, 2.0, 3.0], [1e9, 2e9], [1000.0, 1.0], [1001.0, 1.0], [0.5, 1 / 3], [-0.0, 1.0], [99999.99995, 100.5],
    [float("nan")], [float("nan"), 1.0, -2.5], [float("inf"), 0.25], [float("-inf"), 0.25], [float("-inf")],
    [float("nan"), 1e-9, float("-inf")], [-123.9898], [0.1 + 0.2, 0.7], [2 / 3] * 30, [-1e-7] * 12, [0.00005],
    [random.gauss(0, 1) for _ in range(25)], [random.gauss(0, 1) * 10 ** random.randint(-9, 9) for _ in range(25)],
    [random.random() for _ in range(1001)], [float(i) for i in range(1001)], [random.random() * 50 for _ in range(1000)],
]
ids = [[7], [1026, 373, 257, 3223, 290, 6388, 88], list(range(40)), [50256] * 33, list(range(1001)), [0, 0, 319]]
json.dump(
    {
        "floats": [
            {"x": [f"{x:.17g}" for x in map(float, v)], "numpy": str(np.array(v, dtype=np.float64)),
             "torch": repr(torch.tensor(v, dtype=torch.float32))} for v in vectors
        ],
        "ids": [{"ids": v, "torch": repr(torch.tensor([v]))} for v in ids],
    },
    open("printed.json", "w"), indent=0,
)
