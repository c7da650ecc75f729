//! `tokenizer_config.json`, `special_tokens_map.json` and `added_tokens.json`, as transformers 5 reads them.
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    path::Path,
};

use serde_json::Value;
use tokenizers::AddedToken;

use super::{END_OF_TEXT, refuse, table::MOST_ADDED};
use crate::{
    Error,
    files::{self, MOST_TOKENS},
    json,
};

/// Tokenizer settings from a folder's small files.
#[derive(Debug)]
pub(super) struct Settings {
    /// Whether the tokenizer is rebuilt from the tables, as transformers' `GPT2Tokenizer` does; if not,
    /// `tokenizer.json` is used.
    pub(super) rebuild: bool,
    pub(super) add_prefix_space: bool,
    pub(super) add_bos_token: bool,
    pub(super) add_eos_token: bool,
    /// Special tokens in a text are split like any other text.
    pub(super) split_special_tokens: bool,
    /// `added_tokens_decoder`, or else `added_tokens.json`: by their ids, which only determine their order.
    added: Vec<(u32, AddedToken)>,
    /// Whether `tokenizer_config.json` has `added_tokens_decoder`: then only that is used.
    complete: bool,
    /// The tokens with a role, such as `bos_token`.
    named: Vec<(String, Option<AddedToken>)>,
    /// `extra_special_tokens`, or else `additional_special_tokens`.
    extra: Vec<AddedToken>,
}

/// The settings of a folder without such files.
impl Default for Settings {
    fn default() -> Self {
        Self {
            rebuild: true,
            add_prefix_space: false,
            add_bos_token: false,
            add_eos_token: false,
            split_special_tokens: false,
            added: Vec::new(),
            complete: false,
            named: Vec::new(),
            extra: Vec::new(),
        }
    }
}

/// The roles that every tokenizer has, in the order in which transformers adds their tokens.
const ROLES: [&str; 7] = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

impl Settings {
    /// The settings of a `tokenizer.json` without other files.
    pub(super) fn of_file() -> Self {
        Self { rebuild: false, ..Self::default() }
    }

    /// Reads the files that a folder has.
    ///
    /// # Errors
    /// [`Error::Io`] and its like; [`Error::Tokenizer`] for a field of another type.
    pub(super) fn of_folder(folder: &Path) -> Result<Self, Error> {
        let config_path = folder.join("tokenizer_config.json");
        let mut config = Fields::read(&config_path, |name| {
            name.ends_with("_token")
                || matches!(
                    name,
                    "tokenizer_class"
                        | "add_prefix_space"
                        | "split_special_tokens"
                        | "added_tokens_decoder"
                        | "additional_special_tokens"
                        | "extra_special_tokens"
                )
        })?;
        let class = config.take("tokenizer_class").and_then(|class| class.as_str().map(str::to_owned));
        let rebuild = class.is_none_or(|class| class == "GPT2Tokenizer" || class == "GPT2TokenizerFast");
        let flags = ["add_prefix_space", "add_bos_token", "add_eos_token", "split_special_tokens"];
        let [add_prefix_space, add_bos_token, add_eos_token, split_special_tokens] =
            flags.map(|name| config.flag(name));
        let decoder = config.take("added_tokens_decoder");
        let complete = decoder.is_some();
        let mut added = Vec::new();
        for (id, value) in decoder.iter().filter_map(Value::as_object).flatten() {
            let no = || config.no("added_tokens_decoder", "a token by its id");
            let (id, token) = id.parse().ok().zip(token(value, false)).ok_or_else(no)?;
            added.push((id, token));
        }
        let mut settings = Self {
            rebuild,
            add_prefix_space: add_prefix_space?,
            add_bos_token: add_bos_token?,
            add_eos_token: add_eos_token?,
            split_special_tokens: split_special_tokens?,
            added,
            complete,
            ..Self::default()
        };
        settings.name_tokens(config, false)?;
        if !complete {
            let map_path = folder.join("special_tokens_map.json");
            let map = Fields::read(&map_path, |name| name.ends_with("_token") || name.ends_with("_special_tokens"))?;
            settings.name_tokens(map, true)?;
            settings.add_older(&folder.join("added_tokens.json"))?;
        }
        Ok(settings)
    }

    /// The tokens to be added to a BPE, in this order. `file` are those of `tokenizer.json`.
    pub(super) fn tokens(&self, file: Vec<(u32, AddedToken)>, has_token: impl Fn(&str) -> bool) -> Vec<AddedToken> {
        let mut tokens = Distinct::default();
        let mut by_id: BTreeMap<u32, AddedToken> = self.added.iter().cloned().collect();
        if !self.rebuild {
            file.iter().for_each(|(_, token)| tokens.put(token));
        } else if !self.complete {
            by_id.extend(file);
        }
        by_id.values().for_each(|token| tokens.put(token));
        let default = AddedToken::from(END_OF_TEXT, true);
        let has_default = self.rebuild && ROLES[..3].iter().any(|role| self.named.iter().all(|(name, _)| name != role));
        let named: Vec<&AddedToken> = self.named.iter().filter_map(|(_, token)| token.as_ref()).collect();
        let named = named.into_iter().chain((has_default && has_token(END_OF_TEXT)).then_some(&default));
        for token in named {
            // Other settings of the token apply, but a token with a role is special.
            tokens.get_or_put(token).special = true;
        }
        for token in &self.extra {
            tokens.get_or_put(token);
        }
        tokens.list
    }

