use gpt2_runner::Gpt2Config;

use super::{BACKEND, EngineFacts, FileFacts, ModelFacts, ModelSource, Origin, Weights};
use crate::Error;

/// A file of a demo model and its sha256, which a test compares with the bytes.
struct Embedded {
    bytes: &'static [u8],
    sha256: &'static str,
}

macro_rules! embedded {
    ($path:literal, $sha256:literal) => {
        Embedded { bytes: include_bytes!(concat!("../../../../data/demo/", $path)), sha256: $sha256 }
    };
}

const SMALL: [Embedded; 2] = [
    embedded!("small/config.json", "cb030a85272b677a70cfc57ea183e12050fb286c87437699b37e934f1b3ccf2a"),
    embedded!("small/model.safetensors", "cc3a24217389d066e9392eef33d6a2f4aba98dc91ac8399762bafcac98a2b075"),
];
const LARGE: [Embedded; 2] = [
    embedded!("large/config.json", "3c58cdfbe3f32a9cba9c52cadf518ece19ab143d277544205f4923255569ce2a"),
    embedded!("large/model.safetensors", "79424839a697d7d3b66ac10dc28db9d93b85c33243ecb2eb1a77cb1119993f96"),
];

impl ModelSource {
    /// The small demo model, used in place of GPT-2 small.
    ///
    /// # Errors
    /// None: the files are part of the lab.
    pub fn demo_small() -> Result<Self, Error> {
        demo("demo-small", "DEMO SMALL", &SMALL)
    }

    /// The large demo model, used in place of GPT-2 large.
    ///
    /// # Errors
    /// None: the files are part of the lab.
    pub fn demo_large() -> Result<Self, Error> {
        demo("demo-large", "DEMO LARGE", &LARGE)
    }
}

fn demo(name: &str, title: &str, [config, weights]: &[Embedded; 2]) -> Result<ModelSource, Error> {
    let sizes = Gpt2Config::from_json(config.bytes)?;
    let file = |path: &str, file: &Embedded| FileFacts {
        path: path.to_owned(),
        bytes: file.bytes.len() as u64,
        sha256: file.sha256.to_owned(),
    };
    Ok(ModelSource {
        facts: ModelFacts {
            name: name.to_owned(),
            title: title.to_owned(),
            origin: Origin::Demo,
            repo: None,
            revision: None,
            parameters: Some(sizes.num_parameters()),
            files: vec![file("config.json", config), file("model.safetensors", weights)],
            engine: Some(EngineFacts::of(BACKEND)),
            recorded_from_sha256: None,
        },
        n_positions: sizes.n_positions,
        n_layer: sizes.n_layer,
        n_head: sizes.n_head,
        vocab_size: sizes.vocab_size,
        backend: BACKEND,
        weights: Weights::Embedded { config: config.bytes, weights: weights.bytes },
        on_disk: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use file_sha256::of_bytes;

    #[test]
    fn the_hashes_on_record_are_those_of_the_bytes() {
        for file in SMALL.iter().chain(&LARGE) {
            assert_eq!(of_bytes(file.bytes), file.sha256);
        }
    }
}
