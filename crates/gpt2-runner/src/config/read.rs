//! From the text of a `config.json` to a configuration.
use std::path::Path;

use serde_json::Value;

use super::{Activation, Gpt2Config};
use crate::{Error, files::MOST_TOKENS, json, message::grouped};

/// Far above every published GPT-2. Below it, no product of two sizes overflows.
const LARGEST_SIZE: usize = 1 << 20;

/// gpt2-xl has 48 blocks. Without a limit, the names of missing tensors for a damaged `n_layer` would fill the memory.
pub(crate) const MOST_LAYERS: usize = 1000;

impl Gpt2Config {
    pub(super) fn parse(json: &[u8], path: &Path) -> Result<Self, Error> {
        let fields = json::fields(json, is_used);
        let fields = fields.map_err(|source| Error::ConfigJson { path: path.to_owned(), source })?;
        let fields = Fields { path, fields };
        fields.text("model_type", "gpt2", |name| name == "gpt2", "gpt2")?;
        let known = |name: &str| ACTIVATIONS.iter().find(|(_, names)| names.contains(&name));
        let names = ACTIVATIONS.map(|(_, names)| names.join(", ")).join(", ");
        let activation =
            fields.text("activation_function", "gelu_new", |name| known(name).is_some(), &format!("one of {names}"))?;
        if fields.flag("add_cross_attention", false)? {
            return Err(fields.no("add_cross_attention", "false: a decoder without an encoder"));
        }
        let gpt2 = Self::SMALL;
        let config = Self {
            vocab_size: fields.size("vocab_size", gpt2.vocab_size, MOST_TOKENS)?,
            n_positions: fields.size("n_positions", gpt2.n_positions, LARGEST_SIZE)?,
            n_embd: fields.size("n_embd", gpt2.n_embd, LARGEST_SIZE)?,
            n_layer: fields.size("n_layer", gpt2.n_layer, MOST_LAYERS)?,
            n_head: fields.size("n_head", gpt2.n_head, LARGEST_SIZE)?,
            n_inner: match fields.get("n_inner") {
                None | Some(Value::Null) => None,
                Some(_) => Some(fields.size("n_inner", 0, LARGEST_SIZE)?),
            },
            activation: known(activation).map_or(gpt2.activation, |(activation, _)| *activation),
            layer_norm_epsilon: match fields.get("layer_norm_epsilon").map_or(Some(1e-5), Value::as_f64) {
                Some(epsilon) if epsilon >= 0.0 => epsilon,
                _ => return Err(fields.no("layer_norm_epsilon", "a finite number, 0 or greater")),
            },
            scale_attn_weights: fields.flag("scale_attn_weights", true)?,
            scale_attn_by_inverse_layer_idx: fields.flag("scale_attn_by_inverse_layer_idx", false)?,
            tie_word_embeddings: fields.flag("tie_word_embeddings", true)?,
        };
        if !config.n_embd.is_multiple_of(config.n_head) {
            return Err(fields.no("n_head", &format!("a divisor of n_embd, {}", config.n_embd)));
        }
        Ok(config)
    }
}

/// The fields that are used.
const FIELDS: [&str; 13] = [
    "model_type",
    "vocab_size",
    "n_positions",
    "n_embd",
    "n_layer",
    "n_head",
    "n_inner",
    "activation_function",
    "layer_norm_epsilon",
    "scale_attn_weights",
    "scale_attn_by_inverse_layer_idx",
    "tie_word_embeddings",
    "add_cross_attention",
];

/// Some of them follow an alias of transformers' `attribute_map`; the alias takes precedence if both are present.
const OTHER_NAMES: [(&str, &str); 4] = [
    ("max_position_embeddings", "n_positions"),
    ("hidden_size", "n_embd"),
    ("num_hidden_layers", "n_layer"),
    ("num_attention_heads", "n_head"),
];

/// The names of `ACT2FN` in transformers that stand for one of two functions.
const ACTIVATIONS: [(Activation, &[&str]); 2] = [
    (Activation::GeluNew, &["gelu_new", "gelu_fast", "gelu_accurate", "gelu_pytorch_tanh", "gelu_python_tanh"]),
    (Activation::Gelu, &["gelu", "gelu_python"]),
];

fn is_used(name: &str) -> bool {
    FIELDS.contains(&name) || OTHER_NAMES.iter().any(|(other, _)| name == *other)
}

/// The used fields of a `config.json`.
struct Fields<'a> {
    path: &'a Path,
    fields: Vec<(String, Value)>,
}

