//! GPT-2's logits for a text, on libtorch through tch.