    /// The token that `add_bos_token` (`add_eos_token`) puts before (after) a text.
    pub(super) fn role(&self, role: &str) -> Option<&str> {
        match self.named.iter().find(|(name, _)| name == role) {
            Some((_, token)) => token.as_ref().map(|token| token.content.as_str()),
            None => Some(END_OF_TEXT),
        }
    }

    /// Adds the tokens that a file names; later files replace earlier ones.
    fn name_tokens(&mut self, mut fields: Fields<'_>, special: bool) -> Result<(), Error> {
        let mut extra = None;
        for name in ["extra_special_tokens", "additional_special_tokens"] {
            match fields.take(name) {
                Some(Value::Array(values)) if extra.is_none() => {
                    let no = || fields.no(name, "a list of tokens");
                    extra =
                        Some(values.iter().map(|value| token(value, true)).collect::<Option<Vec<_>>>().ok_or_else(no)?);
                }
                Some(Value::Object(tokens)) => fields.fields.extend(tokens),
                _ => {}
            }
        }
        self.extra.extend(extra.into_iter().flatten());
        if fields.fields.len() > MOST_ROLES {
            let count = fields.fields.len();
            return Err(refuse(
                fields.path,
                format!("it names {count} tokens; {MOST_ROLES} are the most that are read"),
            ));
        }
        let place = |name: &str| ROLES.iter().position(|role| *role == name).unwrap_or(ROLES.len());
        for (name, value) in std::mem::take(&mut fields.fields) {
            let token = match &value {
                Value::Null => None,
                value => Some(token(value, special).ok_or_else(|| fields.no(&name, "a token"))?),
            };
            match self.named.iter_mut().find(|(other, _)| *other == name) {
                Some((_, old)) => *old = token,
                None => self.named.push((name, token)),
            }
        }
        self.named.sort_by_key(|(name, _)| place(name));
        Ok(())
    }

    /// `added_tokens.json`: `{token: id, …}`.
    fn add_older(&mut self, path: &Path) -> Result<(), Error> {
        let fields = Fields::read(path, |_| true)?;
        let named = self.named.iter().filter_map(|(_, token)| token.as_ref());
        let special: HashSet<String> = named.chain(&self.extra).map(|token| token.content.clone()).collect();
        for (content, id) in &fields.fields {
            let no = || fields.no(content, "an id");
            let id = id.as_u64().filter(|&id| id < MOST_TOKENS as u64).ok_or_else(no)?;
            self.added.push((id as u32, AddedToken::from(content, special.contains(content))));
        }
        Ok(())
    }
}

/// The maximum number of tokens with a role.
const MOST_ROLES: usize = 1000;

/// Tokens of different texts, in the order in which they came.
#[derive(Default)]
struct Distinct {
    list: Vec<AddedToken>,
    places: HashMap<String, usize>,
}

impl Distinct {
    /// Adds a token, or replaces the one of the same text.
    fn put(&mut self, token: &AddedToken) {
        self.get_or_put(token).clone_from(token);
    }

    fn get_or_put(&mut self, token: &AddedToken) -> &mut AddedToken {
        let place = *self.places.entry(token.content.clone()).or_insert(self.list.len());
        if place == self.list.len() {
            self.list.push(token.clone());
        }
        &mut self.list[place]
    }
}

/// A token as a text or with its settings.
fn token(value: &Value, special: bool) -> Option<AddedToken> {
    if let Some(content) = value.as_str() {
        return Some(AddedToken::from(content, true));
    }
    let flag = |name: &str, default| match &value[name] {
        Value::Null => Some(default),
        flag => flag.as_bool(),
    };
    let special = special || flag("special", false)?;
    let token = AddedToken::from(value["content"].as_str()?, special);
    let normalized = flag("normalized", token.normalized)?;
    let token = token.single_word(flag("single_word", false)?).lstrip(flag("lstrip", false)?);
    Some(token.rstrip(flag("rstrip", false)?).normalized(normalized))
}

/// The fields of a small file.
struct Fields<'a> {
    path: &'a Path,
    fields: Vec<(String, Value)>,
}

impl<'a> Fields<'a> {
    /// No fields if there is no file.
    fn read(path: &'a Path, wanted: fn(&str) -> bool) -> Result<Self, Error> {
        let fields = if files::is_there(path) {
            let json = files::read_file(path, "tokenizer's settings", files::TOKENIZER_CONFIG)?;
            json::fields(&json, wanted).map_err(|e| refuse(path, e))?
        } else {
            Vec::new()
        };
        if fields.len() > MOST_ADDED {
            return Err(refuse(
                path,
                format!("it has {} entries; {MOST_ADDED} are the most that are read", fields.len()),
            ));
        }
        Ok(Self { path, fields })
    }

    fn take(&mut self, name: &str) -> Option<Value> {
        let at = self.fields.iter().position(|(other, _)| other == name)?;
        Some(self.fields.remove(at).1)
    }

    fn flag(&mut self, name: &str) -> Result<bool, Error> {
        match self.take(name) {
            None | Some(Value::Null) => Ok(false),
            Some(Value::Bool(flag)) => Ok(flag),
            Some(other) => Err(refuse(self.path, format!("{name} is {other}, expected true or false"))),
        }
    }

    fn no(&self, name: &str, expected: &str) -> Error {
        refuse(self.path, format!("{name}: expected {expected}"))
    }
}