impl Fields<'_> {
    /// Its name in the file, and its value.
    fn find(&self, field: &'static str) -> Option<(&'static str, &Value)> {
        let named = |name: &'static str| Some((name, &self.fields.iter().find(|(there, _)| there == name)?.1));
        let mut other = OTHER_NAMES.into_iter().filter(|(_, meant)| *meant == field);
        other.find_map(|(other, _)| named(other)).or_else(|| named(field))
    }

    fn get(&self, field: &'static str) -> Option<&Value> {
        self.find(field).map(|(_, value)| value)
    }

    fn no(&self, field: &'static str, expected: &str) -> Error {
        let (field, value) = self.find(field).unwrap_or((field, &Value::Null));
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        Error::Config { path: self.path.to_owned(), field, value, expected: expected.to_owned() }
    }

    fn size(&self, field: &'static str, default: usize, largest: usize) -> Result<usize, Error> {
        let Some(value) = self.get(field) else { return Ok(default) };
        let size = value.as_u64().and_then(|size| usize::try_from(size).ok());
        size.filter(|size| (1..=largest).contains(size))
            .ok_or_else(|| self.no(field, &format!("a whole number from 1 to {}", grouped(largest))))
    }

    fn flag(&self, field: &'static str, default: bool) -> Result<bool, Error> {
        let value = self.get(field).map_or(Some(default), Value::as_bool);
        value.ok_or_else(|| self.no(field, "true or false"))
    }

    fn text<'a>(
        &'a self,
        field: &'static str,
        default: &'a str,
        accepted: impl Fn(&str) -> bool,
        expected: &str,
    ) -> Result<&'a str, Error> {
        let value = self.get(field).map_or(Some(default), Value::as_str);
        value.filter(|text| accepted(text)).ok_or_else(|| self.no(field, expected))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(json: &str) -> String {
        Gpt2Config::from_json(json.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn unsupported_settings_name_their_field() {
        for (json, message) in [
            (r#"{"model_type": "llama"}"#, "config.json: model_type is llama, expected gpt2"),
            (
                r#"{"activation_function": "relu"}"#,
                "config.json: activation_function is relu, expected one of gelu_new, gelu_fast, gelu_accurate, \
                 gelu_pytorch_tanh, gelu_python_tanh, gelu, gelu_python",
            ),
            (
                r#"{"add_cross_attention": true}"#,
                "config.json: add_cross_attention is true, expected false: a decoder without an encoder",
            ),
            (r#"{"n_embd": 768, "n_head": 7}"#, "config.json: n_head is 7, expected a divisor of n_embd, 768"),
            (r#"{"n_layer": 0}"#, "config.json: n_layer is 0, expected a whole number from 1 to 1,000"),
            (r#"{"n_layer": 16777216}"#, "config.json: n_layer is 16777216, expected a whole number from 1 to 1,000"),
            (
                r#"{"vocab_size": 99999999}"#,
                "config.json: vocab_size is 99999999, expected a whole number from 1 to 1,048,576",
            ),
            (
                r#"{"layer_norm_epsilon": -1.0}"#,
                "config.json: layer_norm_epsilon is -1.0, expected a finite number, 0 or greater",
            ),
        ] {
            assert_eq!(refusal(json), message);
        }
    }

    #[test]
    fn what_is_not_a_configuration_says_where() {
        assert!(refusal("not json").starts_with("config.json: not a GPT-2 configuration: expected ident at line 1"));
    }

    #[test]
    fn a_used_field_of_another_type_is_named_as_it_is_in_the_file() {
        let whole = "expected a whole number from 1 to 1,048,576";
        for (json, message) in [
            (r#"{"n_embd": "768"}"#, format!("n_embd is 768, {whole}")),
            (r#"{"hidden_size": -768}"#, format!("hidden_size is -768, {whole}")),
            (r#"{"n_head": 12.0}"#, format!("n_head is 12.0, {whole}")),
            (r#"{"n_positions": NaN}"#, format!("n_positions is NaN, {whole}")),
            (r#"{"vocab_size": null}"#, format!("vocab_size is null, {whole}")),
            (r#"{"tie_word_embeddings": 1}"#, "tie_word_embeddings is 1, expected true or false".into()),
            (
                r#"{"layer_norm_epsilon": Infinity}"#,
                "layer_norm_epsilon is Infinity, expected a finite number, 0 or greater".into(),
            ),
            (r#"{"model_type": null}"#, "model_type is null, expected gpt2".into()),
        ] {
            assert_eq!(refusal(json), format!("config.json: {message}"));
        }
    }

    #[test]
    fn names_of_the_attribute_map_count_as_in_transformers() {
        // GPT2Config.from_pretrained of transformers 5.24: the other name counts before GPT-2's own; n_ctx,
        // layer_norm_eps, intermediate_size and hidden_act are no names of GPT-2's.
        let config = Gpt2Config::from_json(
            br#"{"hidden_size": 64, "n_embd": 32, "num_hidden_layers": 2, "num_attention_heads": 4,
                "max_position_embeddings": 48, "n_ctx": 7, "layer_norm_eps": 1, "intermediate_size": 5,
                "hidden_act": "relu"}"#,
        );
        let expected = Gpt2Config { n_embd: 64, n_layer: 2, n_head: 4, n_positions: 48, ..Gpt2Config::SMALL };
        assert_eq!(config.unwrap(), expected);
    }

    #[test]
    fn fields_that_are_not_used_may_hold_anything() {
        // The last of two fields with the same name takes effect, as in Python's json.
        let config = Gpt2Config::from_json(
            br#"{"time_step_limit": [0.0, Infinity], "summary_first_dropout": NaN, "a": -Infinity, "resid_pdrop": 1e999,
                "n_ctx": "x", "n_layer": 3, "n_layer": 24, "n_embd": 1024, "n_head": 16, "task_specific_params": {}}"#,
        );
        assert_eq!(config.unwrap(), Gpt2Config::MEDIUM);
        assert_eq!(Gpt2Config::from_json("\u{feff}{}".as_bytes()).unwrap(), Gpt2Config::SMALL);
    }

    #[test]
    fn activations_have_the_names_of_transformers() {
        let of = |name: &str| Gpt2Config::from_json(format!(r#"{{"activation_function": "{name}"}}"#).as_bytes());
        for name in ["gelu_new", "gelu_fast", "gelu_accurate", "gelu_pytorch_tanh", "gelu_python_tanh"] {
            assert_eq!(of(name).unwrap().activation, Activation::GeluNew);
        }
        for name in ["gelu", "gelu_python"] {
            assert_eq!(of(name).unwrap().activation, Activation::Gelu);
        }
    }
}
