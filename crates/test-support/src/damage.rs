use crate::Random;

/// Damages a text: a byte, a number, a piece, a character that acts on terminals.
pub fn damage_text(text: &mut Vec<u8>, random: &mut Random) {
    if text.is_empty() {
        return;
    }
    let at = random.below(text.len());
    match random.below(7) {
        0 => text[at] = random.below(256) as u8,
        1 => text[at] = b"0123456789[]{}\",:-.eE "[random.below(22)],
        2 => drop(text.drain(at..(at + random.below(40)).min(text.len()))),
        3 => {
            let piece = text[at..(at + random.below(200)).min(text.len())].to_vec();
            let to = random.below(text.len());
            text.splice(to..to, piece);
        }
        4 => {
            let acts = ["\\u001b[31m", "\\u0000", "\\n", "\u{9b}2J", "\u{202e}", "\u{7f}", "\u{2028}"];
            text.splice(at..at, acts[random.below(acts.len())].bytes());
        }
        // Another number in place of the next one.
        _ => {
            let Some(start) = text[at..].iter().position(u8::is_ascii_digit).map(|n| at + n) else { return };
            let digits = text[start..].iter().take_while(|b| b.is_ascii_digit()).count();
            text.splice(start..start + digits, random.number().to_string().into_bytes());
        }
    }
}

/// Damages a safetensors file: the header's length, the header, with or without its length set right again, the values,
/// or the end.
///
/// # Panics
/// If it is none to begin with, or has no values.
pub fn damage_safetensors(file: &mut Vec<u8>, random: &mut Random) {
    let length = u64::from_le_bytes(file[..8].try_into().expect("it begins with a length")) as usize;
    let values = 8 + length;
    match random.below(10) {
        0 => file[random.below(8)] = random.below(256) as u8,
        1 => file[..8].copy_from_slice(&random.number().to_le_bytes()),
        2 => file.truncate(random.below(file.len() + 1)),
        3 => file.extend(vec![0; random.below(100)]),
        4 => {
            for _ in 0..random.below(1000) {
                let at = values + random.below(file.len() - values);
                file[at] = random.below(256) as u8;
            }
        }
        _ => {
            let mut header = file[8..values].to_vec();
            for _ in 0..=random.below(3) {
                damage_text(&mut header, random);
            }
            let new_length = if random.below(4) == 0 { length } else { header.len() } as u64;
            file.splice(8..values, header);
            file[..8].copy_from_slice(&new_length.to_le_bytes());
        }
    }
}

/// Damages a `tokenizer.json`: puts another setting in the place of one, of those that a tokenizers library has and of
/// sizes that no tokenizer has, and damages the text.
pub fn damage_tokenizer(json: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..random.below(3) {
        let name = SETTINGS[random.below(SETTINGS.len())];
        let value = VALUES[random.below(VALUES.len())].replace('@', &random.number().to_string());
        replace_value(json, name, &value);
    }
    for _ in 0..random.below(3) {
        damage_text(json, random);
    }
}

/// Fields of a `tokenizer.json`.
const SETTINGS: [&str; 21] = [
    "truncation",
    "padding",
    "added_tokens",
    "normalizer",
    "normalizer",
    "pre_tokenizer",
    "pre_tokenizer",
    "post_processor",
    "decoder",
    "type",
    "dropout",
    "unk_token",
    "continuing_subword_prefix",
    "end_of_word_suffix",
    "fuse_unk",
    "byte_fallback",
    "ignore_merges",
    "merges",
    "content",
    "id",
    "rstrip",
];

