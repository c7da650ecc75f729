//! JSON as Python writes it, read with bounds.
use std::{borrow::Cow, collections::HashMap, fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Value};

/// A JSON value with at most [`MOST_VALUES`] values in total: in memory a value takes many times its size in the file.
#[derive(Debug, Clone, Default)]
pub(crate) struct Small(pub(crate) Value);

/// The largest published `tokenizer_config.json` have 50,000.
const MOST_VALUES: usize = 1 << 17;

impl<'de> Deserialize<'de> for Small {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Part(&mut { MOST_VALUES }).deserialize(deserializer).map(Self)
    }
}

/// The fields of an object whose names are `wanted`, in the order in which they first appear. As in Python, the last of
/// several fields with the same name takes effect, NaN and ±Infinity are numbers (here strings of that name), and a
/// byte order mark may come first. Other fields may have any value.
///
/// # Errors
/// If it is not an object, or the fields have more than [`MOST_VALUES`] values.
pub(crate) fn fields(json: &[u8], wanted: fn(&str) -> bool) -> Result<Vec<(String, Value)>, serde_json::Error> {
    let json = quote_numbers(without_bom(json));
    let mut deserializer = serde_json::Deserializer::from_slice(&json);
    let fields = deserializer.deserialize_map(Fields { wanted })?;
    deserializer.end()?;
    Ok(fields)
}

/// The bytes after a UTF-8 byte order mark, which editors on Windows write.
pub(crate) fn without_bom(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text)
}

/// Puts `NaN`, `Infinity` and `-Infinity` into quotes, where they are not in quotes already.
fn quote_numbers(json: &[u8]) -> Cow<'_, [u8]> {
    const NUMBERS: [&[u8]; 3] = [b"NaN", b"Infinity", b"-Infinity"];
    let mut quoted = Vec::new();
    let (mut copied, mut at, mut in_text) = (0, 0, false);
    while let Some(byte) = json.get(at) {
        match byte {
            b'"' => in_text = !in_text,
            b'\\' if in_text => at += 1,
            b'N' | b'I' | b'-' if !in_text => {
                if let Some(number) = NUMBERS.into_iter().find(|number| json[at..].starts_with(number)) {
                    quoted.extend([&json[copied..at], b"\"", number, b"\""].concat());
                    at += number.len();
                    copied = at;
                    continue;
                }
            }
            _ => {}
        }
        at += 1;
    }
    if copied == 0 {
        return Cow::Borrowed(json);
    }
    quoted.extend(&json[copied..]);
    Cow::Owned(quoted)
}

struct Fields {
    wanted: fn(&str) -> bool,
}

impl<'de> Visitor<'de> for Fields {
    type Value = Vec<(String, Value)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = Vec::new();
        let mut places = HashMap::new();
        let mut left = MOST_VALUES;
        while let Some(key) = map.next_key::<String>()? {
            if !(self.wanted)(&key) {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let value = map.next_value_seed(Part(&mut left))?;
            let place = *places.entry(key.clone()).or_insert(fields.len());
            if place < fields.len() { fields[place] = (key, value) } else { fields.push((key, value)) }
        }
        Ok(fields)
    }
}

/// A value, and how many more may come.
struct Part<'a>(&'a mut usize);

impl<'de> DeserializeSeed<'de> for Part<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        *self.0 = self.0.checked_sub(1).ok_or_else(|| D::Error::custom(format!("more than {MOST_VALUES} values")))?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Part<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = seq.next_element_seed(Part(&mut *self.0))? {
            values.push(value);
        }
        Ok(values.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut values = Map::new();
        while let Some(key) = map.next_key()? {
            values.insert(key, map.next_value_seed(Part(&mut *self.0))?);
        }
        Ok(values.into())
    }
}

/// A list of at most `MOST`.
#[derive(Debug)]
pub(crate) struct UpTo<const MOST: usize, T>(pub(crate) Vec<T>);

impl<const MOST: usize, T> Default for UpTo<MOST, T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, const MOST: usize, T: Deserialize<'de>> Deserialize<'de> for UpTo<MOST, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Elements(PhantomData))
    }
}

struct Elements<const MOST: usize, T>(PhantomData<T>);

impl<'de, const MOST: usize, T: Deserialize<'de>> Visitor<'de> for Elements<MOST, T> {
    type Value = UpTo<MOST, T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        while let Some(element) = seq.next_element()? {
            if list.len() == MOST {
                return Err(A::Error::custom(format!("more than {MOST} elements")));
            }
            list.push(element);
        }
        Ok(UpTo(list))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(json: &str) -> Result<Value, String> {
        let fields = fields(json.as_bytes(), |key| key.len() == 1).map_err(|e| e.to_string())?;
        Ok(Value::Array(fields.into_iter().map(|(key, value)| json!([key, value])).collect()))
    }

    #[test]
    fn fields_are_read_as_python_reads_them() {
        assert_eq!(
            read(r#"{"b": 1, "a": 2, "b": {"c": [true, null]}}"#).unwrap(),
            json!([["b", {"c": [true, null]}], ["a", 2]])
        );
        assert_eq!(
            read(
                r#"{"a": NaN, "b": [Infinity, -Infinity, -1], "c": "\"NaN", "other": [NaN, 1e999, [[[[]]]]], "d": "I"}"#
            )
            .unwrap(),
            json!([["a", "NaN"], ["b", ["Infinity", "-Infinity", -1]], ["c", "\"NaN"], ["d", "I"]])
        );
        assert_eq!(read("\u{feff}{\"a\": -0.5e1}").unwrap(), json!([["a", -5.0]]));
        for (bad, problem) in [
            ("[]", "invalid type: sequence, expected an object"),
            ("", "EOF while parsing"),
            ("{} x", "trailing characters"),
            (r#"{"a": Nan}"#, "expected value"),
            (r#"{"a": 1"#, "EOF while parsing"),
        ] {
            assert!(read(bad).unwrap_err().contains(problem), "{:?}", read(bad));
        }
    }

    #[test]
    fn a_field_of_too_many_values_is_refused() {
        let of = |n| format!(r#"{{"a": [{}0]}}"#, "0,".repeat(n));
        assert!(read(&of(MOST_VALUES - 2)).is_ok());
        assert!(read(&of(MOST_VALUES - 1)).unwrap_err().starts_with("more than 131072 values"));
        let ignored = of(MOST_VALUES).replace("\"a\"", "\"other\"");
        assert_eq!(read(&ignored).unwrap(), json!([]));
    }
}
