"""A softmax that sits the examination: cargo xtask examine --python PATH --engine data/examination/mine.py"""

import numpy as np

NAME = "mine 1.0"


def engine(type):
    """softmax, log_softmax and logsumexp for a type; None for one that there is not."""
    if type != "float32":
        return None, None, None

    def softmax(x):  # a one-dimensional array of the type; back comes one like it
        e = np.exp(x - x.max())
        return e / e.sum()

    def logsumexp(x):
        return x.max() + np.log(np.exp(x - x.max()).sum())

    return softmax, lambda x: x - logsumexp(x), logsumexp