/// Possible replacements, `@` for a number.
const VALUES: [&str; 42] = [
    "null",
    "true",
    "@",
    "-1",
    "\"\"",
    "\"##\"",
    "\" \"",
    "[]",
    "{}",
    "[[[[[[[[[[]]]]]]]]]]",
    "\"\\u3000\\u00b4\"",
    "[[\"a\", \"b\"], [\"\", \"\"]]",
    "[\"a b\", \"ab ab\"]",
    r#"{"direction": "Right", "max_length": @, "strategy": "LongestFirst", "stride": @}"#,
    r#"{"strategy": {"Fixed": @}, "direction": "Left", "pad_to_multiple_of": @, "pad_id": @, "pad_type_id": 0, "pad_token": "x"}"#,
    r#"{"strategy": "BatchLongest", "direction": "Right", "pad_to_multiple_of": 100000000, "pad_id": 0, "pad_type_id": 0, "pad_token": ""}"#,
    r#"[{"id": @, "content": " ", "single_word": false, "lstrip": true, "rstrip": true, "normalized": true, "special": false}]"#,
    r#"[{"id": 1, "content": "a", "rstrip": true}, {"id": @, "content": "  b", "lstrip": true}, {"id": 2, "content": ""}]"#,
    r#"[{"id": 1, "content": "\u00b4", "normalized": true, "lstrip": true}, {"id": 2, "content": "e", "rstrip": true}]"#,
    r#"{"type": "NFC"}"#,
    r#"{"type": "NFKD"}"#,
    r#"{"type": "Lowercase"}"#,
    r#"{"type": "Precompiled", "precompiled_charsmap": "AAAA"}"#,
    r#"{"type": "Precompiled", "precompiled_charsmap": "BAAAAA=="}"#,
    r#"{"type": "Replace", "pattern": {"String": ""}, "content": "x"}"#,
    r#"{"type": "Replace", "pattern": {"Regex": "(a*)*b|o"}, "content": "aaaaaaaaaaaaaaaaaaaa"}"#,
    r#"{"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "NFKD"}, {"type": "Lowercase"}]}"#,
    r#"{"type": "Sequence", "normalizers": [{"type": "Replace", "pattern": {"String": "a"}, "content": "aaaaaaaaaaaaaaaaaaaa"}]}"#,
    r#"{"type": "Prepend", "prepend": ""}"#,
    r#"{"type": "Strip", "strip_left": true, "strip_right": true}"#,
    r#"{"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true}"#,
    r#"{"type": "ByteLevel"}"#,
    r#"{"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": false}"#,
    r#"{"type": "FixedLength", "length": 0}"#,
    r#"{"type": "Split", "pattern": {"Regex": "(x+x+)+y"}, "behavior": "Isolated", "invert": false}"#,
    r#"{"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": true}, {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": false}]}"#,
    r#"{"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "first", "split": true}"#,
    r#"{"type": "Sequence", "pretokenizers": [], "processors": [], "decoders": [], "normalizers": []}"#,
    r#"{"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "a", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}], "pair": [], "special_tokens": {"a": {"id": "a", "ids": [@], "tokens": ["a"]}}}"#,
    r#"{"type": "RobertaProcessing", "sep": ["a", @], "cls": ["b", 1], "trim_offsets": true, "add_prefix_space": true}"#,
    r#"{"type": "WordPiece", "prefix": "x", "cleanup": true}"#,
    r#"{"type": "CTC", "pad_token": "", "word_delimiter_token": "", "cleanup": true}"#,
];

/// Replaces the value of the first field of a name in a JSON text, if there is one.
fn replace_value(json: &mut Vec<u8>, name: &str, value: &str) {
    let field = format!("\"{name}\":");
    let Some(at) = json.windows(field.len()).position(|bytes| bytes == field.as_bytes()) else { return };
    let start = at + field.len();
    let (mut depth, mut in_text, mut end) = (0, false, start);
    while let Some(byte) = json.get(end) {
        match byte {
            b'\\' if in_text => end += 1,
            b'"' => in_text = !in_text,
            b'[' | b'{' if !in_text => depth += 1,
            b']' | b'}' if !in_text && depth > 0 => depth -= 1,
            b',' | b']' | b'}' if !in_text && depth == 0 => break,
            _ => {}
        }
        end += 1;
    }
    json.splice(start..end.min(json.len()), value.bytes());
}
