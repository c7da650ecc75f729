//! The tables of a tokenizer's files, read up to a stated size.
use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{Error, IgnoredAny, MapAccess, SeqAccess, Visitor},
};

use crate::{files::MOST_TOKENS, message::brief};

/// The maximum number of added tokens. Gemma 3 has 6,415.
pub(crate) const MOST_ADDED: usize = 1 << 16;

/// The tokens of a vocabulary and their ids, each below [`MOST_TOKENS`], in the order of the file: `{token: id, …}`,
/// or, in the order of their ids, `[[token, score], …]`.
#[derive(Debug, Default)]
pub(crate) struct Tokens(pub(crate) Vec<(String, u32)>);

impl<'de> Deserialize<'de> for Tokens {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Entries)
    }
}

impl Tokens {
    /// The length of the longest token, in bytes.
    pub(super) fn longest(&self) -> usize {
        self.0.iter().map(|(token, _)| token.len()).max().unwrap_or(0)
    }

    /// One more than the largest id.
    ///
    /// # Errors
    /// If two tokens share an id.
    pub(super) fn check(&self) -> Result<usize, String> {
        let size = self.0.iter().map(|(_, id)| *id as usize + 1).max().unwrap_or(0);
        let mut taken = vec![false; size];
        for (token, id) in &self.0 {
            if std::mem::replace(&mut taken[*id as usize], true) {
                return Err(format!("{:?} has the id {id}, and so has another token", brief(token)));
            }
        }
        Ok(size)
    }
}

struct Entries;

impl<'de> Visitor<'de> for Entries {
    type Value = Tokens;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a vocabulary: ids by token, or tokens with their scores")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tokens, A::Error> {
        let mut tokens = Vec::new();
        while let Some((token, id)) = map.next_entry::<String, u32>()? {
            if id as usize >= MOST_TOKENS {
                return Err(A::Error::custom(format!("it has a token id {id}; ids are read below {MOST_TOKENS}")));
            }
            if tokens.len() == MOST_TOKENS {
                return Err(too_many("tokens", MOST_TOKENS));
            }
            tokens.push((token, id));
        }
        Ok(Tokens(tokens))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Tokens, A::Error> {
        let mut tokens = Vec::new();
        for id in 0.. {
            let Some((token, IgnoredAny)) = seq.next_element::<(String, IgnoredAny)>()? else { break };
            if id as usize >= MOST_TOKENS {
                return Err(too_many("tokens", MOST_TOKENS));
            }
            tokens.push((token, id));
        }
        Ok(Tokens(tokens))
    }
}

/// Two tokens that become one.
#[derive(Debug, PartialEq)]
pub(super) struct Merge(pub(super) String, pub(super) String);

/// Written as "a b" or, by newer versions, as ["a", "b"].
impl<'de> Deserialize<'de> for Merge {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pair;
        impl<'de> Visitor<'de> for Pair {
            type Value = Merge;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a merge of two tokens")
            }

            fn visit_str<E: Error>(self, pair: &str) -> Result<Merge, E> {
                let merge = Merge::from_line(pair);
                merge.ok_or_else(|| E::invalid_value(serde::de::Unexpected::Str(pair), &self))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Merge, A::Error> {
                let (a, b) = (seq.next_element()?, seq.next_element()?);
                match (a, b, seq.next_element::<IgnoredAny>()?) {
                    (Some(a), Some(b), None) => Ok(Merge(a, b)),
                    _ => Err(A::Error::custom("a merge is not of two tokens")),
                }
            }
        }
        deserializer.deserialize_any(Pair)
    }
}

impl Merge {
    /// "a b".
    pub(super) fn from_line(line: &str) -> Option<Self> {
        let (a, b) = line.split_once(' ')?;
        (!b.contains(' ')).then(|| Self(a.to_owned(), b.to_owned()))
    }

    /// The new token's length in bytes.
    pub(super) fn len(&self) -> usize {
        self.0.len() + self.1.len()
    }
}

fn too_many<E: Error>(what: &str, most: usize) -> E {
    E::custom(format!("it has more than {most} {what}, which is more than any tokenizer has"))
}
