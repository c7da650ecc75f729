//! Which parameters a GPT-2 of a configuration has.
use crate::Gpt2Config;

/// How a parameter lies in memory once it is loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// As in the file.
    AsStored,
    /// GPT-2 keeps its matrices `[in, out]` (`Conv1D`); in memory they are `[out, in]`.
    Transposed,
}

/// One parameter: its key without `transformer.`, its shape in the file and its layout in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) shape: Vec<usize>,
    pub(crate) layout: Layout,
}

impl Parameter {
    /// All parameters of a configuration, in the order in which a forward pass meets them.
    pub(crate) fn all(config: &Gpt2Config) -> Vec<Self> {
        let (c, i) = (config.n_embd, config.inner());
        let mut all = Vec::new();
        let mut add = |name: String, shape: &[usize], layout| all.push(Self { name, shape: shape.to_vec(), layout });
        add("wte.weight".into(), &[config.vocab_size, c], Layout::AsStored);
        add("wpe.weight".into(), &[config.n_positions, c], Layout::AsStored);
        for n in 0..config.n_layer {
            let mut layer_norm = |key: &str| {
                add(format!("h.{n}.{key}.weight"), &[c], Layout::AsStored);
                add(format!("h.{n}.{key}.bias"), &[c], Layout::AsStored);
            };
            layer_norm("ln_1");
            layer_norm("ln_2");
            let mut conv_1d = |key: &str, inputs, outputs| {
                add(format!("h.{n}.{key}.weight"), &[inputs, outputs], Layout::Transposed);
                add(format!("h.{n}.{key}.bias"), &[outputs], Layout::AsStored);
            };
            conv_1d("attn.c_attn", c, 3 * c);
            conv_1d("attn.c_proj", c, c);
            conv_1d("mlp.c_fc", c, i);
            conv_1d("mlp.c_proj", i, c);
        }
        add("ln_f.weight".into(), &[c], Layout::AsStored);
        add("ln_f.bias".into(), &[c], Layout::AsStored);
        if !config.tie_word_embeddings {
            add("lm_head.weight".into(), &[config.vocab_size, c], Layout::AsStored);
        }
        all
    }

    /// The number of elements.
    pub(crate) fn len(&self) -> usize {
        self.shape.iter().product()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parameters_add_up_to_the_published_count() {
        for config in [Gpt2Config::SMALL, Gpt2Config::LARGE] {
            let elements: usize = Parameter::all(&config).iter().map(Parameter::len).sum();
            assert_eq!(elements as u64, config.num_parameters());
        }
    }
}
