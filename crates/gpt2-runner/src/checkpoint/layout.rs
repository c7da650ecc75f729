//! Which parameters a GPT-2 of a configuration has.
use crate::Gpt2Config;

/// A parameter's name: its key without `transformer.`, without the parts that wrappers for training put into it
/// (`torch.compile`, `DistributedDataParallel`, FSDP, activation checkpointing), and without the `model.` of a training
/// framework's module around the model.
pub(crate) fn parameter_name(key: &str) -> String {
    const WRAPPERS: [&str; 4] = ["_orig_mod", "module", "_fsdp_wrapped_module", "_checkpoint_wrapped_module"];
    let parts: Vec<&str> = key.split('.').filter(|part| !WRAPPERS.contains(part)).collect();
    let parts = parts.strip_prefix(&["model"]).unwrap_or(&parts);
    parts.strip_prefix(&["transformer"]).unwrap_or(parts).join(".")
}

/// One parameter: its [name](parameter_name) and its shape. GPT-2 keeps its matrices `[in, out]` (`Conv1D`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) shape: Vec<usize>,
}

impl Parameter {
    /// All parameters of a configuration, in the order of a forward pass.
    pub(crate) fn all(config: &Gpt2Config) -> Vec<Self> {
        let (c, i) = (config.n_embd, config.inner());
        let mut all = Vec::new();
        let mut add = |name: String, shape: &[usize]| all.push(Self { name, shape: shape.to_vec() });
        add("wte.weight".into(), &[config.vocab_size, c]);
        add("wpe.weight".into(), &[config.n_positions, c]);
        for n in 0..config.n_layer {
            let mut layer_norm = |key: &str| {
                add(format!("h.{n}.{key}.weight"), &[c]);
                add(format!("h.{n}.{key}.bias"), &[c]);
            };
            layer_norm("ln_1");
            layer_norm("ln_2");
            let mut conv_1d = |key: &str, inputs, outputs| {
                add(format!("h.{n}.{key}.weight"), &[inputs, outputs]);
                add(format!("h.{n}.{key}.bias"), &[outputs]);
            };
            conv_1d("attn.c_attn", c, 3 * c);
            conv_1d("attn.c_proj", c, c);
            conv_1d("mlp.c_fc", c, i);
            conv_1d("mlp.c_proj", i, c);
        }
        add("ln_f.weight".into(), &[c]);
        add("ln_f.bias".into(), &[c]);
        if !config.tie_word_embeddings {
            add("lm_head.weight".into(), &[config.vocab_size, c]);
        }
        all
    }

    /// The number of elements.
    #[cfg(test)]
    fn len(&self) -> usize {
        self.shape.iter().product()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_a_name_whatever_training_put_before_it() {
        for key in [
            "h.0.ln_1.bias",
            "transformer.h.0.ln_1.bias",
            "_orig_mod.transformer.h.0.ln_1.bias",
            "module.transformer.h.0.ln_1.bias",
            "module._orig_mod.h.0.ln_1.bias",
            "model.transformer.h.0.ln_1.bias",
            "_orig_mod.model.transformer.h.0._checkpoint_wrapped_module.ln_1.bias",
            "transformer.h.0._orig_mod.ln_1.bias",
            "_fsdp_wrapped_module.transformer.h.0._fsdp_wrapped_module.ln_1.bias",
        ] {
            assert_eq!(parameter_name(key), "h.0.ln_1.bias", "{key}");
        }
        assert_eq!(parameter_name("gpt.h.0.ln_1.bias"), "gpt.h.0.ln_1.bias");
    }

    #[test]
    fn the_parameters_add_up_to_the_published_count() {
        for config in [Gpt2Config::SMALL, Gpt2Config::LARGE] {
            let elements: usize = Parameter::all(&config).iter().map(Parameter::len).sum();
            assert_eq!(elements as u64, config.num_parameters());
        }
    }
}
