//! Values that others have published for GPT-2 small.

/// What a model must give for some token ids.
pub(super) struct Case {
    /// The text, for messages.
    pub(super) text: &'static str,
    pub(super) token_ids: &'static [u32],
    pub(super) expected: Expected,
}

pub(super) enum Expected {
    /// The most probable next token and its logit.
    Next { id: u32, logit: f32 },
    /// The tokens that follow if the most probable one is always taken.
    Greedy(&'static [u32]),
    /// Natural logarithms of next tokens' probabilities.
    LogProbabilities(&'static [(u32, &'static str, f64)]),
}

/// Published for `openai-community/gpt2`.
pub(super) const GPT2_SMALL: [Case; 3] = [
    // rust-bert's own test of its GPT-2, which runs on libtorch on the CPU (-69.4948 ± 1e-3 there).
    Case {
        text: "One two three four",
        token_ids: &[3198, 734, 1115, 1440],
        expected: Expected::Next { id: 1936, logit: -69.4948 },
    },
    // transformers' own test of its GPT-2: "The dog was found in a field near the intersection of West and West ...".
    Case {
        text: "The dog",
        token_ids: &[464, 3290],
        expected: Expected::Greedy(&[
            373, 1043, 287, 257, 2214, 1474, 262, 16246, 286, 2688, 290, 2688, 27262, 13, 198, 198, 464, 3290,
        ]),
    },
    Case {
        text: "The apple doesn't fall far from the",
        token_ids: &[464, 17180, 1595, 470, 2121, 1290, 422, 262],
        expected: Expected::LogProbabilities(&[
            (5509, " tree", -0.281),
            (7150, " trees", -3.60),
            (17180, " apple", -4.29),
            (3084, " table", -4.50),
            (1182, " head", -4.83),
        ]),
    },
];
