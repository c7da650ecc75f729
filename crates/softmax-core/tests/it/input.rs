//! Seeded inputs. `tests/reference.py` makes the same numbers.

use std::{fs, path::Path};

use test_support::Random;

/// The kinds of logits that the accuracy is stated for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    /// Mean 0, standard deviation 10.
    Normal,
    /// Standard deviation 1000, around 50,000.
    Huge,
    /// Standard deviation 1e-30.
    Tiny,
    /// ±1e30 among ordinary numbers.
    Mixed,
    /// Around −130, as GPT-2's.
    Shifted,
    /// From the maximum down to where `exp` underflows.
    Wide,
    /// All the same.
    Flat,
}

impl Kind {
    pub(crate) const ALL: [Kind; 7] =
        [Kind::Normal, Kind::Huge, Kind::Tiny, Kind::Mixed, Kind::Shifted, Kind::Wide, Kind::Flat];

    pub(crate) fn from_name(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| format!("{kind:?}") == name)
    }

    pub(crate) fn logits(self, n: usize, seed: u64) -> Vec<f64> {
        let mut random = Random(seed);
        (0..n)
            .map(|_| match self {
                Kind::Normal => 10.0 * random.normal(),
                Kind::Huge => 50_000.0 + 1000.0 * random.normal(),
                Kind::Tiny => 1e-30 * random.normal(),
                Kind::Mixed => {
                    let v = random.normal();
                    match random.below(8) {
                        0 => 1e30 * v,
                        1 => -1e30,
                        2 => 1e30,
                        _ => v,
                    }
                }
                Kind::Shifted => -130.0 + 8.0 * random.normal(),
                Kind::Wide => 7.3 - 110.0 * random.uniform(),
                Kind::Flat => 0.1,
            })
            .collect()
    }
}

/// Lengths around every lane, unrolling and block boundary, and those of real vocabularies.
pub(crate) fn lengths() -> impl Iterator<Item = usize> {
    (1..=80).chain([127, 128, 129, 255, 256, 257, 1023, 1025, 2047, 2048, 2049, 4095, 4097, 6145, 50_257, 70_000])
}

/// The final-token logits of GPT-2 small that `data/recorded` holds: one row of 50,257 per prompt.
pub(crate) fn recorded_logits() -> Vec<Vec<f32>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/recorded/gpt2-small.safetensors");
    let bytes = fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    // safetensors: the header's length, a JSON header, the values. All tensors are rows of 50,257 f32 but the ids.
    let header = 8 + u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let json = std::str::from_utf8(&bytes[8..header]).unwrap();
    json.split('{')
        .filter(|entry| entry.contains("\"F32\"") && entry.contains("50257]"))
        .map(|entry| {
            let offsets = entry.split("\"data_offsets\":[").nth(1).unwrap().split(']').next().unwrap();
            let (from, to) = offsets.split_once(',').unwrap();
            let (from, to): (usize, usize) = (from.trim().parse().unwrap(), to.trim().parse().unwrap());
            let (values, rest) = bytes[header + from..header + to].as_chunks();
            assert!(rest.is_empty());
            values.iter().map(|v| f32::from_le_bytes(*v)).collect()
        })
        .collect()
}
