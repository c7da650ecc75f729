//! Softmax, temperature, top-k and the numerics around them, on plain slices.
